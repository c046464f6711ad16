"""Reading bytes one piece after the other, never past the end, shortest forms only."""

from __future__ import annotations

from signer.core.errors import Bad, Malformed


class Cursor:
    """A place in `data`; every reader moves it on. Raises Malformed naming `what`."""

    __slots__ = ("at", "data", "end", "what")

    def __init__(self, data: bytes, what: str) -> None:
        self.data = data
        self.at = 0
        self.end = len(data)
        self.what = what

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.at
        stop = start + size
        if stop > self.end:
            raise Malformed(Bad.TRUNCATED, what=self.what)
        self.at = stop
        return self.data[start:stop]

    def skip(self, size: int) -> None:
        self.at += size
        if self.at > self.end:
            raise Malformed(Bad.TRUNCATED, what=self.what)

    def number(self, size: int) -> int:
        """A little-endian unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def compact(self) -> int:
        """Bitcoin's variable-length integer. A longer spelling than needed is refused."""
        if self.at >= self.end:
            raise Malformed(Bad.TRUNCATED, what=self.what)
        first = self.data[self.at]
        self.at += 1
        if first < 0xFD:
            return first
        size = 1 << (first - 0xFC)
        value = self.number(size)
        if value < (0xFD if size == 2 else 1 << (4 * size)):
            raise Malformed(Bad.ENCODING, what=self.what)
        return value

    def count(self, smallest: int, limit: int) -> int:
        """How many items follow, each at least `smallest` bytes: no more than could be there, or than `limit`."""
        value = self.compact()
        if value > limit:
            raise Malformed(Bad.TOO_MANY, what=self.what, limit=limit)
        if value * smallest > self.end - self.at:
            raise Malformed(Bad.TRUNCATED, what=self.what)
        return value

    def done(self) -> None:
        """Raises unless everything was read."""
        if self.at != self.end:
            raise Malformed(Bad.TRAILING, what=self.what)


def compact(value: int) -> bytes:
    """A variable-length integer, shortest form."""
    if value < 0xFD:
        return bytes([value])
    if value <= 0xFFFF:
        return b"\xfd" + value.to_bytes(2, "little")
    if value <= 0xFFFFFFFF:
        return b"\xfe" + value.to_bytes(4, "little")
    return b"\xff" + value.to_bytes(8, "little")


def sized(data: bytes) -> bytes:
    """Bytes after their own length."""
    return compact(len(data)) + data
