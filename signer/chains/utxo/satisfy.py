"""The final scriptSig and witness of an input, from its signatures."""

from __future__ import annotations

from typing import NamedTuple

from signer.chains.utxo.descriptor import Descriptor, Shape
from signer.chains.utxo.script import push, read_multisig
from signer.chains.utxo.stack import Means, satisfaction
from signer.chains.utxo.transaction import Transaction
from signer.chains.utxo.wallet import Spot


class Pieces(NamedTuple):
    """The scriptSig, and the items of the witness stack."""

    script: bytes
    stack: tuple[bytes, ...] = ()


def satisfy(
    descriptor: Descriptor, spot: Spot, signed: dict[bytes, bytes], tx: Transaction, index: int
) -> Pieces | None:
    """The pieces for one input, None while signatures are missing. `signed`: key -> signature with sighash byte."""
    wrapped = b"" if spot.redeem is None else push(spot.redeem)
    match descriptor.shape:
        case Shape.WSH_MULTI | Shape.SH_WSH_MULTI if spot.witness is not None:
            chosen = _in_order(spot.witness, signed)
            return None if chosen is None else Pieces(wrapped, (b"", *chosen, spot.witness))
        case Shape.SH_MULTI if spot.redeem is not None:
            chosen = _in_order(spot.redeem, signed)
            return None if chosen is None else Pieces(b"\x00" + b"".join(map(push, chosen)) + wrapped)
        case Shape.WPKH | Shape.SH_WPKH | Shape.PKH | Shape.TR:
            return _single(descriptor.shape, spot, signed, wrapped)
        case _:
            return _miniscript(descriptor, spot, Means(spot.keys, signed, tx, index), wrapped)


def _miniscript(descriptor: Descriptor, spot: Spot, means: Means, wrapped: bytes) -> Pieces | None:
    if descriptor.tree is None or spot.witness is None:
        return None
    stack = satisfaction(descriptor.tree, means)
    return None if stack is None else Pieces(wrapped, (*stack, spot.witness))


def _single(shape: Shape, spot: Spot, signed: dict[bytes, bytes], wrapped: bytes) -> Pieces | None:
    key = spot.keys[0]
    signature = signed.get(key)
    if signature is None:
        return None
    if shape is Shape.PKH:
        return Pieces(push(signature) + push(key))
    if shape is Shape.TR:
        return Pieces(b"", (signature,))
    return Pieces(wrapped, (signature, key))


def _in_order(script: bytes, signed: dict[bytes, bytes]) -> tuple[bytes, ...] | None:
    """As many signatures as CHECKMULTISIG wants, in the order of its keys."""
    multisig = read_multisig(script)
    if multisig is None:
        return None
    chosen = tuple(signed[key] for key in multisig.keys if key in signed)[: multisig.threshold]
    return chosen if len(chosen) == multisig.threshold else None
