"""Backups on paper: the words of BIP 39, and shares of SLIP 39 over the same 32 bytes. Runs in the forge only.

A wrong set of SLIP 39 shares silently gives another secret where its checksums happen to hold, and a wrong passphrase
always does: none is used, and what comes out is compared with the fingerprint on record before it is believed.
"""

from __future__ import annotations

from collections.abc import Sequence

import shamir_mnemonic as slip39
import wallycore as wally

from signer.core.errors import Lock, VaultError
from signer.core.slot import BackupPlan
from signer.vault.entropy import ENTROPY_BYTES, SEED_BYTES, seed_from
from signer.vault.seal import wipe


def make_shares(entropy: bytearray, plan: BackupPlan) -> list[list[str]]:
    """Shares for each group of the plan, 33 words each."""
    if not plan.groups:
        return []
    made = slip39.generate_mnemonics(plan.needed, list(plan.groups), bytes(entropy))
    return [list(group) for group in made]


def from_shares(lines: Sequence[str]) -> bytearray:
    """The 32 bytes behind enough shares. Raises VaultError(BACKUP)."""
    try:
        entropy = bytearray(slip39.combine_mnemonics([line.strip() for line in lines if line.strip()]))
    except (slip39.MnemonicError, ValueError) as error:
        raise VaultError(Lock.BACKUP, what="shares") from error
    if len(entropy) != ENTROPY_BYTES:
        raise VaultError(Lock.BACKUP, what="shares")
    return entropy


def from_words(words: str) -> bytearray:
    """The 32 bytes behind 24 English words of BIP 39. Raises VaultError(BACKUP)."""
    try:
        entropy = bytearray(wally.bip39_mnemonic_to_bytes(None, " ".join(words.split())))
    except ValueError as error:
        raise VaultError(Lock.BACKUP, what="words") from error
    if len(entropy) != ENTROPY_BYTES:
        raise VaultError(Lock.BACKUP, what="words")
    return entropy


def checked_seed(seed: bytearray) -> bytearray:
    """A 64-byte BIP 32 seed as it is. Raises VaultError(ENTROPY)."""
    if len(seed) != SEED_BYTES:
        raise VaultError(Lock.ENTROPY, what="seed")
    return seed


def seed_and_wipe(entropy: bytearray) -> bytearray:
    """The seed that BIP 39 makes of the entropy, which is wiped."""
    seed = seed_from(entropy)
    wipe(entropy)
    return seed
