"""The cheapest witness for a miniscript (BIP 379), from the signatures there are and the transaction's times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signer.chains.utxo.miniscript import Node
from signer.chains.utxo.transaction import Transaction

#: Items from the bottom of the stack to its top; None where it cannot be done.
Stack = tuple[bytes, ...] | None

_DISABLED = 1 << 31
_BY_TIME = 1 << 22
_TIME_FROM = 500_000_000
_FINAL = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to satisfy with. `keys`: public keys by use; `signed`: signatures by key, with sighash byte."""

    keys: tuple[bytes, ...]
    signed: Mapping[bytes, bytes]
    tx: Transaction
    index: int

    def older(self, wanted: int) -> bool:
        """BIP 68: whether the input's sequence is a relative lock of at least this."""
        sequence = self.tx.inputs[self.index].sequence
        if self.tx.version < 2 or sequence & _DISABLED or (sequence ^ wanted) & _BY_TIME:
            return False
        return sequence & 0xFFFF >= wanted & 0xFFFF

    def after(self, wanted: int) -> bool:
        """BIP 65: whether the transaction's locktime is of the same kind and late enough, and in force."""
        locktime = self.tx.locktime
        if (locktime < _TIME_FROM) != (wanted < _TIME_FROM) or self.tx.inputs[self.index].sequence == _FINAL:
            return False
        return locktime >= wanted


def satisfaction(node: Node, means: Means) -> Stack:
    """The witness items without the script; None while something is missing."""
    return _pair(node, means)[0]


def _pair(node: Node, means: Means) -> tuple[Stack, Stack]:
    """(satisfied, not satisfied) for one fragment."""
    subs = [_pair(sub, means) for sub in node.subs]
    match node.name:
        case "0":
            return None, ()
        case "1":
            return (), None
        case "pk_k" | "pk_h":
            return _key(node, means)
        case "multi":
            return _multi(node, means)
        case "older":
            return (() if means.older(node.number) else None), None
        case "after":
            return (() if means.after(node.number) else None), None
        case "hash":
            return None, (bytes(32),)
        case "thresh":
            return _thresh(node.number, subs)
        case "v":
            return subs[0][0], None
        case "d":
            return _join(subs[0][0], (b"\x01",)), (b"",)
        case "j":
            return subs[0][0], (b"",)
        case _:
            return _composed(node.name, subs)


def _composed(name: str, subs: list[tuple[Stack, Stack]]) -> tuple[Stack, Stack]:
    """The two- and three-armed fragments. What runs first lies on top."""
    (sat_x, dis_x), (sat_z, dis_z) = subs[0], subs[-1]
    match name:
        case "and_v":
            return _join(sat_z, sat_x), None
        case "and_b":
            return _join(sat_z, sat_x), _join(dis_z, dis_x)
        case "andor":
            sat_y = subs[1][0]
            return _cheaper(_join(sat_y, sat_x), _join(sat_z, dis_x)), _join(dis_z, dis_x)
        case "or_b":
            return _cheaper(_join(dis_z, sat_x), _join(sat_z, dis_x)), _join(dis_z, dis_x)
        case "or_c":
            return _cheaper(sat_x, _join(sat_z, dis_x)), None
        case "or_d":
            return _cheaper(sat_x, _join(sat_z, dis_x)), _join(dis_z, dis_x)
        case _:
            one, zero = (b"\x01",), (b"",)
            return _cheaper(_join(sat_x, one), _join(sat_z, zero)), _cheaper(
                _join(dis_x, one), _join(dis_z, zero)
            )


def _key(node: Node, means: Means) -> tuple[Stack, Stack]:
    key = means.keys[node.keys[0]]
    signature = means.signed.get(key)
    shown = (key,) if node.name == "pk_h" else ()
    return (None if signature is None else (signature, *shown)), (b"", *shown)


def _multi(node: Node, means: Means) -> tuple[Stack, Stack]:
    signatures = [means.signed[means.keys[key]] for key in node.keys if means.keys[key] in means.signed]
    empty = (b"",) * (node.number + 1)
    if len(signatures) < node.number:
        return None, empty
    return (b"", *signatures[: node.number]), empty


def _thresh(wanted: int, subs: list[tuple[Stack, Stack]]) -> tuple[Stack, Stack]:
    """The cheapest choice of exactly `wanted` satisfied ones: a table over how many are so far."""
    best: list[Stack] = [(), *([None] * len(subs))]
    for sat, dis in subs:
        best = [
            _cheaper(_join(dis, best[count]), _join(sat, best[count - 1]) if count else None)
            for count in range(len(subs) + 1)
        ]
    return best[wanted], best[0]


def _join(below: Stack, above: Stack) -> Stack:
    return None if below is None or above is None else below + above


def _cheaper(one: Stack, two: Stack) -> Stack:
    if one is None or two is None:
        return two if one is None else one
    return one if _cost(one) <= _cost(two) else two


def _cost(stack: tuple[bytes, ...]) -> int:
    return sum(len(item) + 1 for item in stack)
