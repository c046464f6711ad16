"""A small deterministic CBOR (RFC 8949) for UR parts and registry types: bounded, tags kept as they are."""

from __future__ import annotations

from dataclasses import dataclass

from signer.core.errors import Bad, Malformed
from signer.wire import limits

type_uint, type_nint, type_bytes, type_text, type_array, type_map, type_tag, type_simple = range(8)

Item = "int | bytes | str | bool | None | list[Item] | dict[Item, Item] | Tag"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tagged item."""

    number: int
    value: object


def head(major: int, value: int) -> bytes:
    """The shortest head of an item."""
    if value < 24:
        return bytes((major << 5 | value,))
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * size):
            return bytes((major << 5 | code,)) + value.to_bytes(size, "big")
    raise Malformed(Bad.TOO_LARGE, what="cbor")


def encode(item: object) -> bytes:
    """Encode ints, bytes, str, bool, None, list, dict (keys kept in the order given) and Tag."""
    match item:
        case bool():
            return b"\xf5" if item else b"\xf4"
        case None:
            return b"\xf6"
        case int():
            return head(type_uint, item) if item >= 0 else head(type_nint, -1 - item)
        case bytes():
            return head(type_bytes, len(item)) + item
        case str():
            raw = item.encode()
            return head(type_text, len(raw)) + raw
        case list():
            return head(type_array, len(item)) + b"".join(map(encode, item))
        case dict():
            return head(type_map, len(item)) + b"".join(encode(k) + encode(v) for k, v in item.items())
        case Tag():
            return head(type_tag, item.number) + encode(item.value)
    raise Malformed(Bad.UNSUPPORTED, what="cbor")


def decode(data: bytes) -> object:
    """Decode one item that fills `data`. Raises Malformed; depth and number of items are bounded."""
    reader = _Reader(data)
    item = reader.item(0)
    if reader.at != len(data):
        raise Malformed(Bad.TRAILING, what="cbor")
    return item


class _Reader:
    """A cursor over the bytes, counting items."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.items = 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise Malformed(Bad.TRUNCATED, what="cbor")
        self.at += count
        return self.data[self.at - count : self.at]

    def head(self) -> tuple[int, int]:
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low
        if low > 27:
            raise Malformed(Bad.UNSUPPORTED, what="cbor")
        value = int.from_bytes(self.take(1 << (low - 24)), "big")
        if major == type_simple:
            raise Malformed(Bad.UNSUPPORTED, what="cbor")
        return major, value

    def item(self, depth: int) -> object:
        self.items += 1
        if depth > limits.CBOR_DEPTH:
            raise Malformed(Bad.TOO_DEEP, what="cbor")
        if self.items > limits.CBOR_ITEMS:
            raise Malformed(Bad.TOO_MANY, what="cbor")
        major, value = self.head()
        match major:
            case 0:
                return value
            case 1:
                return -1 - value
            case 2:
                return self.take(value)
            case 3:
                return self.text(value)
            case 4:
                return [self.item(depth + 1) for _ in range(self.bounded(value))]
            case 5:
                return self.map(value, depth)
            case 6:
                return Tag(value, self.item(depth + 1))
        return self.simple(value)

    def bounded(self, count: int) -> int:
        if count > limits.CBOR_ITEMS:
            raise Malformed(Bad.TOO_MANY, what="cbor")
        return count

    def text(self, count: int) -> str:
        try:
            return self.take(count).decode()
        except UnicodeDecodeError:
            raise Malformed(Bad.ENCODING, what="cbor") from None

    def map(self, count: int, depth: int) -> dict[int | str, object]:
        pairs: dict[int | str, object] = {}
        for _ in range(self.bounded(count)):
            key = self.item(depth + 1)
            if not isinstance(key, int | str):
                raise Malformed(Bad.UNSUPPORTED, what="cbor")
            if key in pairs:
                raise Malformed(Bad.DUPLICATE, what="cbor")
            pairs[key] = self.item(depth + 1)
        return pairs

    @staticmethod
    def simple(value: int) -> bool | None:
        if value == 20:
            return False
        if value == 21:
            return True
        if value == 22:
            return None
        raise Malformed(Bad.UNSUPPORTED, what="cbor")
