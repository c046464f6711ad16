"""Transactions as values: read strictly from bytes, written without or with witnesses, named by their id.

Parsed here and not by wallycore because coins differ in what they append (Litecoin's MWEB flag, Dash's payloads), and
because a hundred previous transactions a request must cost little.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from signer.chains.utxo.cursor import Cursor, compact, sized
from signer.core.errors import Bad, Malformed

MAX_INPUTS = 4_096  # inputs of a transaction to be signed
MAX_OUTPUTS = 8_192  # outputs of a transaction to be signed
MAX_PREVIOUS = 100_000  # inputs, outputs or witness items of a previous transaction

_WHAT = "transaction"


class Output(NamedTuple):
    """`units` of the coin's smallest unit, and the script they are locked with."""

    units: int
    script: bytes

    def to_bytes(self) -> bytes:
        return self.units.to_bytes(8, "little") + sized(self.script)


class Input(NamedTuple):
    """The coin spent: `txid` in the order of bytes on the wire (reversed when shown), output number, sequence."""

    txid: bytes
    vout: int
    sequence: int
    script: bytes = b""

    @property
    def outpoint(self) -> bytes:
        return self.txid + self.vout.to_bytes(4, "little")

    @property
    def coin(self) -> str:
        """`txid:n` as people write it."""
        return f"{self.txid[::-1].hex()}:{self.vout}"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction. `witnesses` is empty, or one tuple of stack items for each input.

    `payload` is what a special transaction of Dash (DIP 2) carries at its end; None for every other.
    """

    version: int
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    locktime: int
    witnesses: tuple[tuple[bytes, ...], ...] = ()
    payload: bytes | None = None

    @property
    def txid(self) -> bytes:
        """Double SHA-256 of the stripped form, 32 bytes as on the wire."""
        return sha256d(self.stripped())

    def stripped(self) -> bytes:
        """Without witnesses: what the id and a PSBT carry."""
        head = self.version.to_bytes(4, "little")
        tail = b"" if self.payload is None else sized(self.payload)
        return head + self._body() + self.locktime.to_bytes(4, "little") + tail

    def to_bytes(self) -> bytes:
        """With witnesses where there are any: what goes to the network."""
        if not any(self.witnesses):
            return self.stripped()
        stacks = b"".join(compact(len(stack)) + b"".join(map(sized, stack)) for stack in self.witnesses)
        head = self.version.to_bytes(4, "little") + b"\x00\x01"
        return head + self._body() + stacks + self.locktime.to_bytes(4, "little")

    def _body(self) -> bytes:
        parts = [compact(len(self.inputs))]
        parts += [i.outpoint + sized(i.script) + i.sequence.to_bytes(4, "little") for i in self.inputs]
        parts.append(compact(len(self.outputs)))
        parts += [output.to_bytes() for output in self.outputs]
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Previous:
    """A previous transaction, as far as it matters: its id and its outputs."""

    txid: bytes
    outputs: tuple[Output, ...]


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def read_unsigned(data: bytes) -> Transaction:
    """The unsigned transaction of a PSBT v0 (BIP 174): no witnesses, empty scripts. Raises Malformed."""
    tx = read_plain(data)
    if any(item.script for item in tx.inputs):
        raise Malformed(Bad.INCONSISTENT, what=_WHAT)
    return tx


def read_plain(data: bytes) -> Transaction:
    """A transaction without witnesses: unsigned, or signed by scripts alone. Raises Malformed."""
    cursor = Cursor(data, _WHAT)
    version = cursor.number(4)
    inputs = tuple(_input(cursor) for _ in range(cursor.count(41, MAX_INPUTS)))
    outputs = tuple(_output(cursor) for _ in range(cursor.count(9, MAX_OUTPUTS)))
    locktime = cursor.number(4)
    payload = _payload(cursor, version)
    cursor.done()
    return Transaction(version, inputs, outputs, locktime, payload=payload)


def read_previous(data: bytes) -> Previous:
    """A previous transaction, with or without witnesses. Raises Malformed.

    The id is computed over exactly the stripped bytes, so nothing that is read can differ from what was mined.
    """
    stripped, outputs = _walk(data)
    return Previous(sha256d(stripped), outputs)


def strip(data: bytes) -> bytes:
    """A transaction without its witnesses: the form in which proofs travel. Raises Malformed."""
    return _walk(data)[0]


def _walk(data: bytes) -> tuple[bytes, tuple[Output, ...]]:
    """The stripped form and the outputs."""
    cursor = Cursor(data, "previous transaction")
    cursor.skip(4)
    flag = data[5] if data[4:5] == b"\x00" and len(data) > 5 else 0
    if flag:
        cursor.skip(2)
    start = cursor.at
    count = cursor.count(41, MAX_PREVIOUS)
    for _ in range(count):
        cursor.at += 36
        cursor.skip(cursor.compact() + 4)
    outputs = tuple([_output(cursor) for _ in range(cursor.count(9, MAX_PREVIOUS))])
    body = data[start : cursor.at]
    if flag:
        _skip_witnesses(cursor, count, flag)
    tail = cursor.at
    cursor.skip(4)
    _payload(cursor, int.from_bytes(data[:4], "little"))
    cursor.done()
    return (data[:4] + body + data[tail:] if flag else data), outputs


def _payload(cursor: Cursor, version: int) -> bytes | None:
    """What follows a locktime where the version says that the transaction is special (DIP 2) and anything does.

    Whether the coin has such transactions is for inspection: an id covers the payload, so nothing can be slipped in.
    """
    if not version >> 16 or cursor.at == cursor.end:
        return None
    return cursor.take(cursor.compact())


def _skip_witnesses(cursor: Cursor, count: int, flag: int) -> None:
    """Bit 0 of the flag: witness stacks (BIP 144). Bit 3: Litecoin's MWEB, whose part must be absent here."""
    if flag not in (0x01, 0x08, 0x09):
        raise Malformed(Bad.UNSUPPORTED, what=cursor.what)
    if flag & 0x01:
        for _ in range(count):
            for _ in range(cursor.count(1, MAX_PREVIOUS)):
                cursor.skip(cursor.compact())
    if flag & 0x08 and cursor.take(1) != b"\x00":
        raise Malformed(Bad.UNSUPPORTED, what="MWEB transaction")


def _input(cursor: Cursor) -> Input:
    txid = cursor.take(32)
    vout = cursor.number(4)
    script = cursor.take(cursor.compact())
    return Input(txid, vout, cursor.number(4), script)


def _output(cursor: Cursor) -> Output:
    units = cursor.number(8)
    return Output(units, cursor.take(cursor.compact()))
