"""What is still to be signed: one task for each own input and each key asked for."""

from __future__ import annotations

from signer.chains.utxo.digest import Era, tagged
from signer.chains.utxo.survey import Own, Survey
from signer.chains.utxo.wallet import Wallet
from signer.core.account import KeyOrigin
from signer.core.task import Algorithm, Task


def tasks(seen: Survey, wallet: Wallet, fingerprints: frozenset[bytes]) -> tuple[Task, ...]:
    """In order of inputs; keys that have signed an input already are left out there."""
    uses = [
        (n, used)
        for n, used in enumerate(wallet.descriptor.uses)
        if used.key.origin.fingerprint in fingerprints
    ]
    made = []
    for item in seen.own:
        if item is None:
            continue
        algorithm = Algorithm.SCHNORR if item.locked.era is Era.TAPROOT else Algorithm.ECDSA
        for number, used in uses:
            key = item.spot.keys[number]
            if _has_signed(item, key):
                continue
            origin = used.key.origin
            path = (
                (*origin.path, used.steps[item.spot.branch], item.spot.index) if used.steps else origin.path
            )
            tweak = tagged("TapTweak", key[1:]) if algorithm is Algorithm.SCHNORR else b""
            made.append(
                Task(item.index, KeyOrigin(origin.fingerprint, path), key, algorithm, item.digest, tweak)
            )
    return tuple(made)


def _has_signed(item: Own, key: bytes) -> bool:
    return key in item.signed or key[1:] in item.signed
