"""Where a seed comes from: several sources mixed so that any good one is enough, then BIP 39 to 64 bytes.

Runs in the child process only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import wallycore as wally
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signer.vault.seal import wipe

ENTROPY_BYTES = 32
SEED_BYTES = 64


def mix(sources: Sequence[bytearray]) -> bytearray:
    """32 bytes from the kernel's generator and every other source (HKDF-SHA256, RFC 5869). Wipes the sources.

    Each source goes in behind its length, so that two of them cannot be shifted into one another.
    """
    kernel = bytearray(os.urandom(SEED_BYTES))
    mixed = bytearray()
    for source in (kernel, *sources):
        mixed += len(source).to_bytes(4, "big") + source
    entropy = bytearray(ENTROPY_BYTES)
    HKDF(SHA256(), ENTROPY_BYTES, salt=b"kinko entropy", info=b"").derive_into(mixed, entropy)
    wipe(mixed, kernel, *sources)
    return entropy


def words(entropy: bytearray) -> str:
    """The 24 English words of BIP 39 for 32 bytes. The caller lets nothing but paper keep them."""
    return str(wally.bip39_mnemonic_from_bytes(None, entropy))


def seed_from(entropy: bytearray) -> bytearray:
    """The 64-byte seed BIP 39 makes of these 32 bytes with an empty passphrase."""
    return bytearray(wally.bip39_mnemonic_to_seed512(words(entropy), None))
