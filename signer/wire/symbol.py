"""QR symbols from texts, by zxing-cpp's writer, and their pictures: PNG, and half blocks for terminals.

Capacities are those of ISO/IEC 18004:2015, byte and alphanumeric modes, versions 1 to 40.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import zxingcpp
from qrcode import constants
from qrcode.util import BIT_LIMIT_TABLE

from signer.core.errors import Bad, Malformed

QUIET: Final = 4
ALPHANUMERIC: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
VERSIONS: Final = range(1, 41)
_MODE_BITS: Final = 4
#: The writer marks bytes that are no text with an Extended Channel Interpretation of 20 bits.
_ECI_BITS: Final = 20


class Ecc(StrEnum):
    """Error correction levels, weakest first."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR symbol: `rows` has `size` rows of `size` bytes, 1 dark and 0 light, without a quiet zone."""

    version: int
    size: int
    rows: tuple[bytes, ...]


def size_of(version: int) -> int:
    """Modules on a side."""
    return 17 + 4 * version


def byte_capacity(version: int, ecc: Ecc = Ecc.L) -> int:
    """Bytes that fit in byte mode, whatever they are."""
    return (_bits(version, ecc) - _ECI_BITS - (8 if version < 10 else 16)) // 8


def alphanumeric_capacity(version: int, ecc: Ecc = Ecc.L) -> int:
    """Characters that fit in alphanumeric mode."""
    bits = _bits(version, ecc) - (9 if version < 10 else 11 if version < 27 else 13)
    return bits // 11 * 2 + (bits % 11 >= 6)


def smallest_version(text: bytes, ecc: Ecc = Ecc.L) -> int:
    """The smallest version that holds the text. Raises Malformed when none does."""
    capacity = byte_capacity if text.translate(None, ALPHANUMERIC) else alphanumeric_capacity
    for version in VERSIONS:
        if capacity(version, ecc) >= len(text):
            return version
    raise Malformed(Bad.TOO_LARGE, what="symbol", limit=capacity(40, ecc))


def symbol(text: bytes, *, version: int | None = None, ecc: Ecc | str = Ecc.L) -> Symbol:
    """The symbol of a text, alphanumeric when its characters allow.

    `version` fixes the size (at least the smallest that fits). Raises Malformed when the text does not fit.
    """
    level = Ecc(ecc)
    smallest = smallest_version(text, level)
    version = smallest if version is None else version
    if not text or not smallest <= version <= 40:
        raise Malformed(Bad.TOO_LARGE, what="symbol", limit=byte_capacity(max(1, min(40, version)), level))
    content = text.decode() if text.isascii() else text
    code = zxingcpp.create_barcode(
        content, zxingcpp.BarcodeFormat.QRCode, ec_level=level.value, version=version
    )
    picture = code.to_image(scale=1, add_quiet_zones=False)
    size = size_of(version)
    modules = np.asarray(picture).tobytes().translate(_DARK)
    return Symbol(version, size, tuple(modules[at : at + size] for at in range(0, size * size, size)))


#: Pixels to modules: black is dark.
_DARK: Final = bytes([1]) + bytes(255)


def _bits(version: int, ecc: Ecc) -> int:
    """Bits for the character count and the data."""
    return int(BIT_LIMIT_TABLE[_LEVELS[ecc]][version]) - _MODE_BITS


_LEVELS: Final = {
    Ecc.L: constants.ERROR_CORRECT_L,
    Ecc.M: constants.ERROR_CORRECT_M,
    Ecc.Q: constants.ERROR_CORRECT_Q,
    Ecc.H: constants.ERROR_CORRECT_H,
}


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
