"""Signatures taken back out of inputs that another wallet has already finished (its Finalizer drops all else)."""

from __future__ import annotations

from collections.abc import Iterator

from signer.chains.utxo import script as scripts
from signer.chains.utxo.coins import Coin
from signer.chains.utxo.cursor import Cursor
from signer.chains.utxo.digest import Digester, Era, Locked
from signer.chains.utxo.fields import In
from signer.chains.utxo.psbt import Half
from signer.chains.utxo.signature import from_der, is_ecdsa
from signer.core.errors import Malformed
from signer.core.task import Signature

MAX_ITEMS = 100  # items of a finished input's witness


def final_signatures(index: int, half: Half, coin: Coin, digester: Digester) -> tuple[Signature, ...]:
    """Those of a finished multisig input that are right, with their keys; none for other kinds of input."""
    if coin.output is None:
        return ()
    try:
        witness, pushed = _stack(half.get(In.FINAL_WITNESS)), pushes(half.get(In.FINAL_SCRIPTSIG))
    except Malformed:
        return ()
    items = witness or pushed
    if not items:
        return ()
    code = items[-1]
    multisig = scripts.read_multisig(code)
    if multisig is None:
        return ()
    if witness and coin.output.script in (scripts.p2wsh(code), scripts.p2sh(scripts.p2wsh(code))):
        how = Locked(Era.SEGWIT, code)
    elif not witness and coin.output.script == scripts.p2sh(code):
        how = Locked(Era.LEGACY, code)
    else:
        return ()
    digest = digester.digest(index, how, coin.output.units)
    return tuple(
        Signature(index, key, from_der(item))
        for item in items[:-1]
        for key in multisig.keys
        if digest is not None and is_ecdsa(key, digest, item, digester.sighash)
    )


def _stack(data: bytes | None) -> list[bytes]:
    """A serialised witness stack. Raises Malformed."""
    if data is None:
        return []
    cursor = Cursor(data, "final witness")
    items = [cursor.take(cursor.compact()) for _ in range(cursor.count(1, MAX_ITEMS))]
    cursor.done()
    return items


def pushes(data: bytes | None) -> list[bytes]:
    """The pushes of a scriptSig. Raises Malformed for anything that is no plain push."""
    return [] if data is None else list(_walk(Cursor(data, "final scriptSig")))


def _walk(cursor: Cursor) -> Iterator[bytes]:
    while cursor.at < cursor.end:
        size = cursor.number(1)
        if size == 0x4C:
            size = cursor.number(1)
        elif size == 0x4D:
            size = cursor.number(2)
        elif size > 0x4C:
            size = cursor.end  # an operation: more than is left, so refused
        yield cursor.take(size)
