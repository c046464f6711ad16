"""Review: everything the payment would do, and no way past what has not been shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from signer.ceremony.signing import Review
from signer.tui.report import Page, allowed, summary_rows, word_rows
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Approving, Setting
from signer.tui.text import BLANK, Line, Tone
from signer.tui.widgets.document import Document
from signer.tui.widgets.frame import Hint, Panel

_SIDE = 50  # cells of the panel beside the text
_WIDE = 130  # from this width on there is room for it


class ReviewScreen(StageScreen):
    """Draws Review: `decline` is its verb; approving is the next screen's."""

    step = 2
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", show=False),
        Binding("d,escape", "decline", show=False),
    ]

    def __init__(self, setting: Setting, stage: Review) -> None:
        super().__init__(setting)
        self._stage = stage
        self._page = Page(stage, self.labels, setting.language, _builder(stage))
        self._whole = False

    def body(self) -> Iterable[Widget]:
        yield Horizontal(Document(self._page.lines, gate=True, dwell=self.setting.dwell), Panel(id="side"))
        yield Panel(id="reading")

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (
            ("Space", keys.page, True),
            ("↑ ↓", keys.up, True),
            ("A", keys.approve, self._whole and allowed(self._stage)),
            ("D", keys.decline, True),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Document).focus()
        self._tell(0, 1)

    def on_resize(self, event: events.Resize) -> None:
        side = self.query_one("#side", Panel)
        side.display = event.size.width >= _WIDE
        side.show(self._side())

    def _side(self) -> list[Line]:
        """What matters most, always in sight where there is room."""
        words = self.labels.review
        return [
            ((words.words, Tone.TITLE),),
            *word_rows(self._stage.words, _SIDE),
            BLANK,
            ((words.summary, Tone.TITLE),),
            *summary_rows(self._page, _SIDE),
        ]

    @on(Document.Read)
    def _read(self, event: Document.Read) -> None:
        self._whole = event.whole
        self._tell(event.lines, event.total)
        self.show_keys()

    def _tell(self, lines: int, total: int) -> None:
        words = self.labels.review
        if not self._whole:
            text, tone = words.unread.format(percent=100 * lines // max(1, total)), Tone.WARN
        elif allowed(self._stage):
            text, tone = words.read, Tone.GOOD
        else:
            text, tone = words.refused_key, Tone.STOP
        self.query_one("#reading", Panel).show([((f" {text}", tone),)])

    def action_approve(self) -> None:
        if self._whole and allowed(self._stage):
            self.go(Approving(self._stage))

    def action_decline(self) -> None:
        self.ask_to_decline(self._stage.bench, self._stage.decline)


def _builder(review: Review) -> str:
    """The enrolled name of the builder whose key signed the request, else the key."""
    key = review.examined.asked.builder
    if key is None:
        return ""
    return review.bench.desk.policies.builders().get(key, key.hex())
