"""The end of a ceremony without a signature: what is wrong, in plain words, and what to do now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from signer.ceremony.signing import Declined, Scanning
from signer.core.errors import KinkoError, Malformed, Refused, Tampered, VaultError
from signer.core.words import error_sentence
from signer.tui.advice import for_error
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Home, Setting, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, pad, wrap
from signer.tui.widgets.document import Document
from signer.tui.widgets.frame import Hint
from signer.tui.words import Labels


class StoppedScreen(StageScreen):
    """Draws Stopped. A device that was tampered with shows no way on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape", "home", show=False),
        Binding("r", "again", show=False),
    ]

    def __init__(self, setting: Setting, stage: Stopped) -> None:
        super().__init__(setting)
        self._stage = stage
        self._locked = isinstance(stage.error, Tampered)

    def body(self) -> Sequence[Widget]:
        return (Document(self._lines),)

    @property
    def place(self) -> str:
        return self.labels.frame.ended

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return () if self._locked else (("Enter", keys.home, True), ("R", keys.again, True))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Document).focus()

    def _lines(self, width: int) -> list[Line]:
        words, error = self.labels.stop, self._stage.error
        why = error_sentence(error, self.setting.language).split("\n")
        return [
            BLANK,
            ((" " * width, Tone.BANNER_STOP),),
            ((pad(f"   {heading(error, self.labels)}", width), Tone.BANNER_STOP),),
            ((" " * width, Tone.BANNER_STOP),),
            BLANK,
            *(() if self._locked else (((f" {words.nothing}", Tone.GOOD),), BLANK)),
            ((f" {words.why}", Tone.TITLE),),
            *(((f"   {line}", Tone.STRONG),) for reason in why for line in wrap(clean(reason), width - 4)),
            BLANK,
            ((f" {words.todo}", Tone.TITLE),),
            *(((f"   {line}", Tone.PLAIN),) for line in wrap(words.advice[for_error(error)], width - 4)),
        ]

    def action_home(self) -> None:
        if not self._locked:
            self.go(Home(self._stage.bench))

    def action_again(self) -> None:
        if not self._locked:
            self.go(Scanning(self._stage.bench))


class DeclinedScreen(StageScreen):
    """Draws Declined."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape", "home", show=False),
        Binding("r", "again", show=False),
    ]

    def __init__(self, setting: Setting, stage: Declined) -> None:
        super().__init__(setting)
        self._stage = stage

    def body(self) -> Sequence[Widget]:
        return (Document(self._lines),)

    @property
    def place(self) -> str:
        return self.labels.frame.ended

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (("Enter", keys.home, True), ("R", keys.again, True))

    def _lines(self, width: int) -> list[Line]:
        words = self.labels.stop
        return [
            BLANK,
            ((pad(f"   {words.declined}", width), Tone.BANNER_WARN),),
            BLANK,
            *(((f" {line}", Tone.PLAIN),) for line in wrap(words.declined_hint, width - 2)),
        ]

    def action_home(self) -> None:
        self.go(Home(self._stage.bench))

    def action_again(self) -> None:
        self.go(self._stage.again())


def heading(error: KinkoError, labels: Labels) -> str:
    """By whose fault it is, in a word or two."""
    words = labels.stop
    match error:
        case Malformed():
            return words.malformed
        case Refused():
            return words.refused
        case VaultError():
            return words.vault
        case _:
            return words.tampered
