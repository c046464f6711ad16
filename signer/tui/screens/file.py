"""Opening a file instead of a camera: for development only, where the composition root allows it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input

from signer.ceremony.reception import Read, from_file
from signer.core.errors import KinkoError
from signer.core.words import error_sentence
from signer.tui.stages import Setting
from signer.tui.text import Line, Tone, wrap
from signer.tui.widgets.frame import Panel

_WIDTH = 56


class OpenFile(ModalScreen[Read | None]):
    """Asks for a path and reads it; None when the officer goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._setting = setting
        self._labels = setting.labels

    def compose(self) -> ComposeResult:
        with Container(id="question"):
            yield Panel()
            yield Input()

    def on_mount(self) -> None:
        self._tell("")
        self.query_one(Input).focus()

    def _tell(self, problem: str) -> None:
        words = self._labels.scan
        lines: list[Line] = [
            ((words.file, Tone.TITLE),),
            *(((t, Tone.DIM),) for t in wrap(words.file_hint, _WIDTH)),
        ]
        lines += [((text, Tone.STOP),) for text in wrap(problem, _WIDTH) if text]
        self.query_one(Panel).show(lines)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self._read(event.value)

    @work(exclusive=True)
    async def _read(self, path: str) -> None:
        if self._setting.read_file is None:
            return
        try:
            data = await asyncio.to_thread(self._setting.read_file, path)
            read = await asyncio.to_thread(from_file, data)
        except OSError:
            self._tell(self._labels.scan.file_failed)
        except KinkoError as error:
            self._tell(error_sentence(error, self._setting.language))
        else:
            self.dismiss(read)

    def action_back(self) -> None:
        self.dismiss(None)
