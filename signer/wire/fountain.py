"""Which fragments a mixed part of UR combines: Xoshiro256**, alias sampling, shuffle (BCR-2024-001)."""

from __future__ import annotations

import hashlib
from typing import Final

_MASK: Final = (1 << 64) - 1


class Xoshiro:
    """Xoshiro256** 1.0 seeded with SHA-256 of the seed, as UR wants it."""

    def __init__(self, seed: bytes) -> None:
        digest = hashlib.sha256(seed).digest()
        self._s = [int.from_bytes(digest[i : i + 8], "big") for i in range(0, 32, 8)]

    def next(self) -> int:
        """The next 64 bits."""
        s = self._s
        five = s[1] * 5 & _MASK
        result = ((five << 7 | five >> 57) & _MASK) * 9 & _MASK
        shifted = s[1] << 17 & _MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = (s[3] << 45 | s[3] >> 19) & _MASK
        return result

    def double(self) -> float:
        """A number in [0, 1), rounded the way the reference rounds."""
        return float(self.next()) / 18446744073709551616.0

    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return int(self.double() * (high - low + 1)) + low


class Sampler:
    """Walker's alias method over given weights."""

    def __init__(self, weights: list[float]) -> None:
        count = len(weights)
        total = sum_in_order(weights)
        share = [weight * float(count) / total for weight in weights]
        small = [i for i in range(count - 1, -1, -1) if share[i] < 1]
        large = [i for i in range(count - 1, -1, -1) if not share[i] < 1]
        self._chance = [1.0] * count
        self._alias = [0] * count
        while small and large:
            less, more = small.pop(), large.pop()
            self._chance[less] = share[less]
            self._alias[less] = more
            share[more] += share[less] - 1
            (small if share[more] < 1 else large).append(more)

    def pick(self, rng: Xoshiro) -> int:
        """An index, drawn with two numbers of `rng`."""
        first, second = rng.double(), rng.double()
        index = int(float(len(self._chance)) * first)
        return index if second < self._chance[index] else self._alias[index]


def sum_in_order(weights: list[float]) -> float:
    """Plain left-to-right sum: from Python 3.12 on `sum` compensates, and the reference does not."""
    total = 0.0
    for weight in weights:
        total += weight
    return total


class Chooser:
    """Tells which of `count` fragments part `number` (from 1) of a message with this CRC-32 combines."""

    def __init__(self, count: int, checksum: int) -> None:
        self._count = count
        self._checksum = checksum.to_bytes(4, "big")
        self._degrees = Sampler([1.0 / i for i in range(1, count + 1)])

    def indexes(self, number: int) -> list[int]:
        """Fragment indexes from 0, each once."""
        if number <= self._count:
            return [number - 1]
        rng = Xoshiro(number.to_bytes(4, "big") + self._checksum)
        degree = self._degrees.pick(rng) + 1
        return draw(list(range(self._count)), degree, rng)


def draw(items: list[int], how_many: int, rng: Xoshiro) -> list[int]:
    """The first `how_many` items of the reference's shuffle (it takes each time one of those left)."""
    return [items.pop(rng.integer(0, len(items) - 1)) for _ in range(how_many)]
