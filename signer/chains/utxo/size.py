"""How large a transaction will be once signed, in weight units and vbytes (BIP 141)."""

from __future__ import annotations

from signer.chains.utxo.cursor import compact
from signer.chains.utxo.descriptor import Descriptor, Shape
from signer.chains.utxo.satisfy import satisfy
from signer.chains.utxo.script import push
from signer.chains.utxo.transaction import Transaction
from signer.chains.utxo.wallet import Spot

#: A low-R, low-S signature in DER with its sighash byte, as this device makes them.
SIGNATURE = 71
_KEY = 33
MAX_STANDARD_WEIGHT = 400_000  # weight that nodes pass on; beyond it a warning


def signed_weight(tx: Transaction, spots: tuple[Spot | None, ...], descriptor: Descriptor) -> int:
    """Weight with every final witness; inputs that are not ours count with what they have now: nothing."""
    base, witness = len(tx.stripped()), 0
    segwit = False
    for index, spot in enumerate(spots):
        script_size, stack_size = (0, 0) if spot is None else _satisfaction(spot, descriptor, tx, index)
        base += script_size + len(compact(script_size)) - 1
        witness += stack_size or 1
        segwit = segwit or stack_size > 0
    return 4 * base + (witness + 2 if segwit else 0)


def vbytes(weight: int) -> int:
    return -(-weight // 4)


def _satisfaction(spot: Spot, descriptor: Descriptor, tx: Transaction, index: int) -> tuple[int, int]:
    """(bytes of scriptSig, bytes of witness stack) of one input."""
    one = 1 + SIGNATURE
    redeem = 0 if spot.redeem is None else len(push(spot.redeem))
    match descriptor.shape:
        case Shape.WSH_MULTI | Shape.SH_WSH_MULTI:
            inner = spot.witness or b""
            return redeem, 2 + descriptor.threshold * one + len(compact(len(inner))) + len(inner)
        case Shape.SH_MULTI:
            return 1 + descriptor.threshold * one + redeem, 0
        case Shape.WPKH | Shape.SH_WPKH:
            return redeem, 1 + one + 1 + _KEY
        case Shape.PKH:
            return one + 1 + _KEY, 0
        case Shape.TR:
            return 0, 1 + 1 + 64
        case Shape.WSH_MINISCRIPT | Shape.SH_WSH_MINISCRIPT:
            signed = dict.fromkeys(spot.keys, bytes(SIGNATURE))
            made = satisfy(descriptor, spot, signed, tx, index)
            stack = () if made is None else made.stack
            return redeem, len(compact(len(stack))) + sum(
                len(compact(len(item))) + len(item) for item in stack
            )
