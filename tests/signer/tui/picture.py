"""A Textual screen as a PNG, drawn cell by cell: half blocks are exact, wide characters take two cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from textual.app import App

CELL = (8, 16)
_LATIN = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
_LATIN_BOLD = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf"
_KANJI = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
_BLOCKS = {
    "▀": (0, 0, 1, 0.5),
    "▄": (0, 0.5, 1, 1),
    "█": (0, 0, 1, 1),
    "▌": (0, 0, 0.5, 1),
    "▐": (0.5, 0, 1, 1),
}


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(name, size)


def _rgb(color: Color | None, foreground: bool) -> tuple[int, int, int]:
    if color is None:
        return (221, 227, 234) if foreground else (0, 0, 0)
    triplet = color.get_truecolor(foreground=foreground)
    return (triplet.red, triplet.green, triplet.blue)


def photograph(app: App[object], path: Path, cell: tuple[int, int] = CELL) -> Path:
    """Draw what the app shows now and save it."""
    width, height = app.size
    wide, high = cell
    image = Image.new("RGB", (width * wide, height * high))
    draw = ImageDraw.Draw(image)
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            for char in segment.text:
                cells = cell_len(char)
                _cell(draw, char, segment.style or Style(), (x * wide, y * high), (cells * wide, high))
                x += cells
    image.save(path)
    return path


def _cell(
    draw: ImageDraw.ImageDraw, char: str, style: Style, at: tuple[int, int], size: tuple[int, int]
) -> None:
    ink, paper = _rgb(style.color, True), _rgb(style.bgcolor, False)
    if style.reverse:
        ink, paper = paper, ink
    (x, y), (wide, high) = at, size
    if not wide:
        return
    draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=paper)
    if char in _BLOCKS:
        left, top, right, bottom = _BLOCKS[char]
        box = (x + left * wide, y + top * high, x + right * wide - 1, y + bottom * high - 1)
        draw.rectangle(box, fill=ink)
    elif not char.isspace():
        latin = _LATIN_BOLD if style.bold else _LATIN
        font = _font(_KANJI, high - 3) if cell_len(char) == 2 else _font(latin, high - 3)
        draw.text((x + wide / 2, y + high * 0.78), char, font=font, fill=ink, anchor="ms")
