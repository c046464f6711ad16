"""Who signs what: the initiator the wrapper itself, every other cosignatory a cosignature about its inside.

An account that becomes multisig signs that itself, and here each cosignatory signs a consent to it as well.
"""

from __future__ import annotations

from signer.chains.nem.account import Wallet
from signer.chains.nem.address import address_of
from signer.chains.nem.models import Modification, Multisig, consent, cosignature
from signer.chains.nem.modify import removed
from signer.chains.nem.network import FIXED_FEE, Params
from signer.core.account import Cosigner, KeyOrigin
from signer.core.task import Algorithm, Task

INITIATOR = 0  # the index of the signature over the transaction itself
COSIGNER = 1  # the index of every other one; the public key tells them apart


def index_of(outer: Multisig | Modification, key: bytes) -> int:
    return INITIATOR if key == outer.head.signer else COSIGNER


def message_of(params: Params, outer: Multisig | Modification, key: bytes) -> bytes:
    """The bytes that this key would sign. The cosignature pays the minimum fee, out of the account."""
    if key == outer.head.signer:
        return outer.to_bytes()
    if isinstance(outer, Modification):
        return consent(outer)
    account = address_of(params, outer.inner.head.signer)
    return cosignature(outer, account, key, FIXED_FEE)


def signers(outer: Multisig | Modification, wallet: Wallet) -> dict[bytes, KeyOrigin]:
    """Whose signatures count. Who is to be removed has no say in it."""
    if isinstance(outer, Multisig):
        gone = removed(outer.inner)
        return {key: origin for key, origin in wallet.keys.items() if key not in gone}
    own = {wallet.public_key: wallet.origin} if wallet.origin else {}
    return {**own, **wallet.keys}


def needed(outer: Multisig | Modification, wallet: Wallet) -> int:
    """How many of them. All, to become multisig; all who stay, where all of them had to sign (NIS)."""
    if isinstance(outer, Modification):
        return 1 + len(wallet.keys)
    return min(wallet.threshold, len(signers(outer, wallet)))


def cosigners(outer: Multisig | Modification, wallet: Wallet) -> tuple[Cosigner, ...]:
    """The same as the core knows them; empty where it is simply everybody."""
    found = signers(outer, wallet)
    if found == wallet.keys:
        return ()
    return tuple(Cosigner(origin, key.hex()) for key, origin in found.items())


def tasks(
    params: Params,
    outer: Multisig | Modification,
    wallet: Wallet,
    signed: frozenset[bytes],
    fingerprints: frozenset[bytes],
) -> tuple[Task, ...]:
    """In order of the account's keys; those that have signed are left out."""
    return tuple(
        Task(index_of(outer, key), origin, key, Algorithm.ED25519_KECCAK, message_of(params, outer, key))
        for key, origin in signers(outer, wallet).items()
        if origin.fingerprint in fingerprints and key not in signed
    )
