"""What every screen has around it: a head that says where one is, and a last line with the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from signer.tui.stages import Setting
from signer.tui.text import Line, Tone, length

#: A key, what it does, and whether it can be used now.
Hint: TypeAlias = tuple[str, str, bool]


class LineWidget(Widget):
    """Draws lines it computes for its width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {tone.value for tone in Tone}

    def lines(self, width: int) -> Sequence[Line]:
        """What to draw, for a width in cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        rows = self.lines(width)
        row = rows[y] if y < len(rows) else ()
        segments = [Segment(text, self.get_component_rich_style(tone.value)) for text, tone in row]
        return Strip(segments).adjust_cell_length(width, self.rich_style)


class Head(LineWidget):
    """Product and device, a warning on test images and development devices, and the steps of the ceremony."""

    def __init__(self, setting: Setting, step: int | None, place: str) -> None:
        super().__init__()
        self._labels = setting.labels
        self._setting = setting
        self._step = step
        self._place = place

    def lines(self, width: int) -> list[Line]:
        words, setting = self._labels.frame, self._setting
        left: Line = ((" KINKO ", Tone.BRAND), (f" {setting.device_name}", Tone.STRONG))
        warning = words.test_image if setting.image.for_tests else words.development
        marked = setting.image.for_tests or setting.development
        flag: Line = ((f" {warning} ", Tone.BANNER_STOP),) if marked else ()
        return [_apart(left, flag, width), self._steps(width)]

    def _steps(self, width: int) -> Line:
        if self._step is None:
            return ((f" {self._place}", Tone.TITLE),)
        names = self._labels.frame.steps
        parts: list[tuple[str, Tone]] = []
        for number, name in enumerate(names, 1):
            parts.append((f" {number} {name} ", Tone.NOW if number == self._step else Tone.DIM))
            parts.append(("─", Tone.DIM))
        where = self._labels.frame.step.format(number=self._step, total=len(names))
        return _apart(tuple(parts[:-1]), ((f"{where} ", Tone.DIM),), width)


def _apart(left: Line, right: Line, width: int) -> Line:
    """One piece at each end of a line."""
    return (*left, (" " * max(1, width - length(left) - length(right)), Tone.PLAIN), *right)


class KeyBar(LineWidget):
    """The keys that work now, and what they do."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[Hint, ...] = ()

    def show(self, hints: Sequence[Hint]) -> None:
        """Replace what is shown."""
        self._hints = tuple(hints)
        self.refresh()

    def lines(self, width: int) -> list[Line]:
        row: list[tuple[str, Tone]] = []
        for key, label, usable in self._hints:
            row.append((f" {key} ", Tone.KEY if usable else Tone.DIM))
            row.append((f" {label}  ", Tone.PLAIN if usable else Tone.DIM))
        return [tuple(row)]


class Panel(LineWidget):
    """A block of lines that a screen fills."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Replace what is shown; the height follows where the style says auto."""
        self._lines = tuple(lines)
        self.refresh(layout=True)

    def lines(self, width: int) -> Sequence[Line]:
        return self._lines

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines)
