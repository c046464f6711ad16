"""An animation of QR codes as one GIF89a file, for a page, a chat with oneself, or a video tool."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.symbol import QUIET, Symbol

MAX_FRAMES: Final = 2_000
_CODE_BITS: Final = 2  # GIF's least, for two colours
_CLEAR, _END, _FIRST = 4, 5, 6
_TABLE: Final = 4_096


def gif(symbols: Iterable[Symbol], *, fps: int, scale: int = 4, quiet: int = QUIET) -> bytes:
    """Symbols of one size, `fps` a second, for ever, black on white; `scale` pixels a module."""
    if not 1 <= fps <= 50 or not 1 <= scale <= 32 or not 0 <= quiet <= 64:
        raise Malformed(Bad.VALUE, what="animation")
    parts: list[bytes] = []
    side = 0
    for item in symbols:
        width = (item.size + 2 * quiet) * scale
        if side not in (0, width):
            raise Malformed(Bad.INCONSISTENT, what="animation")
        side = width
        if len(parts) == MAX_FRAMES:
            raise Malformed(Bad.TOO_MANY, what="animation", limit=MAX_FRAMES)
        parts.append(_frame(_pixels(item, scale, quiet), side, round(100 / fps)))
    if not parts:
        raise Malformed(Bad.EMPTY, what="animation")
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\xff\xff\xff\x00\x00\x00"
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    return head + loop + b"".join(parts) + b"\x3b"


def _pixels(item: Symbol, scale: int, quiet: int) -> bytes:
    """A byte a pixel, 1 dark."""
    blank = bytes((item.size + 2 * quiet) * scale)
    side = bytes(quiet * scale)
    rows = [side + b"".join(row[i : i + 1] * scale for i in range(item.size)) + side for row in item.rows]
    return blank * (quiet * scale) + b"".join(row * scale for row in rows) + blank * (quiet * scale)


def _frame(pixels: bytes, side: int, hundredths: int) -> bytes:
    control = b"\x21\xf9\x04" + struct.pack("<BHB", 0, hundredths, 0) + b"\x00"
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, side, side, 0)
    packed = _lzw(pixels)
    blocks = b"".join(
        bytes((len(packed[at : at + 255]),)) + packed[at : at + 255] for at in range(0, len(packed), 255)
    )
    return control + image + bytes((_CODE_BITS,)) + blocks + b"\x00"


def _lzw(pixels: bytes) -> bytes:
    """GIF's variable-width LZW: a code grows by a bit when the table outgrows it, and begins again when full."""
    found: list[tuple[int, int]] = [(_CLEAR, _CODE_BITS + 1)]
    table: dict[tuple[int, int], int] = {}
    width, following = _CODE_BITS + 1, _FIRST
    prefix = pixels[0]
    for pixel in pixels[1:]:
        known = table.get((prefix, pixel))
        if known is not None:
            prefix = known
            continue
        found.append((prefix, width))
        if following < _TABLE:
            table[prefix, pixel] = following
            width += following == 1 << width
            following += 1
        else:
            found.append((_CLEAR, width))
            table, width, following = {}, _CODE_BITS + 1, _FIRST
        prefix = pixel
    found += [(prefix, width), (_END, width + (following == 1 << width and width < 12))]
    bits = "".join(f"{code:0{size}b}" for code, size in reversed(found))
    return int(bits, 2).to_bytes(-(-len(bits) // 8), "little")
