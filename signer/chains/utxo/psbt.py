"""PSBTs as bytes: the key-value maps of BIP 174 and BIP 370, read strictly and written back in the order they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from signer.chains.utxo.cursor import Cursor, sized
from signer.chains.utxo.fields import (
    GLOBAL_RULES,
    INPUT_RULES,
    OUTPUT_RULES,
    VERSION_KEY,
    Global,
    In,
    Map,
    Out,
    Rule,
)
from signer.chains.utxo.transaction import MAX_INPUTS, MAX_OUTPUTS, Input, Output, Transaction, read_unsigned
from signer.core.errors import Bad, Malformed

MAGIC = b"psbt\xff"
MAX_PSBT = 8 * 1024 * 1024  # bytes of a PSBT
MAX_PAIRS_IN_MAP = 128  # fields of one input, output or of the whole
MAX_PAIRS = 150_000  # fields of a PSBT
_TIME_FROM = 500_000_000
_LAST_SEQUENCE = (0xFFFFFFFF).to_bytes(4, "little")


class Half(NamedTuple):
    """One input or output map. `pairs` is everything in order; the rest is picked out of it.

    `derivations`: public key -> master fingerprint and path as in the PSBT (4 bytes and 4 a step, little-endian).
    `partials`: public key -> DER signature and sighash byte. `unknown`: keys that the allow-list does not have.
    """

    pairs: Map
    derivations: Map
    partials: Map
    tap_derivations: Map
    unknown: tuple[bytes, ...]

    def get(self, kind: int) -> bytes | None:
        return self.pairs.get(_KEYS[kind])


@dataclass(frozen=True, slots=True)
class Psbt:
    """A PSBT of version 0 or 2 and the unsigned transaction it stands for."""

    version: int
    globals: Map
    inputs: tuple[Half, ...]
    outputs: tuple[Half, ...]
    tx: Transaction
    unknown: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        maps = [self.globals, *(half.pairs for half in self.inputs), *(half.pairs for half in self.outputs)]
        return MAGIC + b"".join(_write(pairs) for pairs in maps)


_KEYS = tuple(bytes([kind]) for kind in range(256))


def read_psbt(data: bytes) -> Psbt:
    """Read a binary PSBT. Raises Malformed for anything BIP 174 or BIP 370 call invalid."""
    if not data:
        raise Malformed(Bad.EMPTY, what="psbt")
    if len(data) > MAX_PSBT:
        raise Malformed(Bad.TOO_LARGE, what="psbt", limit=MAX_PSBT)
    if not data.startswith(MAGIC):
        raise Malformed(Bad.UNKNOWN_FORMAT, what="psbt")
    top, at = _read_map(data, len(MAGIC))
    version = _version(top)
    unknown = _check("global", top, GLOBAL_RULES, version, {})
    tx = _unsigned(top) if version == 0 else None
    ins, outs = (len(tx.inputs), len(tx.outputs)) if tx else _counts(top)
    halves = []
    left = MAX_PAIRS - len(top)
    for _ in range(ins + outs):
        pairs, at = _read_map(data, at)
        left -= len(pairs)
        if left < 0:
            raise Malformed(Bad.TOO_MANY, what="psbt", limit=MAX_PAIRS)
        halves.append(pairs)
    if at != len(data):
        raise Malformed(Bad.TRAILING, what="psbt")
    inputs = tuple([_half("input", pairs, INPUT_RULES, version) for pairs in halves[:ins]])
    outputs = tuple([_half("output", pairs, OUTPUT_RULES, version) for pairs in halves[ins:]])
    return Psbt(version, top, inputs, outputs, tx or _assemble(top, inputs, outputs), unknown)


def read_output(data: bytes) -> Output:
    """A witness_utxo: one serialised output. Raises Malformed."""
    cursor = Cursor(data, "witness utxo")
    units = cursor.number(8)
    script = cursor.take(cursor.compact())
    cursor.done()
    return Output(units, script)


def with_signatures(half: Half, added: Mapping[bytes, bytes]) -> Half:
    """An input with further signature fields (partial, or taproot's) at its end."""
    partials = {key[1:]: value for key, value in added.items() if key[0] == In.PARTIAL_SIG}
    return Half(
        {**half.pairs, **added},
        half.derivations,
        {**half.partials, **partials},
        half.tap_derivations,
        half.unknown,
    )


def _read_map(data: bytes, at: int) -> tuple[Map, int]:
    """One map and where it ends. Written flat: a large PSBT has tens of thousands of pairs."""
    pairs: Map = {}
    end = len(data)
    while True:
        if at >= end:
            raise Malformed(Bad.TRUNCATED, what="psbt")
        size = data[at]
        at += 1
        if size == 0:
            return pairs, at
        if size >= 0xFD:
            size, at = _long(data, at, size)
        key = data[at : at + size]
        at += size
        if at >= end:
            raise Malformed(Bad.TRUNCATED, what="psbt")
        size = data[at]
        at += 1
        if size >= 0xFD:
            size, at = _long(data, at, size)
        value = data[at : at + size]
        at += size
        if key in pairs:
            raise Malformed(Bad.DUPLICATE, what="psbt", field=key[0])
        pairs[key] = value
        if len(pairs) > MAX_PAIRS_IN_MAP:
            raise Malformed(Bad.TOO_MANY, what="psbt", limit=MAX_PAIRS_IN_MAP)


def _long(data: bytes, at: int, first: int) -> tuple[int, int]:
    size = 1 << (first - 0xFC)
    value = int.from_bytes(data[at : at + size], "little")
    if value < (0xFD if size == 2 else 1 << (4 * size)):
        raise Malformed(Bad.ENCODING, what="psbt")
    return value, at + size


def _write(pairs: Map) -> bytes:
    return b"".join([sized(key) + sized(value) for key, value in pairs.items()]) + b"\x00"


def _version(top: Map) -> int:
    value = top.get(VERSION_KEY)
    version = 0 if value is None else int.from_bytes(value, "little")
    if version not in (0, 2) or (value is not None and len(value) != 4):
        raise Malformed(Bad.UNSUPPORTED, what="psbt", version=version)
    return version


def _check(
    where: str, pairs: Map, rules: Mapping[int, Rule], version: int, groups: Mapping[int, Map]
) -> tuple[bytes, ...]:
    """Hold every listed field to its rule, fill the groups; return the keys of those not listed."""
    unknown = []
    for key, value in pairs.items():
        rule = rules.get(key[0])
        if rule is None:
            unknown.append(key)
            continue
        low, high, least, most, versions, is_used, key_step, step = rule
        size = len(key) - 1
        if not (low <= size <= high and least <= len(value) <= most and version in versions):
            raise Malformed(Bad.FIELD, what=f"psbt {where}", field=key[0])
        if (size - low) % key_step or (len(value) - least) % step:
            raise Malformed(Bad.FIELD, what=f"psbt {where}", field=key[0])
        if size:
            group = groups.get(key[0])
            if group is not None:
                group[key[1:]] = value
        if not is_used:
            unknown.append(key)
    return tuple(unknown)


def _half(where: str, pairs: Map, rules: Mapping[int, Rule], version: int) -> Half:
    derivations: Map = {}
    partials: Map = {}
    taps: Map = {}
    if rules is INPUT_RULES:
        groups = {In.DERIVATION: derivations, In.PARTIAL_SIG: partials, In.TAP_DERIVATION: taps}
    else:
        groups = {Out.DERIVATION: derivations, Out.TAP_DERIVATION: taps}
    unknown = _check(where, pairs, rules, version, groups)
    return Half(pairs, derivations, partials, taps, unknown)


def _unsigned(top: Map) -> Transaction:
    data = top.get(_KEYS[Global.UNSIGNED_TX])
    if data is None:
        raise Malformed(Bad.FIELD, what="psbt global", field=int(Global.UNSIGNED_TX))
    return read_unsigned(data)


def _counts(top: Map) -> tuple[int, int]:
    return _count(top, Global.INPUT_COUNT, MAX_INPUTS), _count(top, Global.OUTPUT_COUNT, MAX_OUTPUTS)


def _count(top: Map, kind: int, limit: int) -> int:
    cursor = Cursor(_required(top, kind, "global"), "psbt global")
    value = cursor.compact()
    cursor.done()
    if value > limit:
        raise Malformed(Bad.TOO_MANY, what="psbt", limit=limit)
    return value


def _required(pairs: Map, kind: int, where: str) -> bytes:
    value = pairs.get(_KEYS[kind])
    if value is None:
        raise Malformed(Bad.FIELD, what=f"psbt {where}", field=kind)
    return value


def _assemble(top: Map, inputs: tuple[Half, ...], outputs: tuple[Half, ...]) -> Transaction:
    """The transaction a PSBT v2 describes (BIP 370)."""
    ins = tuple(
        Input(
            _required(half.pairs, In.TXID, "input"),
            int.from_bytes(_required(half.pairs, In.VOUT, "input"), "little"),
            int.from_bytes(half.get(In.SEQUENCE) or _LAST_SEQUENCE, "little"),
        )
        for half in inputs
    )
    outs = tuple(
        Output(
            int.from_bytes(_required(half.pairs, Out.AMOUNT, "output"), "little"),
            _required(half.pairs, Out.SCRIPT, "output"),
        )
        for half in outputs
    )
    version = int.from_bytes(_required(top, Global.TX_VERSION, "global"), "little")
    return Transaction(version, ins, outs, _locktime(top, inputs))


def _locktime(top: Map, inputs: tuple[Half, ...]) -> int:
    """BIP 370, "Determining Lock Time": what every input can accept, a height rather than a time."""
    heights = [_lock(half, In.LOCK_HEIGHT, 1, _TIME_FROM - 1) for half in inputs]
    times = [_lock(half, In.LOCK_TIME, _TIME_FROM, 0xFFFFFFFF) for half in inputs]
    bound = [(height, time) for height, time in zip(heights, times, strict=True) if height or time]
    if not bound:
        return int.from_bytes(top.get(_KEYS[Global.FALLBACK_LOCKTIME], b""), "little")
    if all(height for height, _ in bound):
        return max(height for height, _ in bound)
    if all(time for _, time in bound):
        return max(time for _, time in bound)
    raise Malformed(Bad.INCONSISTENT, what="psbt locktime")


def _lock(half: Half, kind: int, low: int, high: int) -> int:
    value = half.get(kind)
    if value is None:
        return 0
    number = int.from_bytes(value, "little")
    if not low <= number <= high:
        raise Malformed(Bad.VALUE, what="psbt input", field=kind)
    return number
