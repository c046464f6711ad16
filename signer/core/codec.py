"""The one serialisation of Kinko: deterministic CBOR (RFC 8949 section 4.2), bounded on the way in."""

from __future__ import annotations

from io import BytesIO
from typing import TypeAlias

import cbor2

from signer.core.errors import Bad, Malformed

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 8

Value: TypeAlias = "int | bytes | str | bool | list[Value] | dict[int, Value] | None"


def encode(value: object) -> bytes:
    """Encode integers, byte and text strings, booleans, null, lists and maps; shortest forms, keys in order."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes) -> object:
    """Decode exactly one item. Raises Malformed unless `data` is the deterministic encoding of it.

    Re-encoding and comparing refuses every second spelling: long integers, unordered or duplicate keys,
    indefinite lengths, trailing bytes, tags and floats.
    """
    if not data:
        raise Malformed(Bad.EMPTY, what="cbor")
    if len(data) > MAX_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="cbor", limit=MAX_BYTES)
    try:
        value = cbor2.CBORDecoder(BytesIO(data), max_depth=MAX_DEPTH).decode()
    except (
        cbor2.CBORDecodeError,
        ValueError,
        TypeError,
        RecursionError,
        OverflowError,
        MemoryError,
    ) as error:
        raise Malformed(Bad.ENCODING, what="cbor") from error
    _plain(value)
    if encode(value) != data:
        raise Malformed(Bad.ENCODING, what="cbor")
    return value


def _plain(value: object) -> None:
    """Refuse everything but the types of `Value`."""
    match value:
        case bool() | int() | bytes() | str() | None:
            return
        case list():
            for item in value:
                _plain(item)
        case dict():
            for key, item in value.items():
                if type(key) is not int:
                    raise Malformed(Bad.FIELD, what="cbor")
                _plain(item)
        case _:
            raise Malformed(Bad.FIELD, what="cbor")
