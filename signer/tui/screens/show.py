"""Show: the answer goes back to the builder."""

from __future__ import annotations

from signer.ceremony.reception import Read
from signer.ceremony.signing import Signed
from signer.core.fingerprint import spoken
from signer.tui.report import word_rows
from signer.tui.screens.code import CodeScreen, prose
from signer.tui.screens.confirm import Confirm
from signer.tui.stages import Home, Setting
from signer.tui.text import BLANK, Line, Tone


class ShowScreen(CodeScreen):
    """Draws Signed."""

    step = 5

    def __init__(self, setting: Setting, stage: Signed) -> None:
        super().__init__(setting, Read(stage.answer, stage.dialect))
        self._stage = stage

    def above(self, width: int) -> list[Line]:
        words, frame = self.labels.show, self.labels.frame
        return [
            ((frame.step.format(number=self.step, total=len(frame.steps)), Tone.DIM),),
            *prose(words.title, width, Tone.TITLE),
            *prose(words.signed.format(count=self._stage.signatures), width, Tone.GOOD),
        ]

    def below(self, width: int) -> list[Line]:
        words = self.labels.show
        return [
            *prose(words.done, width, Tone.PLAIN),
            BLANK,
            ((words.words, Tone.DIM),),
            *word_rows(spoken(self._stage.examined.asked.subject), width),
        ]

    def action_done(self) -> None:
        words = self.labels.show
        self.app.push_screen(Confirm(self.labels, words.leave, words.leave_hint), self._confirmed)

    def _confirmed(self, yes: bool | None) -> None:
        if yes:
            self.go(Home(self._stage.bench))
