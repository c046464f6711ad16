"""QR symbols from texts, by zxing-cpp's writer, and their pictures: PNG, and half blocks for terminals.

Capacities are those of ISO/IEC 18004:2015, byte and alphanumeric modes, versions 1 to 40.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

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
    plain = memoryview(picture)  # type: ignore[arg-type]  # a buffer, which its stubs do not tell
    modules = plain.tobytes().translate(_DARK)
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


#: Rows of symbols of one size, as they are shown at one time.
Sheet: TypeAlias = Sequence[Sequence[Symbol]]


def modules(sheet: Symbol | Sheet, quiet: int = QUIET) -> list[bytes]:
    """Rows of modules, 1 dark: symbols side by side, a quiet zone around them and one between."""
    table = [[sheet]] if isinstance(sheet, Symbol) else sheet
    gap = bytes(quiet)
    rows: list[bytes] = []
    for row in table:
        rows += [gap + gap.join(parts) + gap for parts in zip(*(item.rows for item in row), strict=True)]
        rows += [bytes(len(rows[-1]))] * quiet
    return [bytes(len(rows[0]))] * quiet + rows


def raster(
    sheet: Symbol | Sheet, scale: int, quiet: int = QUIET, canvas: tuple[int, int] | None = None
) -> list[bytes]:
    """Rows of pixels, 1 dark. On a `canvas` (width, height) it is drawn as large as that allows, in the middle."""
    rows = modules(sheet, quiet)
    if canvas is not None:
        scale = min(canvas[0] // len(rows[0]), canvas[1] // len(rows))
    if not 1 <= scale <= 64 or not 0 <= quiet <= 64:
        raise Malformed(Bad.VALUE, what="scale")
    light, dark = bytes(scale), b"\1" * scale
    drawn = [line for row in rows for line in [row.replace(b"\0", light).replace(b"\1", dark)] * scale]
    if canvas is None:
        return drawn
    left, top = (canvas[0] - len(drawn[0])) // 2, (canvas[1] - len(drawn)) // 2
    wide = [(bytes(left) + line).ljust(canvas[0], b"\0") for line in drawn]
    return [bytes(canvas[0])] * top + wide + [bytes(canvas[0])] * (canvas[1] - top - len(drawn))


def png(
    sheet: Symbol | Sheet, scale: int = 8, quiet: int = QUIET, canvas: tuple[int, int] | None = None
) -> bytes:
    """A PNG, black on white; `scale` pixels a module, or as large as fits a `canvas` in pixels."""
    rows = raster(sheet, scale, quiet, canvas)
    width = len(rows[0])
    packed = bytearray()
    for line in rows:
        digits = line.translate(_PAPER).ljust(-(-width // 8) * 8, b"1")
        packed += b"\0" + int(digits, 2).to_bytes(len(digits) // 8, "big")
    header = struct.pack(">IIBBBBB", width, len(rows), 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(packed), 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


#: Dark dots to the digits of a PNG's bits, where 1 is white.
_PAPER: Final = b"10" + bytes(254)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


_HALVES: Final = " ▄▀█"


def lines(sheet: Symbol | Sheet, quiet: int = QUIET, scale: int = 1, cells: str = _HALVES) -> list[str]:
    """Half blocks, two modules a cell: to be painted black on white whatever the theme.

    A module is `scale` dots wide and high; `cells` are the characters for the dark bits of (top, bottom), 0 to 3.
    """
    rows = raster(sheet, scale, quiet)
    rows += [bytes(len(rows[0]))] * (len(rows) % 2)
    return [
        "".join(cells[2 * top + bottom] for top, bottom in zip(rows[at], rows[at + 1], strict=True))
        for at in range(0, len(rows), 2)
    ]


def ansi(sheet: Symbol | Sheet, quiet: int = QUIET, scale: int = 1) -> str:
    """`lines` with the colours of a terminal: black on white."""
    return "\n".join(f"\x1b[38;2;0;0;0;48;2;255;255;255m{line}\x1b[0m" for line in lines(sheet, quiet, scale))


@dataclass(frozen=True, slots=True)
class Grid:
    """Codes side by side and one above the other, shown at one time."""

    columns: int = 1
    rows: int = 1

    @property
    def tiles(self) -> int:
        """Codes in one picture."""
        return self.columns * self.rows

    def dots(self, version: int) -> tuple[int, int]:
        """Width and height in modules, quiet zones shared between neighbours."""
        side = size_of(version) + QUIET
        return self.columns * side + QUIET, self.rows * side + QUIET


SINGLE: Final = Grid()


@dataclass(frozen=True, slots=True)
class Room:
    """Where codes are shown: dots across and down, of which a module takes at least one."""

    wide: int
    high: int

    @classmethod
    def console(cls, columns: int, rows: int) -> Room:
        """In half blocks a cell is two dots high."""
        return cls(columns, rows * 2)

    @classmethod
    def holding(cls, version: int, grid: Grid = SINGLE) -> Room:
        """Just enough for a grid of this version."""
        return cls(*grid.dots(version))

    def version(self, grid: Grid = SINGLE) -> int:
        """The largest version that fits; 0 when not even version 1 does."""
        return max((version for version in VERSIONS if self.scale(version, grid)), default=0)

    def scale(self, version: int, grid: Grid = SINGLE) -> int:
        """Dots a module may be wide and high; 0 when it does not fit."""
        wide, high = grid.dots(version)
        return min(self.wide // wide, self.high // high)


def version_for_console(columns: int, rows: int) -> int:
    """The largest version that fits in half blocks; 0 when not even version 1 does."""
    return Room.console(columns, rows).version()
