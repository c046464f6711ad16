"""Ceremonies: which one, what has to be known for it, and the transcript it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from signer.ceremony.script import read_script
from signer.ceremony.showing import as_text
from signer.core.errors import Malformed
from signer.core.words import error_sentence
from signer.tui.forms import BLANKS, USUAL, Blank, CeremonyKind, missing, script
from signer.tui.report import word_rows
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Carried, Ceremonies, Filling, Home, Minutes, Playing, Preparing, Setting
from signer.tui.text import BLANK, Line, Tone, clean, wrap
from signer.tui.widgets.document import Document
from signer.tui.widgets.frame import Hint, Panel
from signer.tui.widgets.menu import Entry, Menu


class CeremoniesScreen(StageScreen):
    """Draws Ceremonies."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, setting: Setting, stage: Ceremonies) -> None:
        super().__init__(setting)
        self._stage = stage

    @property
    def place(self) -> str:
        return self.labels.home.ceremonies

    def body(self) -> Iterable[Widget]:
        words = self.labels.ceremony
        yield Panel()
        yield Menu([Entry(kind, words.kinds[kind], words.kind_hints[kind]) for kind in CeremonyKind])

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (("↑ ↓", keys.choose, True), ("Enter", keys.open, True), ("Esc", keys.back, True))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Menu).focus()
        lines = wrap(self.labels.ceremony.choose, min(100, self.size.width - 6))
        self.query_one(Panel).show([((line, Tone.TITLE),) for line in lines])

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        kind, bench = CeremonyKind(event.name), self._stage.bench
        self.go(Preparing(bench) if kind is CeremonyKind.SCRIPT else Filling(bench, kind))

    def action_back(self) -> None:
        self.go(Home(self._stage.bench))


class FillingScreen(StageScreen):
    """Draws Filling: a form; nothing in it is secret."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, setting: Setting, stage: Filling) -> None:
        super().__init__(setting)
        self._stage = stage

    @property
    def place(self) -> str:
        return f"{self.labels.home.ceremonies} ─ {self.labels.ceremony.kinds[self._stage.kind]}"

    def body(self) -> Iterable[Widget]:
        words = self.labels.ceremony
        yield Panel(id="top")
        for blank in BLANKS[self._stage.kind]:
            label = Panel(classes="blank")
            label.show([((words.blanks[blank], Tone.STRONG), (f"  {words.blank_hints[blank]}", Tone.DIM))])
            yield label
            yield Input(USUAL.get(blank, ""), id=blank.value, compact=True)
        yield Panel(id="problem")

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (
            ("↑ ↓", keys.choose, True),
            ("Enter", self.labels.ceremony.next, True),
            ("Esc", keys.back, True),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query(Input).first().focus()
        self.query_one("#top", Panel).show([((self.labels.ceremony.fill, Tone.TITLE),)])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next blank, and from the last one to the ceremony."""
        fields = list(self.query(Input))
        if event.input is not fields[-1]:
            fields[fields.index(event.input) + 1].focus()
            return
        values = {Blank(field.id or ""): field.value for field in fields}
        wrong = missing(self._stage.kind, values)
        if wrong is not None:
            self._tell(self.labels.ceremony.wrong.format(blank=self.labels.ceremony.blanks[wrong]))
            self.query_one(f"#{wrong.value}", Input).focus()
            return
        try:
            steps = read_script(script(self._stage.kind, values))
        except Malformed as error:
            self._tell(error_sentence(error, self.setting.language))
        else:
            self.go(Playing(self._stage.bench, steps))

    def _tell(self, problem: str) -> None:
        self.query_one("#problem", Panel).show([((problem, Tone.STOP),)])

    def action_back(self) -> None:
        self.go(Ceremonies(self._stage.bench))


class MinutesScreen(StageScreen):
    """Draws Minutes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape", "back", show=False),
        Binding("c", "code", show=False),
    ]

    def __init__(self, setting: Setting, stage: Minutes) -> None:
        super().__init__(setting)
        self._stage = stage

    @property
    def place(self) -> str:
        return f"{self.labels.home.ceremonies} ─ {self.labels.ceremony.minutes}"

    def body(self) -> Iterable[Widget]:
        yield Document(self._lines)

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (
            ("↑ ↓", keys.page, True),
            ("C", self.labels.ceremony.as_code, True),
            ("Enter", keys.home, True),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Document).focus()

    def _lines(self, width: int) -> list[Line]:
        words = self.labels.ceremony
        lines: list[Line] = [((f" {words.over}".ljust(width), Tone.BANNER_GOOD),), BLANK]
        lines += [((line, Tone.PLAIN),) for line in wrap(words.over_hint, width)]
        for transcript in self._stage.transcripts:
            lines += [BLANK, ((clean(transcript.title), Tone.TITLE),)]
            for number, said in enumerate(transcript.lines, 1):
                first, *rest = wrap(clean(said), width - 6)
                lines.append(((f"{number:4}  ", Tone.DIM), (first, Tone.PLAIN)))
                lines += [((f"      {line}", Tone.PLAIN),) for line in rest]
            lines += [BLANK, *word_rows(transcript.words, width)]
            digest = transcript.digest.hex()
            lines += [((f"  {digest[:32]}", Tone.DIM),), ((f"  {digest[32:]}", Tone.DIM),)]
        return lines

    def action_code(self) -> None:
        text = "\n".join(transcript.text for transcript in self._stage.transcripts)
        self.go(Carried(self._stage.bench, self.labels.ceremony.minutes, as_text(text), self._stage))

    def action_back(self) -> None:
        self.go(Home(self._stage.bench))
