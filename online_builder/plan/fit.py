"""What the Bitcoin Dev Kit does not know of other coins: dust, fork id, tokens, Dash's special transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Coin
from signer.chains.utxo.coin import Digest, Params
from signer.chains.utxo.fields import Global, In
from signer.chains.utxo.outputs import dust
from signer.chains.utxo.psbt import Half, Psbt, read_psbt
from signer.chains.utxo.tokens import split
from signer.chains.utxo.transaction import Output, Transaction, read_plain, sha256d

_UNSIGNED, _PREVIOUS, _SIGHASH = (
    bytes([kind]) for kind in (Global.UNSIGNED_TX, In.NON_WITNESS_UTXO, In.SIGHASH)
)


@dataclass(frozen=True, slots=True)
class Shadows:
    """Coins and previous transactions as BDK can read them. `real`: id on the wire of a shadow -> the transaction.

    `loaded` are the outpoints of coins that carry tokens, by the shadows' ids.
    """

    coins: tuple[Coin, ...]
    transactions: Mapping[str, bytes]
    real: Mapping[bytes, bytes]
    loaded: frozenset[str] = frozenset()


def shadows(
    params: Params, coins: Sequence[Coin], transactions: Mapping[str, bytes], loaded: frozenset[str]
) -> Shadows:
    """Previous transactions as BDK can read them, under another id: special ones (DIP 2: masternode rewards) without
    their payload, and `loaded` coins without the tokens that they carry, and only those."""
    names: dict[str, str] = {}
    bare = {coin.txid: set[int]() for coin in coins}
    for coin in coins:
        if coin.outpoint in loaded:
            bare[coin.txid].add(coin.vout)
    real: dict[bytes, bytes] = {}
    shown: dict[str, bytes] = {}
    for txid, raw in transactions.items():
        if params.type_of(int.from_bytes(raw[:4], "little")) is not None:
            shadow = replace(read_plain(raw), version=2, payload=None).stripped()
        elif bare.get(txid):
            shadow = _unloaded(params, read_plain(raw), bare[txid]).stripped()
        else:
            shown[txid] = raw
            continue
        names[txid] = sha256d(shadow)[::-1].hex()
        real[sha256d(shadow)], shown[names[txid]] = raw, shadow
    renamed = [replace(coin, txid=names.get(coin.txid, coin.txid)) for coin in coins]
    carrying = {new.outpoint for old, new in zip(coins, renamed, strict=True) if old.outpoint in loaded}
    return Shadows(tuple(renamed), shown, real, frozenset(carrying))


def _unloaded(params: Params, tx: Transaction, places: set[int]) -> Transaction:
    """Without the prefixes of these outputs."""
    outputs = [
        Output(output.units, split(params, output.script)[1]) if place in places else output
        for place, output in enumerate(tx.outputs)
    ]
    return replace(tx, outputs=tuple(outputs))


def check_payees(params: Params, payees: Sequence[Payee]) -> None:
    """Raises CANNOT_BUILD for more than there is of the coin, and for a payee whom nodes would not pass on."""
    if sum(payee.amount.units for payee in payees) > params.max_units:
        raise BuilderError(Trouble.CANNOT_BUILD, why="it is more than there is of this coin")
    for place, payee in enumerate(payees, 1):
        if payee.amount.units < dust(params, Output(payee.amount.units, payee.script)):
            raise BuilderError(Trouble.CANNOT_BUILD, why=f"payee {place} would get less than dust")


def check_swept(params: Params, payload: bytes) -> None:
    """Raises NO_FUNDS where what the fee leaves over is so little that nodes would not pass it on."""
    if any(output.units < dust(params, output) for output in read_psbt(payload).tx.outputs):
        raise BuilderError(Trouble.NO_FUNDS, why="what the fee leaves over is less than dust")


def fit(params: Params, payload: bytes, real: Mapping[bytes, bytes]) -> bytes:
    """The PSBT as this coin wants it: change that is dust left to the fee, previous transactions as they really are,
    and where there is a fork id, the type of every signature said."""
    psbt = _undusted(params, read_psbt(payload))
    if real:
        psbt = _unshadowed(psbt, real)
    if params.digest is Digest.FORKID:
        said = params.digest.sighash.to_bytes(4, "little")
        psbt = replace(psbt, inputs=tuple(_with(half, _SIGHASH, said) for half in psbt.inputs))
    return psbt.to_bytes()


def _undusted(params: Params, psbt: Psbt) -> Psbt:
    kept = [
        (output, half)
        for output, half in zip(psbt.tx.outputs, psbt.outputs, strict=True)
        if not half.derivations or output.units >= dust(params, output)
    ]
    if len(kept) == len(psbt.outputs):
        return psbt
    tx = replace(psbt.tx, outputs=tuple(output for output, _ in kept))
    return replace(_about(psbt, tx), outputs=tuple(half for _, half in kept))


def _unshadowed(psbt: Psbt, real: Mapping[bytes, bytes]) -> Psbt:
    tx = psbt.tx
    inputs, halves = [], []
    for item, half in zip(tx.inputs, psbt.inputs, strict=True):
        raw = real.get(item.txid)
        inputs.append(item if raw is None else item._replace(txid=sha256d(raw)))
        halves.append(half if raw is None else _with(half, _PREVIOUS, raw))
    return replace(_about(psbt, replace(tx, inputs=tuple(inputs))), inputs=tuple(halves))


def _about(psbt: Psbt, tx: Transaction) -> Psbt:
    return replace(psbt, tx=tx, globals={**psbt.globals, _UNSIGNED: tx.stripped()})


def _with(half: Half, key: bytes, value: bytes) -> Half:
    return Half(
        {**half.pairs, key: value}, half.derivations, half.partials, half.tap_derivations, half.unknown
    )
