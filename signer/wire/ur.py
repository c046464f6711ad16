"""UR 2.0 (BCR-2020-005): single and multipart, with its fountain, as sender and receiver.

The receiver eliminates over all parts instead of peeling them, so a late joiner needs half as many.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import bytewords, cbor, limits, registry
from signer.wire.fountain import Chooser
from signer.wire.gf2 import Elimination
from signer.wire.values import Dialect, Format, Frames, Payload, Progress

_PATTERN: Final = re.compile(rb"UR:([A-Z0-9-]{1,40})/(?:([0-9]{1,10})-([0-9]{1,6})/)?([A-Z]{10,8000})\Z")
_MIN_FRAGMENT: Final = 10
_U32: Final = 0xFFFFFFFF


def looks_like(text: bytes) -> bool:
    """True when the text claims to be a UR."""
    return text[:3].upper() == b"UR:"


@dataclass(frozen=True, slots=True)
class _Part:
    """One multipart code: its number (from 1) and the message it belongs to."""

    number: int
    count: int
    length: int
    checksum: int
    data: bytes

    def same_message(self, other: _Part) -> bool:
        return (self.count, self.length, self.checksum, len(self.data)) == (
            other.count,
            other.length,
            other.checksum,
            len(other.data),
        )


class UrDecoder:
    """Receives one UR, single or multipart."""

    def __init__(self, first: bytes) -> None:
        name, _, _ = _split(first)
        self._name = name
        self.dialect = Dialect(Format.UR, name)
        self._first: _Part | None = None
        self._chooser: Chooser | None = None
        self._sums: Elimination | None = None
        self._seen: set[int] = set()
        self._message: bytes | None = None

    def receive(self, text: bytes) -> Progress:
        """Take one code. Raises Malformed for another message's, or one with a wrong checksum."""
        name, sequence, body = _split(text)
        if name != self._name:
            raise Malformed(Bad.INCONSISTENT, what="ur")
        raw = bytewords.decode(body)
        if sequence is None:
            self._single(raw)
        else:
            self._part(_read_part(raw, sequence))
        return self.progress()

    def progress(self) -> Progress:
        """Independent parts held, of those needed."""
        if self._message is not None or self._sums is None:
            need = self._first.count if self._first else 1
            done = self._message is not None
            return Progress(need if done else 0, need, (), done)
        return Progress(self._sums.rank, len_of(self._first), self._sums.missing(), False)

    def payload(self) -> Payload:
        """The payload of the whole message."""
        if self._message is None:
            raise Malformed(Bad.TRUNCATED, what="ur")
        return registry.read(self._name, self._message)

    def _single(self, raw: bytes) -> None:
        if self._first is not None or (self._message is not None and self._message != raw):
            raise Malformed(Bad.INCONSISTENT, what="ur")
        self._message = raw

    def _part(self, part: _Part) -> None:
        if self._first is None:
            if self._message is not None:
                raise Malformed(Bad.INCONSISTENT, what="ur")
            self._start(part)
        elif not part.same_message(self._first):
            raise Malformed(Bad.INCONSISTENT, what="ur")
        if (
            self._message is not None
            or part.number in self._seen
            or self._sums is None
            or self._chooser is None
        ):
            return
        if len(self._seen) < 4 * limits.UR_PARTS:  # only spares work on repeats
            self._seen.add(part.number)
        indexes = sum(1 << index for index in self._chooser.indexes(part.number))
        self._sums.add(indexes, part.data)
        if self._sums.complete:
            self._finish(part)

    def _start(self, part: _Part) -> None:
        self._first = part
        self._chooser = Chooser(part.count, part.checksum)
        self._sums = Elimination(part.count, len(part.data))
        self._seen = set()

    def _finish(self, part: _Part) -> None:
        """Join and check; a poisoned collection is thrown away so that the next round can succeed."""
        if self._sums is None:
            return
        message = b"".join(self._sums.solve())[: part.length]
        if zlib.crc32(message) != part.checksum:
            self._start(part)
            raise Malformed(Bad.CHECKSUM, what="ur")
        self._message = message
        self._seen = set()


def len_of(part: _Part | None) -> int:
    """Parts in the message a part belongs to."""
    return part.count if part else 1


def _split(text: bytes) -> tuple[str, tuple[int, int] | None, bytes]:
    """Type, (number, count) of a multipart code, body in upper case."""
    if len(text) > limits.TEXT_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="ur")
    found = _PATTERN.match(text.strip().upper())
    if not found:
        raise Malformed(Bad.ENCODING, what="ur")
    name, number, count, body = found.groups()
    sequence = (int(number), int(count)) if number else None
    return name.decode().lower(), sequence, body


def _read_part(raw: bytes, sequence: tuple[int, int]) -> _Part:
    """The CBOR of a part, checked against the numbers in clear."""
    match cbor.decode(raw):
        case [int() as number, int() as count, int() as length, int() as checksum, bytes() as data]:
            part = _Part(number, count, length, checksum, data)
        case _:
            raise Malformed(Bad.FIELD, what="ur")
    if (number, count) != sequence or not 1 <= number <= _U32 or not 0 <= checksum <= _U32:
        raise Malformed(Bad.INCONSISTENT, what="ur")
    if not 1 <= count <= limits.UR_PARTS:
        raise Malformed(Bad.TOO_MANY, what="ur", limit=limits.UR_PARTS)
    if not 1 <= length <= limits.PAYLOAD_BYTES + 64 or not 1 <= len(data) <= limits.UR_FRAGMENT_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="ur", limit=limits.PAYLOAD_BYTES)
    if not (count - 1) * len(data) < length <= count * len(data):
        raise Malformed(Bad.INCONSISTENT, what="ur")
    return part


def encode(payload: Payload, variant: str, fragment: int) -> Frames:
    """Codes of at most `fragment` message bytes each; one code without a fountain when it fits."""
    name, message = registry.write(payload, variant)
    if len(message) > limits.PAYLOAD_BYTES + 64:
        raise Malformed(Bad.TOO_LARGE, what="ur", limit=limits.PAYLOAD_BYTES)
    prefix = f"UR:{name.upper()}/".encode()
    if len(message) <= fragment:
        text = prefix + bytewords.encode(message)
        return Frames(1, False, lambda index: text)
    return _multipart(prefix, message, fragment)


def _multipart(prefix: bytes, message: bytes, fragment: int) -> Frames:
    count = -(-len(message) // max(_MIN_FRAGMENT, min(fragment, limits.UR_FRAGMENT_BYTES)))
    if count > limits.UR_PARTS:
        raise Malformed(Bad.TOO_MANY, what="ur", limit=limits.UR_PARTS)
    size = -(-len(message) // count)
    count = -(-len(message) // size)
    padded = message + bytes(count * size - len(message))
    blocks = [int.from_bytes(padded[at : at + size], "big") for at in range(0, len(padded), size)]
    checksum = zlib.crc32(message)
    chooser = Chooser(count, checksum)

    def make(index: int) -> bytes:
        number = index % _U32 + 1
        mixed = 0
        for chosen in chooser.indexes(number):
            mixed ^= blocks[chosen]
        body = cbor.encode([number, count, len(message), checksum, mixed.to_bytes(size, "big")])
        return prefix + f"{number}-{count}/".encode() + bytewords.encode(body)

    return Frames(count, True, make)
