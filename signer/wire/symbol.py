"""QR symbols from texts, without a library: a version 25 in a millisecond or two, in plain Python integers.

ISO/IEC 18004:2015, byte and alphanumeric modes, versions 1 to 40. Also pictures: PNG and half blocks for terminals.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.symboltables import (
    ALPHANUMERIC,
    FORMAT_BITS,
    VERSIONS,
    Ecc,
    alphanumeric_capacity,
    blocks,
    byte_capacity,
    codewords,
    count_bits,
    data_codewords,
    layout,
    size_of,
)

__all__ = [
    "Ecc",
    "Symbol",
    "alphanumeric_capacity",
    "ansi",
    "byte_capacity",
    "lines",
    "png",
    "smallest_version",
    "symbol",
    "version_for_console",
]

QUIET: Final = 4
_DIGIT_OF: Final = {char: value for value, char in enumerate(ALPHANUMERIC)}
_PADS: Final = bytes((0xEC, 0x11)) * 1500


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR symbol: `rows` has `size` rows of `size` bytes, 1 dark and 0 light, without a quiet zone."""

    version: int
    size: int
    rows: tuple[bytes, ...]


def smallest_version(text: bytes, ecc: Ecc = Ecc.L) -> int:
    """The smallest version that holds the text. Raises Malformed when none does."""
    capacity = alphanumeric_capacity if _is_alphanumeric(text) else byte_capacity
    for version in VERSIONS:
        if capacity(version, ecc) >= len(text):
            return version
    raise Malformed(Bad.TOO_LARGE, what="symbol", limit=capacity(40, ecc))


def symbol(
    text: bytes, *, version: int | None = None, ecc: Ecc | str = Ecc.L, mask: int | None = None
) -> Symbol:
    """The symbol of a text, alphanumeric when its characters allow.

    `version` fixes the size (at least the smallest that fits), `mask` one of the eight masks; the best otherwise.
    Raises Malformed when the text does not fit.
    """
    level = Ecc(ecc)
    smallest = smallest_version(text, level)
    version = smallest if version is None else version
    if not smallest <= version <= 40:
        raise Malformed(Bad.TOO_LARGE, what="symbol", limit=byte_capacity(max(1, min(40, version)), level))
    bits = _codeword_bits(_with_checks(_data(text, version, level), version, level))
    size = size_of(version)
    if mask is None:
        candidates = (_place(bits, version, level, number) for number in range(8))
        modules = min(candidates, key=lambda flat: _penalty(flat, size))
    else:
        modules = _place(bits, version, level, mask)
    return Symbol(version, size, tuple(modules[at : at + size] for at in range(0, size * size, size)))


def _is_alphanumeric(text: bytes) -> bool:
    return not text.translate(None, ALPHANUMERIC)


def _data(text: bytes, version: int, ecc: Ecc) -> bytes:
    """Mode, count, text, terminator and padding."""
    if _is_alphanumeric(text):
        pairs = [
            f"{45 * _DIGIT_OF[a] + _DIGIT_OF[b]:011b}" for a, b in zip(text[::2], text[1::2], strict=False)
        ]
        if len(text) % 2:
            pairs.append(f"{_DIGIT_OF[text[-1]]:06b}")
        bits = f"0010{len(text):0{count_bits(version)}b}" + "".join(pairs)
    else:
        body = f"{int.from_bytes(text, 'big'):0{8 * len(text)}b}"
        bits = f"0100{len(text):0{8 if version < 10 else 16}b}" + body
    room = data_codewords(version, ecc)
    bits += "0" * min(4, room * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return data + _PADS[: room - len(data)]


@cache
def _remainders(checks: int) -> tuple[int, ...]:
    """For each leading byte, what it adds to a Reed-Solomon remainder of `checks` bytes (field 0x11d)."""
    powers, logs = [1] * 512, [0] * 256
    for i in range(1, 512):
        doubled = powers[i - 1] << 1
        powers[i] = doubled ^ 0x11D if doubled > 255 else doubled
    for i in range(255):
        logs[powers[i]] = i
    generator = [1]
    for i in range(checks):
        shifted = [powers[(logs[c] + i) % 255] if c else 0 for c in generator]
        generator = [a ^ b for a, b in zip([*generator, 0], [0, *shifted], strict=True)]
    table = []
    for lead in range(256):
        row = bytes(powers[(logs[lead] + logs[c]) % 255] if lead and c else 0 for c in generator[1:])
        table.append(int.from_bytes(row, "big"))
    return tuple(table)


def _with_checks(data: bytes, version: int, ecc: Ecc) -> bytes:
    """Split into blocks, add error correction, interleave (section 7.6)."""
    count, checks = blocks(version, ecc)
    total = codewords(version)
    short = total // count - checks
    longer = total % count
    table, top, keep = _remainders(checks), 8 * (checks - 1), (1 << 8 * (checks - 1)) - 1
    parts: list[bytes] = []
    tails: list[bytes] = []
    at = 0
    for number in range(count):
        length = short + (number >= count - longer)
        part = data[at : at + length]
        at += length
        rest = 0
        for byte in part:
            rest = (rest & keep) << 8 ^ table[rest >> top ^ byte]
        parts.append(part)
        tails.append(rest.to_bytes(checks, "big"))
    woven = bytearray(total)
    for number, part in enumerate(parts):
        woven[number : short * count : count] = part[:short]
        if len(part) > short:
            woven[short * count + number - (count - longer)] = part[short]
    for number, tail in enumerate(tails):
        woven[len(data) + number :: count] = tail
    return bytes(woven)


def _codeword_bits(data: bytes) -> bytes:
    """A byte, 0 or 1, for each bit."""
    return f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}".encode().translate(_FROM_DIGITS)


