"""Records: the journal, newest first, with the head an auditor compares; and what the device says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from signer.ceremony.custody import Premise
from signer.ceremony.ports import Archive
from signer.ceremony.showing import as_text
from signer.core.checkpoint import Checkpoint
from signer.core.errors import KinkoError
from signer.core.event import EventKind
from signer.core.record import Record
from signer.core.when import utc
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Carried, Home, Records, SelfCheck, Setting, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, wrap
from signer.tui.widgets.document import Document
from signer.tui.widgets.frame import Hint, Panel

#: So many of the newest records are shown; all of them leave with an export.
SHOWN: Final = 500
_TONES: Final = {
    EventKind.REFUSED: Tone.STOP,
    EventKind.FAULT: Tone.STOP,
    EventKind.FACTOR_WRONG: Tone.WARN,
    EventKind.DECLINED: Tone.WARN,
    EventKind.SIGNED: Tone.GOOD,
}


class RecordsScreen(StageScreen):
    """Draws Records."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("v", "verify", show=False),
        Binding("c", "checkpoint", show=False),
    ]

    def __init__(self, setting: Setting, stage: Records) -> None:
        super().__init__(setting)
        self._stage = stage
        self._checkpoint = b""

    @property
    def place(self) -> str:
        return self.labels.home.journal

    def body(self) -> Iterable[Widget]:
        yield Panel(id="head")
        yield Document(lambda width: [])

    def hints(self) -> Sequence[Hint]:
        words, keys = self.labels.records, self.labels.keys
        return (
            ("↑ ↓", keys.page, True),
            ("V", words.verify, True),
            ("C", words.checkpoint, bool(self._checkpoint)),
            ("Esc", keys.back, True),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Document).focus()
        self._load()

    @work(exclusive=True)
    async def _load(self) -> None:
        archive = self.setting.rooms.archive
        if archive is None:
            return
        try:
            records, self._checkpoint = await asyncio.to_thread(_newest, archive)
        except KinkoError as error:
            self.go(Stopped(self._stage.bench, error))
            return
        self._head("")
        self.query_one(Document).refill(
            lambda width: [line for row in records for line in self._row(row, width)]
        )
        self.show_keys()

    def _head(self, note: str, tone: Tone = Tone.GOOD) -> None:
        head = Checkpoint.from_bytes(self._checkpoint).head
        words = self.labels.records
        self.query_one("#head", Panel).show(
            [
                ((words.size.format(size=f"{head.size:,}"), Tone.STRONG),),
                ((words.root, Tone.DIM), (f"  {head.root.hex()}", Tone.PLAIN)),
                ((note, tone),),
            ]
        )

    def _row(self, record: Record, width: int) -> Iterable[Line]:
        event = record.event
        who = ", ".join(map(clean, event.officers))
        yield (
            (f"{record.number:>6}  ", Tone.DIM),
            (f"{utc(event.at)}  ", Tone.PLAIN),
            (f"{event.kind.value}  ", _TONES.get(event.kind, Tone.STRONG)),
            (who, Tone.PLAIN),
        )
        details = "  ".join(f"{name}={clean(value)}" for name, value in event.details)
        about = f"{event.subject.hex()[:16]}  {details}" if event.subject else details
        for line in wrap(about, width - 8):
            if line:
                yield ((f"        {line}", Tone.DIM),)

    @work(exclusive=True, group="verify")
    async def action_verify(self) -> None:
        words, archive = self.labels.records, self.setting.rooms.archive
        if archive is None or not self._checkpoint:
            return
        self._head(words.verifying, Tone.PLAIN)
        try:
            count = await asyncio.to_thread(archive.verify)
        except KinkoError as error:
            self.go(Stopped(self._stage.bench, error))
            return
        self._head(words.sound.format(count=f"{count:,}"))

    def action_checkpoint(self) -> None:
        if self._checkpoint:
            read = as_text(self._checkpoint.decode())
            self.go(Carried(self._stage.bench, self.labels.records.checkpoint_title, read, self._stage))

    def action_back(self) -> None:
        self.go(Home(self._stage.bench))


class SelfCheckScreen(StageScreen):
    """Draws SelfCheck: one line a test, and what to do when one fails."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "back", show=False),
        Binding("r", "again", show=False),
    ]

    def __init__(self, setting: Setting, stage: SelfCheck) -> None:
        super().__init__(setting)
        self._stage = stage

    @property
    def place(self) -> str:
        return self.labels.home.selfcheck

    def body(self) -> Iterable[Widget]:
        yield Document(lambda width: [])

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (("Enter", keys.home, True), ("R", self.labels.records.again, True))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Document).focus()
        self._run()

    @work(exclusive=True)
    async def _run(self) -> None:
        document, words = self.query_one(Document), self.labels.records
        document.refill(lambda width: [((words.testing, Tone.PLAIN),)])
        if self.setting.rooms.selfcheck is None:
            return
        try:
            results = await asyncio.to_thread(self.setting.rooms.selfcheck)
        except KinkoError as error:
            self.go(Stopped(self._stage.bench, error))
            return
        document.refill(lambda width: self._lines(results, width))

    def _lines(self, results: Sequence[Premise], width: int) -> list[Line]:
        words = self.labels.records
        failed = [result for result in results if not result.holds]
        text, tone = (words.failed, Tone.BANNER_STOP) if failed else (words.passed, Tone.BANNER_GOOD)
        lines: list[Line] = [((f" {text}".ljust(width), tone),), BLANK]
        for result in sorted(results, key=lambda result: result.holds):
            mark, mood = (words.good, Tone.GOOD) if result.holds else (words.bad, Tone.STOP)
            lines.append(((f" {mark}  ", mood), (clean(result.name), Tone.STRONG)))
            lines += [
                ((f"        {line}", Tone.DIM),) for line in wrap(clean(result.detail), width - 9) if line
            ]
        if failed:
            lines += [BLANK, *(((line, Tone.PLAIN),) for line in wrap(words.failed_hint, width - 2))]
        return lines

    def action_again(self) -> None:
        self._run()

    def action_back(self) -> None:
        self.go(Home(self._stage.bench))


def _newest(archive: Archive) -> tuple[list[Record], bytes]:
    """The newest records, newest first, and the signed head."""
    start = max(0, len(archive) - SHOWN)
    return list(archive.records(start))[::-1], archive.checkpoint()
