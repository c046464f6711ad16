"""The native format: a rateless code over small symbols, several to a QR code (docs/reference/qr-formats.md).

Symbols below the count are the payload's own pieces; each later one is a sum of about half of all pieces, chosen by
its number. Any set of symbols a little larger than the count gives the payload, whatever was lost before, and
the number of symbols in a code may change at any time.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import limits
from signer.wire.bbqr import inflate
from signer.wire.gf2 import Elimination
from signer.wire.pace import Feedback, LossMeter
from signer.wire.values import Dialect, Format, Frames, Kind, Payload, Progress

MAGIC: Final = b"\xf7K"  # no UTF-8 text begins like this
OVERHEAD: Final = 21
_VERSION: Final = 1
_DIGEST_BYTES: Final = 8
_PER_CODE: Final = 64
_IDS: Final = 1 << 24
_KINDS: Final = tuple(Kind)
_SMALLEST, _USUAL, _LARGEST = 64, 398, 796  # 398: one in a version 13, three in a 25, seven in a 39
_PIECES: Final = 1024


def symbol_bytes(length: int) -> int:
    """Bytes in a symbol for `length` bytes sent: about a thousand symbols, in sizes that fill QR versions well."""
    if length > limits.PAYLOAD_BYTES // 2:
        return _LARGEST
    return min(_USUAL, max(_SMALLEST, -(-length // _PIECES)))


def looks_like(text: bytes) -> bool:
    """True when the bytes claim to be a frame of this format."""
    return text.startswith(MAGIC)


@dataclass(frozen=True, slots=True)
class _Header:
    """What every frame of a transfer says alike."""

    kind: Kind
    deflated: bool
    digest: bytes
    length: int

    @property
    def size(self) -> int:
        return symbol_bytes(self.length)

    @property
    def count(self) -> int:
        return -(-self.length // self.size)

    def encoded(self) -> bytes:
        flags = _VERSION << 5 | self.deflated << 4 | _KINDS.index(self.kind)
        return MAGIC + bytes((flags,)) + self.digest + self.length.to_bytes(3, "big")

    def picks(self, number: int) -> int:
        """The pieces in symbol `number`, bit i for piece i."""
        if number < self.count:
            return 1 << number
        seed = b"kinko sum" + self.digest + number.to_bytes(3, "big")
        drawn = hashlib.shake_128(seed).digest(-(-self.count // 8))
        # at least one piece; the lowest bit costs nothing in randomness when it is forced so rarely
        return (int.from_bytes(drawn, "big") & (1 << self.count) - 1) or 1

    def whitening(self) -> bytes:
        """What is added to the pieces: no run of equal bytes ever reaches a QR symbol."""
        return hashlib.shake_128(b"kinko white" + self.digest).digest(self.count * self.size)


def digest_of(payload: Payload) -> bytes:
    """What names a transfer: 8 bytes over kind and content."""
    return hashlib.sha256(payload.kind.value.encode() + b"\0" + payload.data).digest()[:_DIGEST_BYTES]


def encode(payload: Payload, fragment: int) -> Frames:
    """Frames of at most `fragment` bytes each, without end. Raises Malformed when not one symbol fits."""
    if not 0 < len(payload.data) <= limits.PAYLOAD_BYTES:
        raise Malformed(
            Bad.TOO_LARGE if payload.data else Bad.EMPTY, what="kinko", limit=limits.PAYLOAD_BYTES
        )
    packed = zlib.compress(payload.data, 9, wbits=-15)
    deflated = len(packed) < len(payload.data)
    data = packed if deflated else payload.data
    header = _Header(payload.kind, deflated, digest_of(payload), len(data))
    size, count = header.size, header.count
    per_code = min(_PER_CODE, count, (fragment - OVERHEAD) // size)
    if per_code < 1:
        raise Malformed(Bad.TOO_LARGE, what="kinko", limit=fragment)
    white = int.from_bytes(data.ljust(count * size, b"\0"), "big") ^ int.from_bytes(header.whitening(), "big")
    whole = white.to_bytes(count * size, "big")
    pieces = [int.from_bytes(whole[at : at + size], "big") for at in range(0, len(whole), size)]
    start, cycle = header.encoded(), -(-count // per_code)

    def make(index: int) -> bytes:
        # past the first cycle no two codes share a symbol, whatever the number of symbols in each
        first = index * per_code if index < cycle else count + index * _PER_CODE % (_IDS - _PER_CODE - count)
        numbers = range(first, min(first + per_code, count) if index < cycle else first + per_code)
        body = (
            start + first.to_bytes(3, "big") + b"".join(_sum(pieces, header.picks(n), size) for n in numbers)
        )
        return body + zlib.crc32(body).to_bytes(4, "big")

    return Frames(cycle, True, make)


def _sum(pieces: list[int], picks: int, size: int) -> bytes:
    value = 0
    picked = format(picks, "b")[::-1]
    at = picked.find("1")
    while at >= 0:
        value ^= pieces[at]
        at = picked.find("1", at + 1)
    return value.to_bytes(size, "big")


class KinkoDecoder:
    """Receives one transfer in the native format."""

    def __init__(self, first: bytes) -> None:
        self._header, _, _ = _split(first)
        self._sums = Elimination(self._header.count, self._header.size)
        self._payload: Payload | None = None
        self._seen: set[int] = set()
        self._loss = LossMeter()
        self._per_code = 0
        self.dialect = Dialect(Format.KINKO)

    def receive(self, text: bytes) -> Progress:
        """Take one code. Raises Malformed for another transfer's or a damaged one."""
        header, first, symbols = _split(text)
        if header != self._header:
            raise Malformed(Bad.INCONSISTENT, what="kinko")
        self._count_loss(first, len(symbols))
        if self._payload is None and first not in self._seen:
            if len(self._seen) < 4 * limits.KINKO_SYMBOLS:  # only spares work on repeats
                self._seen.add(first)
            for number, data in enumerate(symbols, first):
                self._sums.add(header.picks(number), data)
            if self._sums.complete:
                self._finish()
        return self.progress()

    def progress(self) -> Progress:
        """Independent symbols held, of those needed."""
        if self._payload is not None:
            return Progress(self._header.count, self._header.count, (), True)
        return Progress(self._sums.rank, self._header.count, self._sums.missing(), False)

    def _count_loss(self, first: int, symbols: int) -> None:
        """The running number of a code follows from its first symbol; a change of density begins a new count."""
        if first < self._header.count <= first + symbols:
            return  # the last of the first cycle may be shorter
        if symbols != self._per_code:
            self._per_code, self._loss = symbols, LossMeter()
        cycle = first < self._header.count
        self._loss.arrived(first // symbols if cycle else (first - self._header.count) // _PER_CODE)

    def feedback(self, density: float) -> Feedback:
        """What to tell the sender; `density` is camera pixels a module."""
        state = self.progress()
        return Feedback(self._header.digest, state.have, state.need, density, self._loss.percent)

    def payload(self) -> Payload:
        """The payload, whole and with the right digest."""
        if self._payload is None:
            raise Malformed(Bad.TRUNCATED, what="kinko")
        return self._payload

    def _finish(self) -> None:
        """Join and check; a poisoned collection is thrown away so that what follows can succeed."""
        header = self._header
        joined = int.from_bytes(b"".join(self._sums.solve()), "big") ^ int.from_bytes(
            header.whitening(), "big"
        )
        data = joined.to_bytes(header.count * header.size, "big")[: header.length]
        self._sums, self._seen = Elimination(header.count, header.size), set()
        payload = Payload(header.kind, inflate(data) if header.deflated else data)
        if digest_of(payload) != header.digest:
            raise Malformed(Bad.CHECKSUM, what="kinko")
        self._payload = payload


def _split(text: bytes) -> tuple[_Header, int, list[bytes]]:
    """The header, the number of the first symbol, and the symbols of a frame."""
    if len(text) < OVERHEAD or not looks_like(text):
        raise Malformed(Bad.TRUNCATED, what="kinko")
    if zlib.crc32(text[:-4]).to_bytes(4, "big") != text[-4:]:
        raise Malformed(Bad.CHECKSUM, what="kinko")
    flags, length = text[2], int.from_bytes(text[11:14], "big")
    if flags >> 5 != _VERSION or flags & 15 >= len(_KINDS):
        raise Malformed(Bad.UNSUPPORTED, what="kinko")
    if not 0 < length <= limits.PAYLOAD_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="kinko", limit=limits.PAYLOAD_BYTES)
    header = _Header(_KINDS[flags & 15], bool(flags & 16), text[3:11], length)
    body = text[17:-4]
    if not body or len(body) % header.size or len(body) > _PER_CODE * header.size:
        raise Malformed(Bad.INCONSISTENT, what="kinko")
    first = int.from_bytes(text[14:17], "big")
    if first + len(body) // header.size > _IDS:
        raise Malformed(Bad.INCONSISTENT, what="kinko")
    return header, first, [body[at : at + header.size] for at in range(0, len(body), header.size)]
