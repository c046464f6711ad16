"""The PIN of a token or a card, over whatever screen is there: a ceremony's thread waits for it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import ModalScreen

from signer.core.errors import Lock, VaultError
from signer.core.pin import PinOf
from signer.tui.text import BLANK, Tone, clean, wrap
from signer.tui.widgets.frame import Panel
from signer.tui.widgets.secret import SecretField
from signer.tui.words import Labels

_WIDTH = 56


class PinWanted(Message):
    """Something is being opened that has a PIN. `answer` gets it, or VaultError(TOKEN) where nobody gives it."""

    def __init__(self, of: PinOf, name: str, answer: Future[bytearray]) -> None:
        super().__init__()
        self.of = of
        self.name = name
        self.answer = answer


class PinScreen(ModalScreen[None]):
    """Enter gives what was typed; Escape, and every other way this screen ends, gives nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, labels: Labels, wanted: PinWanted) -> None:
        super().__init__()
        self._labels = labels
        self._wanted = wanted

    def compose(self) -> ComposeResult:
        with Container(id="question"):
            yield Panel()
            yield SecretField()

    def on_mount(self) -> None:
        words = self._labels.approve
        title = words.pins[self._wanted.of].format(name=clean(self._wanted.name))
        hint = words.touch if self._wanted.of is PinOf.FIDO2 else words.pin_hint
        self.query_one(Panel).show(
            [
                *(((line, Tone.TITLE),) for line in wrap(title, _WIDTH)),
                BLANK,
                *(((line, Tone.PLAIN),) for line in wrap(hint, _WIDTH)),
                BLANK,
            ]
        )
        self.query_one(SecretField).focus()

    @on(SecretField.Entered)
    def _entered(self) -> None:
        self._wanted.answer.set_result(self.query_one(SecretField).take())
        self.dismiss()

    def action_leave(self) -> None:
        self.dismiss()

    def on_unmount(self) -> None:
        """No thread waits for people who have gone."""
        if not self._wanted.answer.done():
            self._wanted.answer.set_exception(VaultError(Lock.TOKEN, what="no pin"))
