"""Gaussian elimination over GF(2): blocks from any sums of blocks, one sum at a time, in any order."""

from __future__ import annotations

from signer.wire import limits


class Elimination:
    """`count` unknown blocks of `size` bytes, and the independent sums of them known so far.

    A row is one integer, the set of summed blocks above the sum itself, so that one XOR moves both.
    """

    def __init__(self, count: int, size: int) -> None:
        self._count = count
        self._size = size
        self._shift = 8 * size
        self._rows: list[int] = [0] * count
        self.rank = 0

    def add(self, indexes: int, block: bytes) -> bool:
        """Take a sum: bit i of `indexes` tells that block i is in it. True if it told something new.

        A sum that contradicts those before is dropped like a repeated one: a digest over the whole decides.
        """
        row = indexes << self._shift | int.from_bytes(block, "big")
        rows, shift = self._rows, self._shift
        pivot = row.bit_length() - shift - 1
        while pivot >= 0:
            held = rows[pivot]
            if not held:
                rows[pivot] = row
                self.rank += 1
                return True
            row ^= held
            pivot = row.bit_length() - shift - 1
        return False

    @property
    def complete(self) -> bool:
        """True when every block follows from the sums."""
        return self.rank == self._count

    def missing(self) -> tuple[int, ...]:
        """Blocks that no sum leads with, the first few of them."""
        found: list[int] = []
        for index, row in enumerate(self._rows):
            if not row:
                found.append(index)
                if len(found) == limits.MISSING_SHOWN:
                    break
        return tuple(found)

    def solve(self) -> list[bytes]:
        """All blocks in order; call only when complete."""
        value_mask = (1 << self._shift) - 1
        solved: list[int] = []
        for index, row in enumerate(self._rows):
            value = row & value_mask
            picked = format(row >> self._shift, "b")[::-1]
            at = picked.find("1")
            while at < index:
                value ^= solved[at]
                at = picked.find("1", at + 1)
            solved.append(value)
        return [value.to_bytes(self._size, "big") for value in solved]
