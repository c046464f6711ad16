"""A list to choose from, by arrows and Enter or by the key of an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from signer.tui.text import Line, Tone, pad
from signer.tui.widgets.frame import LineWidget


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is what comes back; `key` a letter that chooses it at once, or empty."""

    name: str
    title: str
    hint: str = ""
    key: str = ""
    usable: bool = True
    tone: Tone = Tone.DIM


class Menu(LineWidget, can_focus=True):
    """One line an entry. Entries that cannot be used are shown, and skipped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """An entry was chosen."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, entries: Sequence[Entry] = (), id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: tuple[Entry, ...] = ()
        self._at = 0
        self.fill(entries)

    def fill(self, entries: Sequence[Entry]) -> None:
        """Replace the entries; the first usable one is marked."""
        self._entries = tuple(entries)
        self._at = next((place for place, entry in enumerate(entries) if entry.usable), 0)
        self.refresh(layout=True)

    @property
    def chosen(self) -> Entry | None:
        """The entry that is marked, if it can be used."""
        entry = self._entries[self._at] if self._entries else None
        return entry if entry and entry.usable else None

    def action_move(self, step: int) -> None:
        usable = [place for place, entry in enumerate(self._entries) if entry.usable]
        if usable:
            here = usable.index(self._at) if self._at in usable else 0
            self._at = usable[(here + step) % len(usable)]
            self.refresh()
            self._show()

    def _show(self) -> None:
        """A list longer than the screen moves with the mark."""
        if isinstance(self.parent, Widget):
            x, y = self.virtual_region.offset
            self.parent.scroll_to_region(Region(x, y + self._at, 1, 1), animate=False)

    def action_choose(self) -> None:
        if self.chosen:
            self.post_message(self.Chosen(self.chosen.name))

    def on_key(self, event: events.Key) -> None:
        for place, entry in enumerate(self._entries):
            if entry.usable and entry.key and event.character and event.character.lower() == entry.key:
                event.stop()
                self._at = place
                self.refresh()
                self.post_message(self.Chosen(entry.name))

    def lines(self, width: int) -> list[Line]:
        column = max((cell_len(entry.title) for entry in self._entries), default=0) + 3
        return [self._line(place, entry, column, width) for place, entry in enumerate(self._entries)]

    def _line(self, place: int, entry: Entry, column: int, width: int) -> Line:
        marked = place == self._at and entry.usable
        key = f" {entry.key.upper()} " if entry.key else ""
        title = Tone.DIM if not entry.usable else Tone.NOW if marked and self.has_focus else Tone.STRONG
        parts = (
            (" ► " if marked else "   ", Tone.TITLE),
            (key, Tone.KEY),
            (f" {pad(entry.title, column)}", title),
        )
        return (*parts, (f" {entry.hint}", entry.tone))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._entries)
