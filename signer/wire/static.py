"""One code that holds everything: base64, hex, base 43, raw bytes, or plain text."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import base43, content, limits
from signer.wire.values import Dialect, Format, Frames, Kind, Payload, Progress

_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2}){20,}\Z")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{20,}={0,2}\Z")
_TX_VERSIONS: Final = (b"\1\0\0\0", b"\2\0\0\0", b"\3\0\0\0")
_MOST: Final = 2_953  # bytes in the largest symbol
_TEXT_KINDS: Final = (Kind.TEXT, Kind.DESCRIPTOR, Kind.ACCOUNT)


def read(text: bytes) -> tuple[str, Payload]:
    """The coding and payload of unlabelled text. A coding counts only when what it holds is recognised."""
    if not text:
        raise Malformed(Bad.EMPTY, what="static")
    bare = text.strip()
    if _HEX.match(bare):
        return "hex", _bare_payload(bytes.fromhex(bare.decode()))
    if _BASE64.match(bare):
        found = content.describe(unpack_base64(bare)) if len(bare) % 4 == 0 else None
        if found and found.kind in (Kind.PSBT, Kind.REQUEST, Kind.RESPONSE):
            return "base64", found
    if len(bare) >= 20 and not bare.translate(None, base43.ALPHABET):
        found = _bare_payload(base43.decode(bare))
        if found.kind is not Kind.BYTES:
            return "base43", found
    found = content.describe(text)
    return ("text" if found.kind in _TEXT_KINDS else "binary"), found


def unpack_base64(text: bytes) -> bytes:
    """Strict base64. Raises Malformed."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Malformed(Bad.ENCODING, what="base64") from None


def _bare_payload(data: bytes) -> Payload:
    """Hex or base 43 in one code is, by custom, a PSBT or a transaction ready to send."""
    found = content.describe(data)
    if found.kind in (Kind.PSBT, Kind.REQUEST, Kind.RESPONSE):
        return found
    return Payload(Kind.TRANSACTION if data[:4] in _TX_VERSIONS else Kind.BYTES, data)


class StaticDecoder:
    """Receives one code."""

    def __init__(self, first: bytes) -> None:
        coding, _ = read(_bounded(first))
        self.dialect = Dialect(Format.STATIC, coding)
        self._text: bytes | None = None

    def receive(self, text: bytes) -> Progress:
        """Take the code. Raises Malformed for a second, different one."""
        coding, _ = read(_bounded(text))
        if coding != self.dialect.variant or (self._text is not None and self._text != text):
            raise Malformed(Bad.INCONSISTENT, what="static")
        self._text = text
        return Progress(1, 1, (), True)

    def payload(self) -> Payload:
        """The payload of the code."""
        if self._text is None:
            raise Malformed(Bad.TRUNCATED, what="static")
        return read(self._text)[1]


def _bounded(text: bytes) -> bytes:
    if len(text) > limits.TEXT_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="static", limit=limits.TEXT_BYTES)
    return text


def encode(payload: Payload, variant: str) -> Frames:
    """One code. Raises Malformed when it would not fit the largest QR symbol."""
    coding = variant or ("text" if payload.kind in _TEXT_KINDS else "base64")
    if len(payload.data) > _MOST:  # before any work on it
        raise Malformed(Bad.TOO_LARGE, what="static", limit=_MOST)
    match coding:
        case "base64":
            text, limit = base64.b64encode(payload.data), _MOST
        case "hex":
            text, limit = base64.b16encode(payload.data), 4_296
        case "base43":
            text, limit = base43.encode(payload.data), 4_296
        case "binary" | "text":
            text, limit = payload.data, _MOST
        case _:
            raise Malformed(Bad.UNSUPPORTED, what="static")
    if len(text) > limit:
        raise Malformed(Bad.TOO_LARGE, what="static", limit=limit)
    return Frames(1, False, lambda index: text)
