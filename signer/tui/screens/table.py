"""What lies on the table during a ceremony: documents read by camera, facts to compare, documents that leave as codes.

The ceremony's thread waits on a Future; the screens here lie over the ceremony's own and fulfil it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from signer.ceremony.reception import Read, Receiver
from signer.ceremony.showing import as_text
from signer.ceremony.signing import Bench
from signer.ceremony.table import Paper, Table
from signer.core.errors import KinkoError
from signer.core.words import error_sentence
from signer.tui.screens.base import StageScreen
from signer.tui.screens.code import CodeScreen, prose
from signer.tui.screens.document import DocumentScreen
from signer.tui.screens.errands import Given, Laid, Left, Wanted
from signer.tui.stages import Home, Setting
from signer.tui.text import BLANK, Line, Tone, clean, wrap
from signer.tui.widgets.document import Document
from signer.tui.widgets.frame import Hint, Panel


class TableScreen(StageScreen):
    """A screen whose ceremony reads and hands out documents. `errand` is what it waits for."""

    def __init__(self, setting: Setting, bench: Bench) -> None:
        super().__init__(setting)
        self._bench = bench
        self.errand: Wanted | Laid | Given | None = None

    @property
    def table(self) -> Table:
        """For the ceremony's thread."""
        return Table(self._read, self._compare, self._carry)

    def _read(self, paper: Paper) -> bytes:
        answer: Future[bytes] = Future()
        self.post_message(Wanted(paper, answer))
        return answer.result()

    def _compare(self, title: str, facts: Sequence[str]) -> None:
        answer: Future[None] = Future()
        self.post_message(Laid(title, tuple(facts), answer))
        answer.result()

    def _carry(self, paper: Paper, text: str) -> None:
        answer: Future[None] = Future()
        self.post_message(Given(paper, text, answer))
        answer.result()

    @on(Wanted)
    @on(Laid)
    @on(Given)
    def _on_errand(self, message: Wanted | Laid | Given) -> None:
        self.errand = message
        self.open_errand()

    def open_errand(self) -> None:
        """Lay what is waited for over this screen, again if somebody went back from it."""
        match self.errand:
            case Wanted() as wanted:
                self.app.push_screen(PaperScreen(self.setting, self._bench, wanted))
            case Laid() as laid:
                self.app.push_screen(FactsScreen(self.setting, laid))
            case Given() as given:
                self.app.push_screen(GivenScreen(self.setting, given))
            case None:
                pass
        self.show_keys()

    def end_errand(self) -> None:
        """Nobody waits for people who have gone."""
        errand, self.errand = self.errand, None
        if errand is not None and not errand.answer.done():
            errand.answer.set_exception(Left())


class PaperScreen(DocumentScreen):
    """A document is read. Escape goes back to the ceremony, which still waits for it."""

    def __init__(self, setting: Setting, bench: Bench, wanted: Wanted) -> None:
        title = setting.labels.ceremony.papers[wanted.paper]
        super().__init__(setting, bench, Receiver(None), title, Home(bench))
        self._wanted = wanted

    @property
    def place(self) -> str:
        return self.labels.home.ceremonies

    def received(self, read: Read) -> None:
        self.app.pop_screen()
        if not self._wanted.answer.done():
            self._wanted.answer.set_result(read.payload.data)

    def unusable(self, error: KinkoError) -> None:
        """The ceremony does not end for want of a camera: it is put right, and started again."""
        self.offer_again(f"{error_sentence(error, self.setting.language)} {self.labels.scan.ended}")

    def action_back(self) -> None:
        if not self.reading:
            self.app.pop_screen()


class FactsScreen(StageScreen):
    """Facts that everybody compares with the other devices, whole; only what was read to its end can be agreed to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "same", show=False),
        Binding("escape", "back", show=False),
    ]

    def __init__(self, setting: Setting, laid: Laid) -> None:
        super().__init__(setting)
        self._laid = laid
        self._whole = False

    @property
    def place(self) -> str:
        return self.labels.home.ceremonies

    def body(self) -> Iterable[Widget]:
        yield Document(self._lines, gate=True, dwell=self.setting.dwell)
        yield Panel(id="reading")

    def hints(self) -> Sequence[Hint]:
        keys, words = self.labels.keys, self.labels.ceremony
        return (
            ("Space", keys.page, True),
            ("Enter", words.same, self._whole),
            ("Esc", keys.back, True),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Document).focus()

    @on(Document.Read)
    def _read(self, event: Document.Read) -> None:
        self._whole = event.whole
        words = self.labels.review
        text, tone = (
            (self.labels.ceremony.same_hint, Tone.GOOD)
            if self._whole
            else (words.unread.format(percent=100 * event.lines // max(1, event.total)), Tone.WARN)
        )
        self.query_one("#reading", Panel).show([((f" {text}", tone),)])
        self.show_keys()

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = [((line, Tone.TITLE),) for line in wrap(clean(self._laid.title), width)]
        lines += [((line, Tone.PLAIN),) for line in wrap(self.labels.ceremony.compare, width) if line]
        for fact in self._laid.facts:
            tone = Tone.WARN if fact.startswith("FLAG") else Tone.STRONG
            lines += [BLANK, *(((f"  {line}", tone),) for line in wrap(clean(fact), width - 2))]
        return lines

    def action_same(self) -> None:
        if self._whole:
            self.app.pop_screen()
            if not self._laid.answer.done():
                self._laid.answer.set_result(None)

    def action_back(self) -> None:
        self.app.pop_screen()


class GivenScreen(CodeScreen):
    """A document leaves as codes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "done", show=False)]

    def __init__(self, setting: Setting, given: Given) -> None:
        super().__init__(setting, as_text(given.text))
        self._given = given

    def above(self, width: int) -> list[Line]:
        return prose(self.labels.ceremony.carried[self._given.paper], width, Tone.TITLE)

    def below(self, width: int) -> list[Line]:
        return prose(self.labels.ceremony.carried_hint, width, Tone.DIM)

    def action_done(self) -> None:
        self.app.pop_screen()
        if not self._given.answer.done():
            self._given.answer.set_result(None)
