"""What the screens share: the frame around them, and the one way to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from signer.ceremony.signing import Bench, Declined
from signer.core.errors import KinkoError
from signer.tui.screens.confirm import Confirm
from signer.tui.stages import Setting, Stage, Stopped
from signer.tui.widgets.frame import Head, Hint, KeyBar


class Go(Message):
    """The verb's answer: the stage to draw next."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage


class StageScreen(Screen[None]):
    """Draws one stage. `step` is its place among the five steps of a signature."""

    step: ClassVar[int | None] = None

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self.labels = setting.labels
        self._bar = KeyBar()

    def compose(self) -> ComposeResult:
        yield Head(self.setting, self.step, self.place)
        with Container(id="body"):
            yield from self.body()
        yield self._bar

    def on_mount(self) -> None:
        self.show_keys()

    @property
    def place(self) -> str:
        """What the head calls a screen that is not one of the five steps."""
        return self.labels.frame.home

    def body(self) -> Iterable[Widget]:
        """The widgets between head and keys."""
        return ()

    def hints(self) -> Sequence[Hint]:
        """The keys of the last line."""
        return ()

    def show_keys(self) -> None:
        """Draw the last line again, after what can be done has changed."""
        self._bar.show(self.hints())

    def go(self, stage: Stage) -> None:
        """Leave for another stage."""
        self.post_message(Go(stage))

    def ask_to_decline(self, bench: Bench, decline: Callable[[], Declined]) -> None:
        """Say no to a payment, once that is confirmed. The journal is told, so it takes a moment."""

        def confirmed(yes: bool | None) -> None:
            if yes:
                self._decline(bench, decline)

        words = self.labels.approve
        self.app.push_screen(Confirm(self.labels, words.decline, words.decline_hint), confirmed)

    @work(exclusive=True, group="decline")
    async def _decline(self, bench: Bench, decline: Callable[[], Declined]) -> None:
        try:
            declined = await asyncio.to_thread(decline)
        except KinkoError as error:
            self.go(Stopped(bench, error))
        else:
            self.go(declined)
