"""What a builder in an attacker's hands would do to a request before the appliances see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from embit.psbt import PSBT
from embit.script import Script
from embit.transaction import Transaction

from online_builder.key import BuilderKey
from signer.chains.registry import find_chain
from signer.core.envelope import open_sealed, seal
from signer.core.request import SpendRequest

THIEF: Final = b"\x66" * 20


def resealed(
    sealed: bytes,
    bend: Callable[[SpendRequest], SpendRequest],
    key: BuilderKey,
    request_id: bytes,
    later: int,
) -> bytes:
    """The request bent, signed by the builder's own key, as a fresh request."""
    request = SpendRequest.from_bytes(open_sealed(sealed).payload)
    changed = replace(bend(request), request_id=request_id, sequence=request.sequence + later)
    return seal(changed.to_bytes(), key.public, key.sign)


def swap_payee(request: SpendRequest) -> SpendRequest:
    """The first payee's money goes to the thief, at an address of the same kind."""
    psbt = PSBT.parse(request.payload)
    first = next(output for output in psbt.outputs if not output.bip32_derivations)
    legacy = first.script_pubkey.data[:1] == b"\x76"
    script = b"\x76\xa9\x14" + THIEF + b"\x88\xac" if legacy else b"\x00\x14" + THIEF
    return _paying(request, script)


@dataclass(frozen=True)
class Attack:
    """`told` says what is tried; `codes` are the findings of which one at least must forbid it."""

    told: str
    bend: Callable[[SpendRequest], SpendRequest]
    codes: frozenset[str]


def _paying(request: SpendRequest, script: bytes) -> SpendRequest:
    """The first payee's output locked otherwise."""
    psbt = PSBT.parse(request.payload)
    first = next(output for output in psbt.outputs if not output.bip32_derivations)
    first.script_pubkey = Script(script)
    return replace(request, payload=bytes(psbt.serialize()))


def _hide_fee(request: SpendRequest) -> SpendRequest:
    psbt = PSBT.parse(request.payload)
    psbt.inputs[0].witness_utxo.value //= 2
    return replace(request, payload=bytes(psbt.serialize()))


def _to_mweb(request: SpendRequest) -> SpendRequest:
    return _paying(request, b"\x59\x20" + THIEF + bytes(12))


def _as_litecoin(request: SpendRequest) -> SpendRequest:
    return replace(request, chain=find_chain("litecoin", "regtest").network.chain)


def _as_asset_lock(request: SpendRequest) -> SpendRequest:
    """Version 3, type 8: the same inputs and outputs would be locked for Dash's other chain."""
    psbt = PSBT.parse(request.payload)
    psbt.tx_version = 3 | 8 << 16
    return replace(request, payload=bytes(psbt.serialize()))


def _with_tokens(request: SpendRequest) -> SpendRequest:
    """The first coin, its previous transaction and all, as if it carried a hundred tokens of a category."""
    psbt = PSBT.parse(request.payload)
    first = psbt.inputs[0]
    proofs = {Transaction.parse(proof).txid(): proof for proof in request.proofs}
    previous = Transaction.parse(proofs.pop(first.txid))
    output = previous.vout[first.vout]
    # CHIP-2022-02: 0xef, category, bit field "has an amount", the amount; then the script itself.
    output.script_pubkey = Script(b"\xef" + b"\x22" * 32 + b"\x10\x64" + output.script_pubkey.data)
    first.txid = previous.txid()
    payload = bytes(psbt.serialize())
    return replace(request, payload=payload, proofs=(previous.serialize(), *proofs.values()))


HIDDEN_FEE: Final = Attack(
    "an input is said to be worth half of what it is, so that the other half would go to the miner",
    _hide_fee,
    frozenset({"previous-differs"}),
)
MWEB: Final = Attack(
    "the first payee's money is to go into the extension block (MWEB), where nobody can follow it",
    _to_mweb,
    frozenset({"output-refused"}),
)
OTHER_COIN: Final = Attack(
    "the same request is said to be one of Litecoin, whose scripts are the same, to have it signed twice",
    _as_litecoin,
    frozenset({"network-wrong"}),
)
SPECIAL: Final = Attack(
    "the payment is made a special transaction, which would lock the money for another chain",
    _as_asset_lock,
    frozenset({"type-refused"}),
)
TOKENS: Final = Attack(
    "a coin that carries tokens (CashTokens) is spent as if it were money alone, and the tokens would burn",
    _with_tokens,
    frozenset({"input-refused"}),
)
