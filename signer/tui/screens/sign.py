"""Sign: the last look before the keys are used, and the moment they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import LoadingIndicator

from signer.ceremony.signing import Approved
from signer.core.errors import KinkoError
from signer.core.finding import Severity, stops
from signer.core.words import finding_sentence
from signer.tui.report import in_short, word_rows
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Approving, Setting, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, wrap
from signer.tui.widgets.frame import Hint, Panel


class SignScreen(StageScreen):
    """Draws Approved: `sign` and `decline` are its verbs."""

    step = 4
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sign", show=False),
        Binding("m", "more", show=False),
        Binding("d,escape", "decline", show=False),
    ]

    def __init__(self, setting: Setting, stage: Approved) -> None:
        super().__init__(setting)
        self._stage = stage
        self._busy = False
        self._findings = stage.flags

    def body(self) -> Iterable[Widget]:
        yield Panel(id="what")
        yield LoadingIndicator()

    def hints(self) -> Sequence[Hint]:
        keys, free = self.labels.keys, not self._busy
        more = (("M", keys.more, free),) if self._further() else ()
        return (("S", keys.sign, free), *more, ("D", keys.decline, free))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(LoadingIndicator).display = False

    def on_resize(self) -> None:
        self._draw()

    def _further(self) -> bool:
        """Whether another officer could open another key of this device."""
        review = self._stage.review
        given = {approval.officer for approval in review.quorum.approvals} | {review.quorum.preparer}
        wanted = [
            slot
            for slot in review.slots
            if stops(self._findings) or len(given & set(slot.officers)) < slot.threshold
        ]
        return any(set(slot.officers) - given for slot in wanted)

    def _flags(self, width: int) -> list[Line]:
        """What is to be said of those who approved together."""
        tones = {Severity.STOP: Tone.STOP, Severity.WARN: Tone.WARN, Severity.INFO: Tone.DIM}
        return [
            line
            for finding in self._findings
            for line in _prose(
                finding_sentence(finding, self.setting.language), width, tones[finding.severity]
            )
        ]

    def _draw(self) -> None:
        words, review = self.labels.sign, self._stage.review
        width = max(40, self.size.width - 4)
        names = ", ".join(clean(approval.officer) for approval in review.quorum.approvals)
        further = words.further if self._further() and not self._busy else ""
        lines: list[Line] = [
            ((words.working if self._busy else words.title, Tone.TITLE),),
            BLANK,
            *_prose("" if self._busy else words.ready, width, Tone.PLAIN),
            *_prose(words.by.format(names=names), width, Tone.GOOD),
            *self._flags(width),
            BLANK,
            *_prose(words.what, width, Tone.DIM),
            *_prose(
                f"{clean(review.examined.account.name)}, {clean(review.examined.report.spend.network)}", width
            ),
            *_prose(in_short(review, self.labels), width),
            BLANK,
            ((self.labels.review.words, Tone.DIM),),
            *word_rows(review.words, width),
            BLANK,
            *_prose(further, width, Tone.DIM),
            *_prose(words.working_hint if self._busy else words.press, width, Tone.STRONG),
        ]
        self.query_one("#what", Panel).show(lines)

    def action_sign(self) -> None:
        if self._busy:
            return
        self._busy = True
        self.query_one(LoadingIndicator).display = True
        self._draw()
        self.show_keys()
        self._sign()

    @work(exclusive=True)
    async def _sign(self) -> None:
        try:
            signed = await asyncio.to_thread(self._stage.sign)
        except KinkoError as error:
            self.go(Stopped(self._stage.review.bench, error))
        else:
            self.go(signed)

    def action_more(self) -> None:
        if not self._busy and self._further():
            self.go(Approving(self._stage))

    def action_decline(self) -> None:
        if not self._busy:
            self.ask_to_decline(self._stage.review.bench, self._stage.decline)


def _prose(text: str, width: int, tone: Tone = Tone.STRONG) -> list[Line]:
    return [((line, tone),) for line in wrap(text, width) if line]
