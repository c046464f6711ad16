"""QR symbols in half blocks: square modules, quiet zone, black on white whatever the theme."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from signer.ceremony.showing import Sheet, Symbol, lines, modules
from signer.tui.themes import PLAIN

_WHITE: Final = Style.parse("rgb(255,255,255) on rgb(0,0,0)")
_BLACK: Final = Style.parse("rgb(0,0,0) on rgb(255,255,255)")
_BY_BACKGROUND: Final = " ▄▀█"  # dark modules are ink: light cells fill also the gap between lines
_BY_INK: Final = "█▀▄ "  # light modules are ink: a 16-colour console has no bright white background


class QrView(Widget):
    """Draws what it was given last, in the middle of the room it has and as large as that allows."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[str] = []

    def show(self, sheet: Symbol | Sheet) -> None:
        """Replace what is shown."""
        ink = self.app.theme == PLAIN.name
        rows = modules(sheet)
        scale = max(1, min(self.size.width // len(rows[0]), 2 * self.size.height // len(rows)))
        self._rows = lines(sheet, scale=scale, cells=_BY_INK if ink else _BY_BACKGROUND)
        self._style = _WHITE if ink else _BLACK
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        if self._rows:
            self._rows = []
            self.refresh()

    def render_line(self, y: int) -> Strip:
        top = max(0, (self.size.height - len(self._rows)) // 2)
        if not top <= y < top + len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        row = self._rows[y - top]
        left = max(0, (self.size.width - len(row)) // 2)
        strip = Strip([Segment(" " * left, self.rich_style), Segment(row, self._style)], left + len(row))
        return strip.adjust_cell_length(self.size.width, self.rich_style)
