"""Playing: a ceremony step by step. Every step is named; what is secret goes from the keyboard to the ceremony."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from hmac import compare_digest
from typing import ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from signer.ceremony.custody import Hall
from signer.ceremony.script import Rehearsal, Step
from signer.core.errors import KinkoError, Tampered
from signer.core.words import error_sentence
from signer.tui.screens.confirm import Confirm
from signer.tui.screens.errands import Asked, Handed, Left, Taken
from signer.tui.screens.table import TableScreen
from signer.tui.stages import Home, Minutes, Playing, Setting, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, pad, wrap
from signer.tui.widgets.frame import Hint, Panel
from signer.tui.widgets.secret import SecretField

#: Steps that begin only when somebody presses Enter.
_WAITING: Final = frozenset(
    (
        "make write-down conclude wipe check replace revoke drill read-back restore account form key builder"
    ).split()
    + "witness-key policy cosigned control successor spare decommission clock".split()
)
#: Steps that cannot be taken back are asked for twice.
_FINAL: Final = frozenset({"wipe", "decommission"})
_NEW_PASSPHRASE: Final = frozenset({"officer", "restore"})
_PASSPHRASE: Final = "passphrase "
_ACROSS: Final = 4  # words of a backup a line
_STEP: Final = 29  # cells of a step in the list
_ABOVE: Final = 18  # rows that are not the transcript


class PlayingScreen(TableScreen):
    """Draws Playing: left the steps, right what is to be done now."""

    AUTO_FOCUS = ""  # the field is hidden until something is asked
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", show=False),
        Binding("escape", "leave", show=False),
    ]

    def __init__(self, setting: Setting, stage: Playing, hall: Hall) -> None:
        super().__init__(setting, stage.bench)
        self._stage = stage
        office = setting.rooms.office
        hall = replace(hall, script=stage.script)
        self._rehearsal = Rehearsal(hall, self._ask, self._hand, office, self.table)
        self._at = 0
        self._waiting = False
        self._asked: Asked | None = None
        self._handed: Handed | None = None
        self._first: bytearray | None = None
        self._lines_given = bytearray()

    @property
    def place(self) -> str:
        return self.labels.home.ceremonies

    @property
    def _step(self) -> Step:
        return self._stage.steps[self._at]

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield Panel(id="steps")
            with Vertical(id="now"):
                yield Panel(id="task")
                yield SecretField()
                yield Panel(id="problem")
                yield Panel(id="said")

    def hints(self) -> Sequence[Hint]:
        words = self.labels.ceremony
        ready = self._waiting or self._asked is not None or self._handed is not None
        ready = ready or self.errand is not None
        return (("Enter", words.next, ready), ("Esc", words.leave, ready))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(SecretField).display = False
        self._begin()

    # --- the ceremony's thread: it waits for people, the screen does not -----------------------------------------

    def _ask(self, name: str) -> bytearray:
        answer: Future[bytearray] = Future()
        self.post_message(Asked(name, answer))
        return answer.result()

    def _hand(self, title: str, text: str) -> None:
        answer: Future[None] = Future()
        self.post_message(Handed(title, text, answer))
        answer.result()

    @work(thread=True, exclusive=True)
    def _take(self, step: Step) -> None:
        try:
            self._rehearsal.take(step)
        except Left:
            return
        except KinkoError as error:
            self.post_message(Taken(error))
        else:
            self.post_message(Taken())

    @work(thread=True, group="leaving")
    def _end(self) -> None:
        try:
            self._rehearsal.leave()
        except KinkoError as error:
            self.go(Stopped(self._stage.bench, error))
        else:
            self.go(Home(self._stage.bench))

    # --- the screen's ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """The next step, at once or when somebody says so."""
        self._waiting = self._step.verb in _WAITING
        self._draw_steps()
        self._draw_said()
        if self._waiting:
            self._tell(self._title(self._step), self.labels.ceremony.explain.get(self._step.verb, ""))
        else:
            self._run()
        self.show_keys()

    def _run(self) -> None:
        self._waiting = False
        self._tell(self._title(self._step), self.labels.ceremony.working)
        self._take(self._step)

    @on(Taken)
    def _taken(self, message: Taken) -> None:
        self.errand = None
        self._clear()
        error = message.error
        if isinstance(error, Tampered):
            self.go(Stopped(self._stage.bench, error))
        elif error is not None:
            self._waiting = True
            self._tell(self._title(self._step), self.labels.ceremony.again)
            self._complain(error_sentence(error, self.setting.language))
            self.show_keys()
        elif self._at + 1 < len(self._stage.steps):
            self._at += 1
            self._begin()
        else:
            self.go(Minutes(self._stage.bench, self._rehearsal.transcripts))

    @on(Asked)
    def _on_asked(self, message: Asked) -> None:
        self._asked = message
        self._invite()
        field = self.query_one(SecretField)
        field.reveal(not message.name.startswith(_PASSPHRASE))
        field.display = True
        field.focus()
        self.show_keys()

    def _invite(self) -> None:
        """Say what is to be typed."""
        words, name = self.labels.ceremony, self._asked.name if self._asked else ""
        if name.startswith(_PASSPHRASE):
            officer = clean(name.removeprefix(_PASSPHRASE))
            title = self.labels.approve.passphrase.format(officer=officer)
            hint = words.repeat if self._first is not None else self.labels.approve.passphrase_hint
        else:
            title = words.asks.get(name, clean(name))
            hint = words.ask_hints.get(name, "")
        self._tell(title, hint)

    @on(Handed)
    def _on_handed(self, message: Handed) -> None:
        self._handed = message
        words = self.labels.ceremony
        title = (
            words.write_words
            if message.title == "words"
            else words.write_share.format(name=clean(message.title))
        )
        lines: list[Line] = [((title, Tone.TITLE),), BLANK]
        given = message.text.split()
        self.query_one("#steps").display = False  # the words need the room, and attention
        self.query_one("#said").display = False
        for start in range(0, len(given), _ACROSS):
            row: list[tuple[str, Tone]] = []
            for number, word in enumerate(given[start : start + _ACROSS], start + 1):
                row += [(f"{number:>3} ", Tone.DIM), (pad(clean(word), 12), Tone.STRONG)]
            lines.append(tuple(row))
        lines += [BLANK, *self._prose(words.write_hint, Tone.PLAIN)]
        self.query_one("#task", Panel).show(lines)
        self.show_keys()

    @on(SecretField.Entered)
    def _entered(self) -> None:
        field, asked = self.query_one(SecretField), self._asked
        if asked is None:
            return
        secret = field.take()
        if asked.name == "shares" and secret:
            self._lines_given += (b"\n" if self._lines_given else b"") + secret
            secret[:] = bytes(len(secret))
            self._complain(
                self.labels.ceremony.share_more.format(count=self._lines_given.count(b"\n") + 1), Tone.GOOD
            )
            return
        if asked.name.startswith(_PASSPHRASE) and self._is_new(asked.name) and not self._repeated(secret):
            return
        if asked.name == "shares":
            secret, self._lines_given = self._lines_given, bytearray()
        self._clear()
        self._tell(self._title(self._step), self.labels.ceremony.working)
        asked.answer.set_result(secret)

    def _is_new(self, name: str) -> bool:
        """Whether this passphrase is being chosen, and not only proved."""
        coming = self._step.verb == "replace" and self._step.words[1:2] == (name.removeprefix(_PASSPHRASE),)
        return self._step.verb in _NEW_PASSPHRASE or coming

    def _repeated(self, secret: bytearray) -> bool:
        """A new passphrase is typed twice; `secret` is wiped where it was not the second, equal time."""
        if self._first is None:
            self._first = secret
            self._complain("")
            self._invite()
            return False
        first, self._first = self._first, None
        same = compare_digest(first, secret)
        first[:] = bytes(len(first))
        if not same:
            secret[:] = bytes(len(secret))
            self._invite()
            self._complain(self.labels.ceremony.differ)
        return same

    def action_next(self) -> None:
        if self._handed is not None:
            handed, self._handed = self._handed, None
            self._clear()
            handed.answer.set_result(None)
        elif self.errand is not None and not self.errand.answer.done():
            self.open_errand()
        elif self._waiting:
            if self._step.verb in _FINAL:
                words = self.labels.ceremony
                self.app.push_screen(Confirm(self.labels, words.wipe, words.wipe_hint), self._wipe)
            else:
                self._complain("")
                self._run()

    def _wipe(self, yes: bool | None) -> None:
        if yes:
            self._run()

    def action_leave(self) -> None:
        if self._waiting or any((self._asked, self._handed, self.errand)):
            words = self.labels.ceremony
            self.app.push_screen(Confirm(self.labels, words.leave_ask, words.leave_hint), self._left)

    def _left(self, yes: bool | None) -> None:
        if not yes:
            return
        waiting = self._asked or self._handed
        self._clear()
        self._asked = self._handed = None
        self.end_errand()
        if waiting is not None:
            waiting.answer.set_exception(Left())
        self._end()

    def on_unmount(self) -> None:
        """Nothing typed stays behind, and no thread waits for people who have gone."""
        waiting = self._asked or self._handed
        self.end_errand()
        self._clear()
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_exception(Left())
        if self._first is not None:
            self._first[:] = bytes(len(self._first))

    def _clear(self) -> None:
        self._asked = None
        for panel in self.query("#steps, #said"):
            panel.display = True
        self._lines_given[:] = bytes(len(self._lines_given))
        self._lines_given = bytearray()
        for field in self.query(SecretField):
            field.wipe()
            field.display = False
        self.set_focus(None)
        self._complain("")

    def _tell(self, title: str, text: str) -> None:
        self.query_one("#task", Panel).show(
            [*self._prose(title, Tone.TITLE), BLANK, *self._prose(text, Tone.PLAIN)]
        )

    def _complain(self, text: str, tone: Tone = Tone.STOP) -> None:
        for panel in self.query("#problem").results(Panel):
            panel.show(self._prose(clean(text), tone))

    def _prose(self, text: str, tone: Tone) -> list[Line]:
        width = max(24, self.size.width - 42)
        return [((line, tone),) for line in wrap(text, width) if line]

    def _title(self, step: Step) -> str:
        words = " ".join(clean(word) for word in step.words)
        return f"{self.labels.ceremony.steps.get(step.verb, step.verb)} {words}".strip()

    def _draw_said(self) -> None:
        """What the transcript says by now: what everybody in the room is to see before the next step."""
        said = self._rehearsal.said
        lines = [line for text in said for line in self._prose(f"· {clean(text)}", Tone.PLAIN)]
        room = max(3, self.size.height - _ABOVE)
        shown: list[Line] = [((self.labels.ceremony.so_far, Tone.DIM),), *lines[-room:]] if lines else []
        self.query_one("#said", Panel).show(shown)

    def _draw_steps(self) -> None:
        """Where one is, a line a step; the last ones done scroll away on a small screen."""
        lines: list[Line] = []
        for place, step in enumerate(self._stage.steps):
            mark, tone = (
                ("■", Tone.GOOD)
                if place < self._at
                else ("►", Tone.NOW)
                if place == self._at
                else ("·", Tone.DIM)
            )
            first, *rest = wrap(self._title(step), _STEP)
            lines.append(((f" {mark} ", tone), (f" {first}", Tone.STRONG if place == self._at else Tone.DIM)))
            lines += [((f"    {line}", Tone.DIM),) for line in rest]
        room = max(3, self.size.height - 6)
        top = max(0, min(self._at - room // 2, len(lines) - room))
        self.query_one("#steps", Panel).show(lines[top : top + room])
