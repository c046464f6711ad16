"""What a builder in an attacker's hands would do to a request before the appliances see it."""

from __future__ import annotations

from dataclasses import replace

from embit.psbt import PSBT
from embit.script import Script

from online_builder.key import BuilderKey
from signer.core.envelope import open_sealed, seal
from signer.core.request import SpendRequest

THIEF = b"\x00\x14" + b"\x66" * 20


def resealed(sealed: bytes, payload: bytes, key: BuilderKey, request_id: bytes, later: int) -> bytes:
    """The request with another payload, signed by the builder's own key, as a fresh request."""
    request = SpendRequest.from_bytes(open_sealed(sealed).payload)
    changed = replace(request, payload=payload, request_id=request_id, sequence=request.sequence + later)
    return seal(changed.to_bytes(), key.public, key.sign)


def payload_of(sealed: bytes) -> bytes:
    return SpendRequest.from_bytes(open_sealed(sealed).payload).payload


def swap_payee(payload: bytes) -> bytes:
    """The first payee's money goes to the thief."""
    psbt = PSBT.parse(payload)
    first = next(output for output in psbt.outputs if not output.bip32_derivations)
    first.script_pubkey = Script(THIEF)
    return bytes(psbt.serialize())


def hide_fee(payload: bytes) -> bytes:
    """The first input is said to be worth half of what it is: the rest would silently go to the miner."""
    psbt = PSBT.parse(payload)
    psbt.inputs[0].witness_utxo.value //= 2
    return bytes(psbt.serialize())
