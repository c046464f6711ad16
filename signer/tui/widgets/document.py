"""A long text of which only the visible lines are drawn, and which knows how far it has been read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from signer.tui.text import Line, Tone

#: Seconds a line must have stood on the screen to count as read.
DWELL = 0.3


class Document(ScrollView, can_focus=True):
    """Lines made for the width it has. With `gate`, nobody can scroll past what has not yet been shown for a moment."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {tone.value for tone in Tone}

    DEFAULT_CSS = """
    Document { height: 1fr; width: 1fr; overflow-y: scroll; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(1)", show=False),
    ]

    class Read(Message):
        """More of it has been read: `lines` of `total`, from the top without a gap."""

        def __init__(self, lines: int, total: int) -> None:
            super().__init__()
            self.lines = lines
            self.total = total

        @property
        def whole(self) -> bool:
            return self.lines >= self.total

    def __init__(
        self,
        make: Callable[[int], Sequence[Line]],
        *,
        gate: bool = False,
        dwell: float = DWELL,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._make = make
        self._gate = gate
        self._dwell = dwell
        self._lines: Sequence[Line] = ()
        self._made_for = -1
        self._read = 0
        self._shown: deque[tuple[int, float]] = deque()
        self._tones: dict[Tone, Style] = {}

    @property
    def read_to(self) -> int:
        """Lines read from the top without a gap."""
        return self._read

    @property
    def total(self) -> int:
        return len(self._lines)

    def refill(self, make: Callable[[int], Sequence[Line]]) -> None:
        """Other content in the same place."""
        self._make, self._made_for = make, -1
        self._fill()

    def on_mount(self) -> None:
        self.set_interval(0.1, self._notice)

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def _fill(self) -> None:
        """Lay the text out for the width there is. A new layout has to be read again."""
        width = self.scrollable_content_region.width
        if width <= 0 or width == self._made_for:
            return
        self._made_for = width
        self._lines = self._make(width)
        self._read = 0
        self._shown.clear()
        self.virtual_size = Size(width, len(self._lines))
        self.scroll_to(y=0, animate=False)
        self.refresh()
        self.call_after_refresh(self._notice)

    def _notice(self) -> None:
        """Take down what is on the screen now, and count as read what has stood there long enough."""
        if not self._lines:
            return
        now = monotonic()
        bottom = min(self.total, round(self.scroll_y) + self.scrollable_content_region.height)
        while self._shown and self._shown[-1][0] > bottom:
            self._shown.pop()  # scrolled away before it counted
        if bottom > (self._shown[-1][0] if self._shown else self._read):
            self._shown.append((bottom, now))
        before = self._read
        while self._shown and now - self._shown[0][1] >= self._dwell:
            self._read = max(self._read, self._shown.popleft()[0])
        if self._read != before:
            self.post_message(self.Read(self._read, self.total))

    def _scroll_y(self, y: int) -> None:
        if self._gate:
            self._notice()
            y = min(y, self._read)
        self.scroll_to(y=max(0, y), animate=False, immediate=True)
        self._notice()

    def action_move(self, lines: int) -> None:
        self._scroll_y(round(self.scroll_y) + lines)

    def action_page(self, pages: int) -> None:
        page = max(1, self.scrollable_content_region.height - 2)
        self._scroll_y(round(self.scroll_y) + pages * page)

    def action_go(self, end: int) -> None:
        self._scroll_y(self.total if end else 0)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        number = y + round(self.scroll_y)
        line = self._lines[number] if 0 <= number < self.total else ()
        segments = [Segment(text, self._style(tone)) for text, tone in line]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _style(self, tone: Tone) -> Style:
        if tone not in self._tones:
            self._tones[tone] = self.get_component_rich_style(tone.value)
        return self._tones[tone]
