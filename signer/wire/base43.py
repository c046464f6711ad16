"""Electrum's base 43: the alphanumeric QR set without space and percent; leading zero bytes are leading zeros."""

from __future__ import annotations

from typing import Final

from signer.core.errors import Bad, Malformed

ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:"
_DIGITS: Final = {char: value for value, char in enumerate(ALPHABET)}
_STEP: Final = 8  # digits taken at once


def encode(data: bytes) -> bytes:
    """The text of `data`."""
    number, zeros = int.from_bytes(data, "big"), len(data) - len(data.lstrip(b"\0"))
    groups: list[bytes] = []
    while number:
        number, low = divmod(number, 43**_STEP)
        group = bytearray()
        for _ in range(_STEP):
            low, digit = divmod(low, 43)
            group.append(ALPHABET[digit])
        groups.append(bytes(reversed(group)))
    return ALPHABET[:1] * zeros + b"".join(reversed(groups)).lstrip(ALPHABET[:1])


def decode(text: bytes) -> bytes:
    """The bytes of a text of at most one QR code. Raises Malformed."""
    if text.translate(None, ALPHABET):
        raise Malformed(Bad.ENCODING, what="base43")
    number, body = 0, text.lstrip(ALPHABET[:1])
    for at in range(0, len(body), _STEP):
        group = 0
        for char in body[at : at + _STEP]:
            group = group * 43 + _DIGITS[char]
        number = number * 43 ** len(body[at : at + _STEP]) + group
    return bytes(len(text) - len(body)) + number.to_bytes((number.bit_length() + 7) // 8, "big")
