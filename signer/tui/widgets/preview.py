"""The camera's picture in character cells: grey half blocks, with a frame around the code that was found."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from signer.core.sight import Box, Preview

_LEVELS: Final = 16  # few enough that neighbouring cells often share a style
_FOUND: Final = _LEVELS  # the colour of the frame
_WIDEST: Final = 100  # cells: more would only cost time


class PreviewView(Widget):
    """Draws the last picture as large as its place allows, in its own shape."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] = []
        self._styles: dict[tuple[int, int], Style] = {}

    def show(self, picture: Preview | None) -> None:
        """Replace the picture; None clears it."""
        self._strips = self._draw(picture) if picture is not None and picture.width and picture.height else []
        self.refresh()

    def _draw(self, picture: Preview) -> list[Strip]:
        columns, rows = _shape(picture, min(self.size.width, _WIDEST), self.size.height)
        if columns < 1 or rows < 1:
            return []
        pixels = _sample(picture, columns, rows * 2)
        if picture.box is not None:
            _outline(pixels, picture.box, columns / picture.width, rows * 2 / picture.height)
        return [self._strip(top, bottom) for top, bottom in zip(pixels[::2], pixels[1::2], strict=True)]

    def _strip(self, top: list[int], bottom: list[int]) -> Strip:
        segments: list[Segment] = []
        run, last = 0, (-1, -1)
        for pair in zip(top, bottom, strict=True):
            if pair != last and run:
                segments.append(Segment("▀" * run, self._style(last)))
                run = 0
            run, last = run + 1, pair
        segments.append(Segment("▀" * run, self._style(last)))
        return Strip(segments, len(top))

    def _style(self, pair: tuple[int, int]) -> Style:
        if pair not in self._styles:
            self._styles[pair] = Style.parse(f"{_colour(pair[0])} on {_colour(pair[1])}")
        return self._styles[pair]

    def render_line(self, y: int) -> Strip:
        if not 0 <= y < len(self._strips):
            return Strip.blank(self.size.width, self.rich_style)
        return self._strips[y].adjust_cell_length(self.size.width, self.rich_style)


def _shape(picture: Preview, columns: int, rows: int) -> tuple[int, int]:
    """Cells that keep the picture's shape: a cell is two square pixels high."""
    columns = min(columns, rows * 2 * picture.width // picture.height)
    return columns, columns * picture.height // (2 * picture.width)


def _sample(picture: Preview, columns: int, rows: int) -> list[list[int]]:
    across = [column * picture.width // columns for column in range(columns)]
    lines = []
    for row in range(rows):
        start = row * picture.height // rows * picture.width
        line = picture.gray[start : start + picture.width]
        lines.append(
            [line[x] * _LEVELS // 256 for x in across] if len(line) == picture.width else [0] * columns
        )
    return lines


def _outline(pixels: list[list[int]], box: Box, wide: float, high: float) -> None:
    corners = [(int(x * wide), int(y * high)) for x, y in box]
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(min(steps, 1000) + 1):
            x, y = x0 + (x1 - x0) * step // steps, y0 + (y1 - y0) * step // steps
            if 0 <= y < len(pixels) and 0 <= x < len(pixels[y]):
                pixels[y][x] = _FOUND


def _colour(level: int) -> str:
    if level == _FOUND:
        return "rgb(120,220,120)"
    grey = level * 255 // (_LEVELS - 1)
    return f"rgb({grey},{grey},{grey})"
