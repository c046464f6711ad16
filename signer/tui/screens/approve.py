"""Approve: one officer after the other proves himself; everybody sees who has and who is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from signer.ceremony.signing import Approved, Review
from signer.core.errors import KinkoError, Refused, Tampered, VaultError
from signer.core.words import error_sentence
from signer.tui.report import in_short
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Approving, Setting, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, wrap
from signer.tui.widgets.frame import Hint, Panel
from signer.tui.widgets.menu import Entry, Menu
from signer.tui.widgets.secret import SecretField


class ApproveScreen(StageScreen):
    """Draws Approving: `approve` and `decline` are its verbs."""

    step = 3
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("f10", "decline", show=False, priority=True),
    ]

    def __init__(self, setting: Setting, stage: Approving) -> None:
        super().__init__(setting)
        self._stage = stage
        self._officer: str | None = None
        self._busy = False

    def body(self) -> Iterable[Widget]:
        yield Panel(id="what")
        yield Menu(id="officers")
        yield Panel(id="ask")
        yield SecretField()
        yield Panel(id="answer")

    def hints(self) -> Sequence[Hint]:
        keys, typing = self.labels.keys, self._officer is not None
        choose = () if typing else (("↑ ↓", keys.choose, not self._busy),)
        return (
            *choose,
            ("Enter", keys.enter, not self._busy),
            ("Esc", keys.back, not self._busy),
            ("F10", keys.decline, not self._busy),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._fill()
        words, thanked = self.labels.approve, clean(self._stage.thanked)
        thanks = f"{words.thanks.format(officer=thanked)} {words.next}"
        self._choose(*([((thanks, Tone.GOOD),)] if thanked else []))

    def _fill(self) -> None:
        """Who has approved, who can, who cannot."""
        words, review = self.labels.approve, self._stage.review
        given = [approval.officer for approval in review.quorum.approvals]
        names = ", ".join(map(clean, given)) or words.nobody
        missing = words.missing.format(count=max(1, review.quorum.missing))
        lines: list[Line] = [
            ((words.title, Tone.TITLE),),
            BLANK,
            *(
                ((line, Tone.STRONG),)
                for line in wrap(in_short(review, self.labels), max(40, self.size.width - 4))
            ),
            ((" ".join(review.words), Tone.DIM),),
            BLANK,
            ((words.approved.format(names=names), Tone.GOOD if given else Tone.PLAIN),),
            *([((missing, Tone.WARN),)] if isinstance(self._stage.stage, Review) else []),
        ]
        self.query_one("#what", Panel).show(lines)
        self.query_one(Menu).fill([self._entry(name, given) for name in sorted(review.quorum.officers)])

    def _entry(self, name: str, given: Sequence[str]) -> Entry:
        words = self.labels.approve
        if name in given:
            return Entry(name, clean(name), words.state_approved, usable=False, tone=Tone.GOOD)
        if self._stage.review.quorum.prepared_by(name):
            return Entry(name, clean(name), words.state_prepared, usable=False, tone=Tone.STOP)
        return Entry(name, clean(name), words.state_open)

    def _choose(self, *answer: Line) -> None:
        """Back to choosing an officer, with the outcome of the last one if there is any."""
        self._officer = None
        field = self.query_one(SecretField)
        field.wipe()
        field.display = False
        self.query_one("#ask", Panel).show([((self.labels.approve.ask, Tone.STRONG),)])
        self.query_one("#answer", Panel).show(answer)
        menu = self.query_one(Menu)
        menu.disabled = False
        menu.focus()
        self.show_keys()

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        words = self.labels.approve
        self._officer = event.name
        self.query_one(Menu).disabled = True
        ask = words.passphrase.format(officer=clean(event.name))
        self.query_one("#ask", Panel).show([((ask, Tone.STRONG),), ((words.passphrase_hint, Tone.DIM),)])
        self.query_one("#answer", Panel).show([])
        field = self.query_one(SecretField)
        field.display = True
        field.focus()
        self.show_keys()

    @on(SecretField.Entered)
    def _entered(self) -> None:
        field = self.query_one(SecretField)
        if self._officer is None or self._busy:
            return
        if field.empty:
            field.wipe()
            self.query_one("#answer", Panel).show([((self.labels.approve.empty, Tone.WARN),)])
            return
        self._busy = True
        self.query_one("#answer", Panel).show([((self.labels.approve.checking, Tone.PLAIN),)])
        self.show_keys()
        self._approve(self._officer, field.take())

    @work(exclusive=True)
    async def _approve(self, officer: str, secret: bytearray) -> None:
        """Argon2id in the signing child takes a second or so: the screen stays alive meanwhile."""
        try:
            stage = await asyncio.to_thread(self._stage.stage.approve, officer, secret)
        except (VaultError, Refused) as error:
            self._failed(error)
        except (Tampered, KinkoError) as error:
            self.go(Stopped(self._stage.review.bench, error))
        else:
            self.go(stage if isinstance(stage, Approved) else Approving(stage, officer))
        finally:
            secret[:] = bytes(len(secret))
            self._busy = False

    def _failed(self, error: KinkoError) -> None:
        sentence = error_sentence(error, self.setting.language)
        width = max(40, self.size.width - 4)
        self._busy = False
        self._choose(*(((line, Tone.STOP),) for line in wrap(clean_lines(sentence), width)))

    def action_back(self) -> None:
        if self._busy:
            return
        if self._officer is not None:
            self._choose()
        else:
            self.go(self._stage.stage)

    def action_decline(self) -> None:
        if not self._busy:
            self.ask_to_decline(self._stage.review.bench, self._stage.stage.decline)


def clean_lines(text: str) -> str:
    """Each line made harmless, line breaks kept."""
    return "\n".join(clean(line) for line in text.split("\n"))
