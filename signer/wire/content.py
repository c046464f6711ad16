"""What bytes without a label are: by their magic, never by trial parsing."""

from __future__ import annotations

import re
from typing import Final

from signer.wire.values import Kind, Payload

PSBT_MAGIC: Final = b"psbt\xff"
_REQUEST_HEADS: Final = (b"\xd2", b"\xac\x00")  # COSE_Sign1 around a request; a bare request's map of twelve
_RESPONSE_HEADS: Final = (b"\xa4\x00",)
_DESCRIPTOR: Final = re.compile(
    rb"\s*(?:pk|pkh|wpkh|sh|wsh|tr|multi|sortedmulti|combo|raw|addr)\([\x20-\x7e\s]*\Z"
)


def describe(data: bytes) -> Payload:
    """The payload of unlabelled bytes; Kind.BYTES or Kind.TEXT when nothing says more."""
    if data.startswith(PSBT_MAGIC):
        return Payload(Kind.PSBT, data)
    if data.startswith(_REQUEST_HEADS):
        return Payload(Kind.REQUEST, data)
    if data.startswith(_RESPONSE_HEADS):
        return Payload(Kind.RESPONSE, data)
    return describe_text(data) if is_text(data) else Payload(Kind.BYTES, data)


def describe_text(data: bytes) -> Payload:
    """The payload of UTF-8 text."""
    return Payload(Kind.DESCRIPTOR if _DESCRIPTOR.match(data) else Kind.TEXT, data)


def is_text(data: bytes) -> bool:
    """True for UTF-8 without control characters other than tab and line ends."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return bool(text) and all(char >= " " or char in "\t\r\n" for char in text)
