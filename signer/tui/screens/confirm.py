"""A question that is answered with yes or no, over the screen that asks it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen

from signer.tui.text import BLANK, Tone, wrap
from signer.tui.widgets.frame import Panel
from signer.tui.words import Labels

_WIDTH = 56


class Confirm(ModalScreen[bool]):
    """Escape and Enter mean no: yes must be said."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,escape,enter", "answer(False)", show=False),
    ]

    def __init__(self, labels: Labels, question: str, hint: str) -> None:
        super().__init__()
        self._labels = labels
        self._question = question
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Container(id="question"):
            yield Panel()

    def on_mount(self) -> None:
        keys = self._labels.keys
        self.query_one(Panel).show(
            [
                *(((line, Tone.TITLE),) for line in wrap(self._question, _WIDTH)),
                BLANK,
                *(((line, Tone.PLAIN),) for line in wrap(self._hint, _WIDTH)),
                BLANK,
                (
                    (" Y ", Tone.KEY),
                    (f" {keys.yes}    ", Tone.PLAIN),
                    (" N ", Tone.KEY),
                    (f" {keys.no}", Tone.PLAIN),
                ),
            ]
        )

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
