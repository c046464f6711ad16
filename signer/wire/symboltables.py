"""The tables of QR Code (ISO/IEC 18004:2015): capacities, blocks, and where each bit goes, made once a version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final


class Ecc(StrEnum):
    """Error correction levels, weakest first."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


FORMAT_BITS: Final = {Ecc.L: 1, Ecc.M: 0, Ecc.Q: 3, Ecc.H: 2}
ALPHANUMERIC: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
VERSIONS: Final = range(1, 41)

# Table 9: error correction codewords in a block, and number of blocks, by version
_CHECKS: Final = {
    Ecc.L: "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 28 28 30 30 26 28 30 30 30 30 "
    "30 30 30 30 30 30 30 30 30 30",
    Ecc.M: "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 26 28 28 28 28 28 28 28 28 28 "
    "28 28 28 28 28 28 28 28 28 28",
    Ecc.Q: "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 28 30 30 30 30 28 30 30 30 30 "
    "30 30 30 30 30 30 30 30 30 30",
    Ecc.H: "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 30 24 30 30 30 30 30 30 30 30 "
    "30 30 30 30 30 30 30 30 30 30",
}
_BLOCKS: Final = {
    Ecc.L: "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25",
    Ecc.M: "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 "
    "45 47 49",
    Ecc.Q: "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 "
    "62 65 68",
    Ecc.H: "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 "
    "74 77 81",
}


def size_of(version: int) -> int:
    """Modules on a side."""
    return 17 + 4 * version


def alignment(version: int) -> list[int]:
    """Centres of the alignment patterns on one axis (annex E, as a formula)."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = (version * 8 + count * 3 + 5) // (count * 4 - 4) * 2
    return [6, *sorted(size_of(version) - 7 - i * step for i in range(count - 1))]


def codewords(version: int) -> int:
    """All codewords of a symbol, data and error correction."""
    modules = (16 * version + 128) * version + 64
    if version >= 2:
        count = version // 7 + 2
        modules -= (25 * count - 10) * count - 55
        if version >= 7:
            modules -= 36
    return modules // 8


def blocks(version: int, ecc: Ecc) -> tuple[int, int]:
    """Number of blocks, and error correction codewords in each."""
    return int(_BLOCKS[ecc].split()[version - 1]), int(_CHECKS[ecc].split()[version - 1])


def data_codewords(version: int, ecc: Ecc) -> int:
    """Codewords that carry data."""
    count, checks = blocks(version, ecc)
    return codewords(version) - count * checks


def byte_capacity(version: int, ecc: Ecc = Ecc.L) -> int:
    """Bytes that fit in byte mode."""
    return (data_codewords(version, ecc) * 8 - 4 - (8 if version < 10 else 16)) // 8


def alphanumeric_capacity(version: int, ecc: Ecc = Ecc.L) -> int:
    """Characters that fit in alphanumeric mode."""
    bits = data_codewords(version, ecc) * 8 - 4 - count_bits(version)
    return bits // 11 * 2 + (bits % 11 >= 6)


def count_bits(version: int) -> int:
    """Bits of the character count in alphanumeric mode."""
    return 9 if version < 10 else 11 if version < 27 else 13


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is in a symbol of one version, row by row.

    `fixed` has a byte a module: 1 dark, 0 light; `places` are the positions of the data bits in order;
    `formats` the positions of the 15 format bits, twice, lowest bit first.
    """

    size: int
    fixed: bytes
    places: tuple[int, ...]
    formats: tuple[tuple[int, ...], tuple[int, ...]]


@cache
def layout(version: int) -> Layout:
    """The layout of a version."""
    size = size_of(version)
    fixed: dict[int, int] = {}
    _timing(fixed, size)
    _alignments(fixed, version)
    for row, column in ((3, 3), (3, size - 4), (size - 4, 3)):
        _finder(fixed, size, row, column)
    if version >= 7:
        _version_bits(fixed, version)
    formats = _format_places(size)
    fixed[(size - 8) * size + 8] = 1
    taken = fixed.keys() | set(formats[0]) | set(formats[1])
    flat = bytes(fixed.get(i, 0) for i in range(size * size))
    return Layout(size, flat, tuple(_zigzag(size, taken)), formats)


def _timing(fixed: dict[int, int], size: int) -> None:
    for i in range(size):
        fixed[6 * size + i] = fixed[i * size + 6] = 1 - i % 2


def _finder(fixed: dict[int, int], size: int, row: int, column: int) -> None:
    for dy in range(-4, 5):
        for dx in range(-4, 5):
            if 0 <= row + dy < size and 0 <= column + dx < size:
                fixed[(row + dy) * size + column + dx] = int(max(abs(dx), abs(dy)) not in (2, 4))


def _alignments(fixed: dict[int, int], version: int) -> None:
    size, centres = size_of(version), alignment(version)
    for row in centres:
        for column in centres:
            if (row, column) in ((6, 6), (6, centres[-1]), (centres[-1], 6)):
                continue
            for dy in range(-2, 3):
                for dx in range(-2, 3):
                    fixed[(row + dy) * size + column + dx] = int(max(abs(dx), abs(dy)) != 1)


def _version_bits(fixed: dict[int, int], version: int) -> None:
    size, rest = size_of(version), version
    for _ in range(12):
        rest = rest << 1 ^ (rest >> 11) * 0x1F25
    bits = version << 12 | rest
    for i in range(18):
        far, near = size - 11 + i % 3, i // 3
        fixed[near * size + far] = fixed[far * size + near] = bits >> i & 1


def _format_places(size: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    corner = [(i, 8) for i in range(6)] + [(7, 8), (8, 8), (8, 7)] + [(8, 14 - i) for i in range(9, 15)]
    edges = [(8, size - 1 - i) for i in range(8)] + [(size - 15 + i, 8) for i in range(8, 15)]
    return tuple(y * size + x for y, x in corner), tuple(y * size + x for y, x in edges)


def _zigzag(size: int, taken: set[int]) -> list[int]:
    """Free modules in the order of the data bits: column pairs from the right, up and down in turn."""
    found: list[int] = []
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        upward = (right + 1) & 2 == 0
        for step in range(size):
            row = size - 1 - step if upward else step
            for place in (row * size + right, row * size + right - 1):
                if place not in taken:
                    found.append(place)
    return found
