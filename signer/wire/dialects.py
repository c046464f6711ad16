"""The one door of the transport: which dialect a code speaks, and codes for a payload in a dialect."""

from __future__ import annotations

import base64
import re
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire import bbqr, content, kinko, limits, specter, static, ur
from signer.wire.bbqr import BbqrDecoder
from signer.wire.kinko import KinkoDecoder
from signer.wire.specter import SpecterDecoder
from signer.wire.static import StaticDecoder
from signer.wire.ur import UrDecoder
from signer.wire.values import Decoder, Dialect, Format, Frames, Kind, Payload

#: What a sender can be asked for: a format, or a format and its variant.
NAMES: Final = (
    *("kinko", "ur", "bbqr", "specter", "static"),
    *("ur:psbt", "ur:crypto-psbt", "ur:bytes", "bbqr:Z", "bbqr:2", "bbqr:H"),
    *("static:base64", "static:base43", "static:hex", "static:binary"),
)

_SPACE: Final = re.compile(rb"\s+")


def named(name: str) -> Dialect:
    """The dialect of one of NAMES. Raises Malformed for another."""
    if name not in NAMES:
        raise Malformed(Bad.UNKNOWN_FORMAT, what="format")
    form, _, variant = name.partition(":")
    return Dialect(Format(form), variant)


def open(first: bytes) -> Decoder:
    """A decoder for the dialect of this code; give it the same text next. Raises Malformed."""
    if not first or len(first) > limits.TEXT_BYTES:
        raise Malformed(Bad.TOO_LARGE if first else Bad.EMPTY, what="code")
    if kinko.looks_like(first):
        return KinkoDecoder(first)
    if ur.looks_like(first):
        return UrDecoder(first)
    if bbqr.looks_like(first):
        return BbqrDecoder(first)
    if specter.looks_like(first):
        return SpecterDecoder(first)
    return StaticDecoder(first)


def encode(payload: Payload, dialect: Dialect, fragment: int) -> Frames:
    """The codes of a payload, about `fragment` bytes of it in each (static: all). Raises Malformed."""
    if fragment < 1:
        raise Malformed(Bad.VALUE, what="fragment")
    match dialect.format:
        case Format.KINKO:
            return kinko.encode(payload, fragment)
        case Format.UR:
            return ur.encode(payload, dialect.variant, fragment)
        case Format.BBQR:
            return bbqr.encode(payload, dialect.variant, fragment)
        case Format.SPECTER:
            return specter.encode(payload, fragment)
        case Format.STATIC:
            return static.encode(payload, dialect.variant)


def detect_file(data: bytes) -> Payload:
    """What a file holds: a PSBT in binary, base64 or hex, our envelopes, codes one a line, text, or bytes.

    Raises Malformed when it is empty, too large, or claims a format and breaks it.
    """
    if not data:
        raise Malformed(Bad.EMPTY, what="file")
    if len(data) > limits.FILE_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="file", limit=limits.FILE_BYTES)
    start = data[:16].lstrip()
    if ur.looks_like(start) or bbqr.looks_like(start) or specter.looks_like(data.split(b"\n", 1)[0]):
        return _codes(data)
    found = content.describe(data)
    if found.kind in (Kind.PSBT, Kind.REQUEST, Kind.RESPONSE):
        return _bounded(found)
    if found.kind is Kind.BYTES:
        return _bounded(found)
    return _bounded(_wrapped(_SPACE.sub(b"", data)) or found)


def _wrapped(text: bytes) -> Payload | None:
    """The recognised payload inside base64 or hex text, if it is that."""
    for pattern, unpack in ((rb"[0-9a-fA-F]+", bytes.fromhex), (rb"[A-Za-z0-9+/]+={0,2}", base64.b64decode)):
        if re.fullmatch(pattern, text) and len(text) % (2 if unpack is bytes.fromhex else 4) == 0:
            found = content.describe(unpack(text.decode()))
            if found.kind in (Kind.PSBT, Kind.REQUEST, Kind.RESPONSE):
                return found
    if text.startswith(b"cHNidP"):
        raise Malformed(Bad.ENCODING, what="base64")
    return None


def _codes(data: bytes) -> Payload:
    lines = [line.strip() for line in data.splitlines() if line.strip()]
    decoder = open(lines[0])
    for line in lines:
        if decoder.receive(line).complete:
            break
    return decoder.payload()


def _bounded(payload: Payload) -> Payload:
    if len(payload.data) > limits.PAYLOAD_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="file", limit=limits.PAYLOAD_BYTES)
    return payload
