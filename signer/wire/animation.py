"""An animation of QR codes as one GIF89a file, for a page, a chat with oneself, or a video tool."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.symbol import QUIET, Sheet, Symbol, raster

MAX_FRAMES: Final = 2_000
_CODE_BITS: Final = 2  # GIF's least, for two colours
_CLEAR, _END, _FIRST = 4, 5, 6
_TABLE: Final = 4_096


def gif(
    sheets: Iterable[Symbol | Sheet],
    *,
    fps: int,
    scale: int = 4,
    quiet: int = QUIET,
    canvas: tuple[int, int] | None = None,
) -> bytes:
    """Sheets of one size, `fps` a second, for ever, black on white; `scale` pixels a module.

    On a `canvas` (width, height in pixels) each is drawn as large as that allows, and sizes may differ.
    """
    if not 1 <= fps <= 50 or not 1 <= scale <= 32 or not 0 <= quiet <= 64:
        raise Malformed(Bad.VALUE, what="animation")
    parts: list[bytes] = []
    size = (0, 0)
    for sheet in sheets:
        rows = raster(sheet, scale, quiet, canvas)
        if parts and size != (len(rows[0]), len(rows)):
            raise Malformed(Bad.INCONSISTENT, what="animation")
        size = len(rows[0]), len(rows)
        if len(parts) == MAX_FRAMES:
            raise Malformed(Bad.TOO_MANY, what="animation", limit=MAX_FRAMES)
        parts.append(_frame(b"".join(rows), size, round(100 / fps)))
    if not parts:
        raise Malformed(Bad.EMPTY, what="animation")
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + b"\xff\xff\xff\x00\x00\x00"
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    return head + loop + b"".join(parts) + b"\x3b"


def _frame(pixels: bytes, size: tuple[int, int], hundredths: int) -> bytes:
    control = b"\x21\xf9\x04" + struct.pack("<BHB", 0, hundredths, 0) + b"\x00"
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, *size, 0)
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
