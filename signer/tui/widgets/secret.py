"""A field for a passphrase: keystrokes go into one fixed buffer that can be wiped, never into a text object."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

CAPACITY = 512  # bytes of UTF-8


class SecretField(Widget, can_focus=True):
    """Shows a dot a character. `take` hands the bytes over and wipes the field."""

    class Entered(Message):
        """Enter was pressed."""

    class Changed(Message):
        """Something was typed or deleted."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._buffer = bytearray(CAPACITY)  # never grows, so no copy is left behind
        self._open = False
        self._entered = False  # from Enter until somebody took it, further keys are not part of it
        self._length = 0
        self._characters = 0

    @property
    def empty(self) -> bool:
        return self._length == 0

    def reveal(self, shown: bool) -> None:
        """Show what is typed: for what is copied from paper in front of witnesses, never for a passphrase."""
        self._open = shown
        self.styles.height = 4 if shown else 1
        self.refresh(layout=True)

    @property
    def characters(self) -> int:
        """How many characters were typed."""
        return self._characters

    def take(self) -> bytearray:
        """What was typed, as UTF-8; the field is empty afterwards. The caller wipes the answer."""
        secret = bytearray(self._length)
        secret[:] = memoryview(self._buffer)[: self._length]
        self.wipe()
        return secret

    def wipe(self) -> None:
        """Overwrite and forget."""
        self._buffer[:] = bytes(CAPACITY)
        self._length = self._characters = 0
        self._entered = False
        self.refresh()

    def on_unmount(self) -> None:
        self.wipe()

    def on_paste(self, event: events.Paste) -> None:
        """A passphrase comes from a head, not from a clipboard."""
        event.stop()

    def on_key(self, event: events.Key) -> None:
        if self._entered:
            event.stop()
        elif event.key == "enter":
            event.stop()
            self._entered = True
            self.post_message(self.Entered())
        elif event.key == "backspace":
            event.stop()
            self._delete()
        elif event.is_printable and event.character is not None:
            event.stop()
            self._type(event.character.encode())
        else:
            return
        event.prevent_default()

    def _type(self, octets: bytes) -> None:
        if self._length + len(octets) <= CAPACITY:
            self._buffer[self._length : self._length + len(octets)] = octets
            self._length += len(octets)
            self._characters += 1
            self._changed()

    def _delete(self) -> None:
        """Take the last character off: its first byte, and the continuation bytes (10xxxxxx) after it."""
        while self._length:
            self._length -= 1
            octet, self._buffer[self._length] = self._buffer[self._length], 0
            if octet & 0xC0 != 0x80:
                self._characters -= 1
                break
        self._changed()

    def _changed(self) -> None:
        self.refresh()
        self.post_message(self.Changed())

    def render_line(self, y: int) -> Strip:
        if self._open and self.size.width:
            width = self.size.width
            text = self._buffer[: self._length].decode("utf-8", "replace") + ("█" if self.has_focus else "")
            line = text[y * width : (y + 1) * width]
            return Strip([Segment(line, self.rich_style)]).adjust_cell_length(width, self.rich_style)
        if y or not self.size.width:
            return Strip.blank(self.size.width, self.rich_style)
        shown = "•" * min(self._characters, self.size.width - 1) + ("█" if self.has_focus else " ")
        return Strip([Segment(shown, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)
