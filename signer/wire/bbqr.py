"""BBQr: fixed parts numbered in base 36, as hex, base32, or deflated base32 (BBQr.md, public domain)."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import content, limits
from signer.wire.values import Dialect, Format, Frames, Kind, Payload, Progress

_HEADER: Final = re.compile(rb"B\$([HZ2])([A-Z])([0-9A-Z]{2})([0-9A-Z]{2})")
_HEADER_CHARS: Final = 8
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WINDOW: Final = 10  # BBQr fixes zlib's window to 1 KiB
_LETTER_OF: Final = {
    Kind.PSBT: "P",
    Kind.TRANSACTION: "T",
    Kind.REQUEST: "C",
    Kind.RESPONSE: "C",
    Kind.BYTES: "B",
}


def looks_like(text: bytes) -> bool:
    """True when the text claims to be a BBQr part."""
    return text[:2] == b"B$"


class BbqrDecoder:
    """Receives one BBQr series."""

    def __init__(self, first: bytes) -> None:
        coding, kind, count, _, _ = _split(first)
        self._series = (coding, kind, count)
        self._parts: dict[int, bytes] = {}
        self._size = 0  # bytes in every part but the last; 0 until one of them came
        self._whole: bytes | None = None
        self.dialect = Dialect(Format.BBQR, coding)

    def receive(self, text: bytes) -> Progress:
        """Take one part. Raises Malformed for another series', or one that contradicts a part held."""
        coding, kind, count, index, data = _split(text)
        if (coding, kind, count) != self._series:
            raise Malformed(Bad.INCONSISTENT, what="bbqr")
        if index in self._parts:
            if self._parts[index] != data:
                raise Malformed(Bad.INCONSISTENT, what="bbqr")
            return self.progress()
        self._check_size(index, count, data)
        if index < count - 1:
            self._size = len(data)
        self._parts[index] = data
        if len(self._parts) == count:
            self._finish()
        return self.progress()

    def progress(self) -> Progress:
        """Parts held, of all."""
        count = self._series[2]
        missing = [i for i in range(count) if i not in self._parts][: limits.MISSING_SHOWN]
        return Progress(len(self._parts), count, tuple(missing), self._whole is not None)

    def payload(self) -> Payload:
        """The joined, inflated payload."""
        if self._whole is None:
            raise Malformed(Bad.TRUNCATED, what="bbqr")
        match self._series[1]:
            case "P":
                if not self._whole.startswith(content.PSBT_MAGIC):
                    raise Malformed(Bad.INCONSISTENT, what="bbqr")
                return Payload(Kind.PSBT, self._whole)
            case "T":
                return Payload(Kind.TRANSACTION, self._whole)
            case "U" | "J":
                if not content.is_text(self._whole):
                    raise Malformed(Bad.ENCODING, what="bbqr")
                return content.describe_text(self._whole)
        return content.describe(self._whole)

    def _check_size(self, index: int, count: int, data: bytes) -> None:
        """All parts but the last are of one size, the last is not larger."""
        last = self._parts.get(count - 1, b"")
        if index < count - 1:
            wrong = self._size not in (0, len(data)) or len(data) < len(last)
        else:
            wrong = 0 < self._size < len(data)
        if wrong:
            raise Malformed(Bad.INCONSISTENT, what="bbqr")
        if len(data) * count > limits.PAYLOAD_BYTES + limits.TEXT_BYTES:
            raise Malformed(Bad.TOO_LARGE, what="bbqr", limit=limits.PAYLOAD_BYTES)

    def _finish(self) -> None:
        """Join; a series that does not inflate is thrown away so that the next round can succeed."""
        whole = b"".join(self._parts[i] for i in range(len(self._parts)))
        try:
            self._whole = inflate(whole) if self._series[0] == "Z" else whole
        except Malformed:
            self._parts.clear()
            self._size = 0
            raise


def inflate(data: bytes) -> bytes:
    """Raw deflate with a bound on the result. Raises Malformed."""
    # a larger window than BBQr's own accepts a sender that ignored the rule; the result is bounded
    engine = zlib.decompressobj(wbits=-15)
    try:
        whole = engine.decompress(data, limits.PAYLOAD_BYTES + 1)
    except zlib.error:
        raise Malformed(Bad.ENCODING, what="bbqr") from None
    if len(whole) > limits.PAYLOAD_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="bbqr", limit=limits.PAYLOAD_BYTES)
    if not engine.eof or engine.unused_data:
        raise Malformed(Bad.TRUNCATED if not engine.eof else Bad.TRAILING, what="bbqr")
    return whole


def _split(text: bytes) -> tuple[str, str, int, int, bytes]:
    """Coding, file type, number of parts, index, data of one part."""
    if len(text) > limits.TEXT_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="bbqr")
    text = text.strip()
    header = _HEADER.match(text)
    if not header:
        raise Malformed(Bad.ENCODING, what="bbqr")
    coding, kind, total, number = (group.decode() for group in header.groups())
    count, index = int(total, 36), int(number, 36)
    if not index < count <= limits.BBQR_PARTS:
        raise Malformed(Bad.INCONSISTENT, what="bbqr")
    data = _unpack(coding, text[_HEADER_CHARS:])
    if not data:
        raise Malformed(Bad.EMPTY, what="bbqr")
    return coding, kind, count, index, data


def _unpack(coding: str, body: bytes) -> bytes:
    try:
        if coding == "H":
            return base64.b16decode(body)
        return base64.b32decode(body + b"=" * (-len(body) % 8))
    except binascii.Error:
        raise Malformed(Bad.ENCODING, what="bbqr") from None


def encode(payload: Payload, variant: str, fragment: int) -> Frames:
    """Parts of about `fragment` bytes, evenly filled; Z falls back to 2 where that is smaller."""
    if len(payload.data) > limits.PAYLOAD_BYTES or not payload.data:
        raise Malformed(Bad.TOO_LARGE if payload.data else Bad.EMPTY, what="bbqr", limit=limits.PAYLOAD_BYTES)
    coding, data = _pack(payload.data, variant or "Z")
    step = 1 if coding == "H" else 5  # every base32 part but the last must be whole groups
    room = max(step, fragment // step * step)
    count = -(-len(data) // room)
    if count > limits.BBQR_PARTS:
        raise Malformed(Bad.TOO_MANY, what="bbqr", limit=limits.BBQR_PARTS)
    size = -(-len(data) // (count * step)) * step
    count = -(-len(data) // size)
    letter = _letter(payload)

    def make(index: int) -> bytes:
        part = data[index * size : (index + 1) * size]
        body = base64.b16encode(part) if coding == "H" else base64.b32encode(part).rstrip(b"=")
        return f"B${coding}{letter}{_base36(count)}{_base36(index)}".encode() + body

    return Frames(count, False, make)


def _pack(data: bytes, variant: str) -> tuple[str, bytes]:
    if variant not in ("H", "2", "Z"):
        raise Malformed(Bad.UNSUPPORTED, what="bbqr")
    if variant != "Z":
        return variant, data
    engine = zlib.compressobj(level=9, wbits=-_WINDOW)
    packed = engine.compress(data) + engine.flush()
    return ("Z", packed) if len(packed) < len(data) else ("2", data)


def _letter(payload: Payload) -> str:
    if payload.kind in (Kind.TEXT, Kind.DESCRIPTOR, Kind.ACCOUNT):
        return "J" if payload.data.lstrip()[:1] in (b"{", b"[") else "U"
    return _LETTER_OF[payload.kind]


def _base36(value: int) -> str:
    return _DIGITS[value // 36] + _DIGITS[value % 36]