_FROM_DIGITS: Final = bytes(max(0, i - 48) & 1 for i in range(256))


@cache
def _picker(version: int) -> Callable[[bytes], tuple[int, ...]]:
    """Takes data bits followed by the two values of format modules and fixed modules; gives all modules in order."""
    shape = layout(version)
    source = [0] * (shape.size * shape.size)
    bits = 8 * codewords(version)
    for module in range(len(source)):
        source[module] = bits + module
    for number, place in enumerate(shape.places):
        source[place] = number if number < bits else bits + place
    return itemgetter(*source)


@cache
def _base(version: int, ecc: Ecc, mask: int) -> tuple[bytes, int]:
    """Fixed and format modules, and the mask as one integer, a byte a module."""
    shape = layout(version)
    modules = bytearray(shape.fixed)
    data = FORMAT_BITS[ecc] << 3 | mask
    rest = data
    for _ in range(10):
        rest = rest << 1 ^ (rest >> 9) * 0x537
    bits = (data << 10 | rest) ^ 0x5412
    for places in shape.formats:
        for number, place in enumerate(places):
            modules[place] = bits >> number & 1
    flips = bytearray(len(modules))
    rule = _MASKS[mask]
    for place in shape.places:
        flips[place] = int(rule(*divmod(place, shape.size)) == 0)
    return bytes(modules), int.from_bytes(flips, "big")


_MASKS: Final[tuple[Callable[[int, int], int], ...]] = (
    lambda i, j: (i + j) % 2,
    lambda i, j: i % 2,
    lambda i, j: j % 3,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: i * j % 2 + i * j % 3,
    lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
)


def _place(bits: bytes, version: int, ecc: Ecc, mask: int) -> bytes:
    base, flips = _base(version, ecc, mask)
    flat = bytes(_picker(version)(bits + base))
    return (int.from_bytes(flat, "big") ^ flips).to_bytes(len(flat), "big")


_FINDER_LIKE: Final = (bytes((1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0)), bytes((0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1)))
_RUNS: Final = (bytes(5), bytes((1,)) * 5)


def _penalty(flat: bytes, size: int) -> int:
    """What disturbs a reader most of what section 7.8.3 counts: finder look-alikes, long runs, imbalance.

    Runs are counted without overlap, so a mask may differ from the standard's choice; any mask is a valid symbol.
    """
    across = b"\2".join(flat[at : at + size] for at in range(0, len(flat), size))
    down = b"\2".join(flat[at::size] for at in range(size))
    score = 10 * abs(flat.count(1) * 20 // len(flat) - 10)
    for way in (across, down):
        score += sum(40 * way.count(pattern) for pattern in _FINDER_LIKE) + sum(
            3 * way.count(run) for run in _RUNS
        )
    return score


def png(grid: Symbol | Sequence[Sequence[Symbol]], scale: int = 8, quiet: int = QUIET) -> bytes:
    """A PNG, black on white, of one symbol or of rows of symbols of one size; `scale` pixels a module."""
    table = [[grid]] if isinstance(grid, Symbol) else grid
    if not 1 <= scale <= 64 or not 0 <= quiet <= 64:
        raise Malformed(Bad.VALUE, what="scale")
    modules = [line for row in table for line in _row_of_symbols(row, quiet)]
    modules = [*_margin(modules, quiet), *modules]
    width = len(modules[0]) * scale
    packed = bytearray()
    for line in modules:
        digits = b"".join((b"0" if module else b"1") * scale for module in line)
        bits = int(digits.ljust(-(-width // 8) * 8, b"1"), 2).to_bytes(-(-width // 8), "big")
        packed += (b"\0" + bits) * scale
    header = struct.pack(">IIBBBBB", width, len(modules) * scale, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(packed), 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _margin(modules: list[bytes], quiet: int) -> list[bytes]:
    return [bytes(len(modules[0]))] * quiet


def _row_of_symbols(row: Sequence[Symbol], quiet: int) -> list[bytes]:
    """Symbols side by side, a quiet zone left, right, between and below."""
    gap = bytes(quiet)
    modules = [gap + gap.join(parts) + gap for parts in zip(*(item.rows for item in row), strict=True)]
    return modules + [bytes(len(modules[0]))] * quiet


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


_HALVES: Final = " ▄▀█"


def lines(item: Symbol, quiet: int = QUIET) -> list[str]:
    """The symbol in half blocks, two modules a cell: to be painted black on white whatever the theme."""
    blank = bytes(item.size + 2 * quiet)
    side = bytes(quiet)
    rows = [blank] * quiet + [side + row + side for row in item.rows] + [blank] * quiet
    rows += [blank] * (len(rows) % 2)
    return [
        "".join(_HALVES[2 * top + bottom] for top, bottom in zip(rows[at], rows[at + 1], strict=True))
        for at in range(0, len(rows), 2)
    ]


def ansi(item: Symbol, quiet: int = QUIET) -> str:
    """`lines` with the colours of a terminal: black on white."""
    return "\n".join(f"\x1b[38;2;0;0;0;48;2;255;255;255m{line}\x1b[0m" for line in lines(item, quiet))


def version_for_console(columns: int, rows: int, quiet: int = QUIET) -> int:
    """The largest version that fits in half blocks; 0 when not even version 1 does."""
    room = min(columns, rows * 2) - 2 * quiet
    return max((version for version in VERSIONS if size_of(version) <= room), default=0)
