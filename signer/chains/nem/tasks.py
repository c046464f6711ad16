"""What each cosignatory signs: the initiator the wrapper itself, every other one a cosignature about its inside."""

from __future__ import annotations

from signer.chains.nem.account import Wallet
from signer.chains.nem.address import address_of
from signer.chains.nem.models import Multisig, cosignature
from signer.chains.nem.network import FIXED_FEE, Params
from signer.core.task import Algorithm, Task

INITIATOR = 0  # the index of the signature over the wrapper
COSIGNER = 1  # the index of every other one; the public key tells them apart


def index_of(outer: Multisig, key: bytes) -> int:
    return INITIATOR if key == outer.head.signer else COSIGNER


def message_of(params: Params, outer: Multisig, key: bytes) -> bytes:
    """The bytes that this key would sign. The cosignature pays the minimum fee, out of the account."""
    if key == outer.head.signer:
        return outer.to_bytes()
    account = address_of(params, outer.inner.head.signer)
    return cosignature(outer, account, key, FIXED_FEE)


def tasks(
    params: Params, outer: Multisig, wallet: Wallet, signed: frozenset[bytes], fingerprints: frozenset[bytes]
) -> tuple[Task, ...]:
    """In order of the account's keys; those that have signed are left out."""
    return tuple(
        Task(index_of(outer, key), origin, key, Algorithm.ED25519_KECCAK, message_of(params, outer, key))
        for key, origin in wallet.keys.items()
        if origin.fingerprint in fingerprints and key not in signed
    )
