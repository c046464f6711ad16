"""Specter's animated codes: `pMofN text`, the text being one base64 cut into pieces."""

from __future__ import annotations

import base64
import re
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import content, limits, static
from signer.wire.values import Dialect, Format, Frames, Kind, Payload, Progress

_PART: Final = re.compile(rb"[pP]([0-9]{1,4})[oO][fF]([0-9]{1,4}) ([A-Za-z0-9+/=]{1,4296})\Z")


def looks_like(text: bytes) -> bool:
    """True when the text is such a part."""
    return _PART.match(text.strip()) is not None


class SpecterDecoder:
    """Receives one series."""

    def __init__(self, first: bytes) -> None:
        _, self._count, _ = _split(first)
        self._parts: dict[int, bytes] = {}
        self._whole: bytes | None = None
        self.dialect = Dialect(Format.SPECTER, "base64")

    def receive(self, text: bytes) -> Progress:
        """Take one part. Raises Malformed for another series' or one that contradicts a part held."""
        number, count, data = _split(text)
        if count != self._count or self._parts.get(number, data) != data:
            raise Malformed(Bad.INCONSISTENT, what="specter")
        if self._whole is None:
            if sum(map(len, self._parts.values())) > limits.PAYLOAD_BYTES * 4 // 3 + 4:
                raise Malformed(Bad.TOO_LARGE, what="specter", limit=limits.PAYLOAD_BYTES)
            self._parts[number] = data
            if len(self._parts) == count:
                self._finish()
        return self.progress()

    def progress(self) -> Progress:
        """Parts held, of all."""
        missing = [number for number in range(self._count) if number not in self._parts]
        shown = tuple(missing[: limits.MISSING_SHOWN])
        return Progress(self._count - len(missing), self._count, shown, self._whole is not None)

    def payload(self) -> Payload:
        """The joined payload."""
        if self._whole is None:
            raise Malformed(Bad.TRUNCATED, what="specter")
        return content.describe(self._whole)

    def _finish(self) -> None:
        """Join; what is not base64 is thrown away so that the next round can succeed."""
        joined = b"".join(self._parts[number] for number in range(self._count))
        try:
            self._whole = static.unpack_base64(joined)
        except Malformed:
            self._parts.clear()
            raise
        if len(self._whole) > limits.PAYLOAD_BYTES:
            self._whole = None
            self._parts.clear()
            raise Malformed(Bad.TOO_LARGE, what="specter", limit=limits.PAYLOAD_BYTES)


def _split(text: bytes) -> tuple[int, int, bytes]:
    """Number (from 0), count and text of a part."""
    found = _PART.match(text.strip()) if len(text) <= limits.TEXT_BYTES else None
    if not found:
        raise Malformed(Bad.ENCODING, what="specter")
    number, count = int(found[1]), int(found[2])
    if not 1 <= number <= count <= limits.SPECTER_PARTS:
        raise Malformed(Bad.INCONSISTENT, what="specter", limit=limits.SPECTER_PARTS)
    return number - 1, count, found[3]


def encode(payload: Payload, fragment: int) -> Frames:
    """Parts with about `fragment` bytes of the payload each, evenly filled. Binary payloads only."""
    if payload.kind in (Kind.TEXT, Kind.DESCRIPTOR, Kind.ACCOUNT):
        raise Malformed(Bad.UNSUPPORTED, what="specter")
    if not 0 < len(payload.data) <= limits.PAYLOAD_BYTES:
        raise Malformed(
            Bad.TOO_LARGE if payload.data else Bad.EMPTY, what="specter", limit=limits.PAYLOAD_BYTES
        )
    text = base64.b64encode(payload.data)
    room = max(4, fragment * 4 // 3)
    count = -(-len(text) // room)
    if count > limits.SPECTER_PARTS:
        raise Malformed(Bad.TOO_MANY, what="specter", limit=limits.SPECTER_PARTS)
    size = -(-len(text) // count)
    count = -(-len(text) // size)

    def make(index: int) -> bytes:
        return f"p{index + 1}of{count} ".encode() + text[index * size : (index + 1) * size]

    return Frames(count, False, make)
