"""Scan: a payment is read from the builder's screen, and examined."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from signer.ceremony.reception import Read
from signer.ceremony.signing import Scanning
from signer.core.errors import KinkoError
from signer.tui.screens.camera import CameraScreen
from signer.tui.screens.file import OpenFile
from signer.tui.stages import Home, Setting, Stopped
from signer.tui.widgets.frame import Hint


class ScanScreen(CameraScreen):
    """Draws Scanning: `receive` is its verb."""

    step = 1
    BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "file", show=False)]

    def __init__(self, setting: Setting, stage: Scanning) -> None:
        super().__init__(
            setting, stage.bench, setting.receiver.resumed(), setting.labels.scan.title, Home(stage.bench)
        )
        self._stage = stage

    def hints(self) -> Sequence[Hint]:
        file = (("O", self.labels.keys.file, not self.reading),) if self.setting.read_file else ()
        return (*file, *super().hints())

    def received(self, read: Read) -> None:
        self._examine(read)

    @work(exclusive=True, group="examine")
    async def _examine(self, read: Read) -> None:
        """Reading, judging and journaling take a moment: not on the thread that draws."""
        try:
            review = await asyncio.to_thread(self._stage.receive, read.payload, read.dialect)
        except KinkoError as error:
            self.go(Stopped(self._stage.bench, error))
        else:
            self.go(review)

    def action_file(self) -> None:
        if self.setting.read_file is not None and not self.reading:
            self.app.push_screen(OpenFile(self.setting), self._opened)

    def _opened(self, read: Read | None) -> None:
        if read is not None and not self.reading:
            self.take(read)
