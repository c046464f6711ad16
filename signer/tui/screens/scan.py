"""Scan: a payment is read from the builder's screen, and examined."""

from __future__ import annotations

import asyncio

from textual import work

from signer.ceremony.reception import Read
from signer.ceremony.signing import Scanning
from signer.core.errors import KinkoError
from signer.tui.screens.document import DocumentScreen
from signer.tui.stages import Home, Setting, Stopped


class ScanScreen(DocumentScreen):
    """Draws Scanning: `receive` is its verb."""

    step = 1

    def __init__(self, setting: Setting, stage: Scanning) -> None:
        super().__init__(
            setting, stage.bench, setting.receiver.resumed(), setting.labels.scan.title, Home(stage.bench)
        )
        self._stage = stage

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
