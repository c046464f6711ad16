"""Home: what this device is, what it holds, what one can do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import assert_never

from textual import on, work
from textual.message import Message
from textual.widget import Widget

from signer.ceremony.addresses import network_name
from signer.ceremony.signing import Bench, Scanning
from signer.core.checkpoint import Checkpoint
from signer.core.errors import KinkoError, Tampered
from signer.core.space import MIB, Space, judge
from signer.core.when import utc
from signer.core.words import Language, error_sentence
from signer.tui.screens.base import StageScreen
from signer.tui.stages import Accounts, Ceremonies, Home, Records, SelfCheck, Setting, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, pad, wrap
from signer.tui.widgets.frame import Hint, Panel
from signer.tui.widgets.menu import Entry, Menu
from signer.tui.words import Labels

_LABEL = 12
_ABOVE = 19  # rows of the screen that are not the state


class Choice(StrEnum):
    """The entries of the menu."""

    SIGN = "sign"
    ACCOUNTS = "accounts"
    RECORDS = "records"
    SELFCHECK = "selfcheck"
    CEREMONIES = "ceremonies"
    LANGUAGE = "language"
    QUIT = "quit"


class Speak(Message):
    """Another language was chosen."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.language = language


class HomeScreen(StageScreen):
    """Draws Home."""

    def __init__(self, setting: Setting, stage: Home) -> None:
        super().__init__(setting)
        self._stage = stage

    def body(self) -> Iterable[Widget]:
        yield Panel(id="what")
        yield Menu(self._entries())
        yield Panel(id="state")

    def _entries(self) -> list[Entry]:
        """What this device offers."""
        words, rooms = self.labels.home, self.setting.rooms
        entries = [
            Entry(Choice.SIGN, words.sign, words.sign_hint, "s"),
            Entry(Choice.ACCOUNTS, words.accounts, words.accounts_hint, "a"),
        ]
        if rooms.archive is not None:
            entries.append(Entry(Choice.RECORDS, words.journal, words.journal_hint, "j"))
        if rooms.selfcheck is not None:
            entries.append(Entry(Choice.SELFCHECK, words.selfcheck, words.selfcheck_hint, "c"))
        if rooms.hall is not None:
            entries.append(Entry(Choice.CEREMONIES, words.ceremonies, words.ceremonies_hint, "k"))
        entries.append(Entry(Choice.LANGUAGE, words.language, words.language_hint, "l"))
        return [*entries, Entry(Choice.QUIT, words.quit, words.quit_hint, "q")]

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (("↑ ↓", keys.choose, True), ("Enter", keys.open, True), ("Q", keys.quit, True))

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Menu).focus()
        self._look()

    def on_resize(self) -> None:
        words, width = self.labels.home, min(76, self.size.width - 4)
        what = [((line, Tone.PLAIN),) for line in wrap(words.what, width)]
        self.query_one("#what", Panel).show([*what, BLANK, ((words.title, Tone.TITLE),)])

    @work(exclusive=True)
    async def _look(self) -> None:
        """Reading the vault and the journal may take a moment."""
        lines: list[Line] = []
        try:
            lines += await asyncio.to_thread(_room, self.setting, self.size.width - 6)
            lines += await asyncio.to_thread(_state, self._stage.bench, self.setting, self.size.width - 6)
        except Tampered as error:
            self.go(Stopped(self._stage.bench, error))
            return
        except KinkoError as error:
            lines.append(((error_sentence(error, self.setting.language), Tone.STOP),))
        room = max(4, self.size.height - _ABOVE)
        more: list[Line] = [(("...", Tone.DIM),)]
        self.query_one("#state", Panel).show(lines if len(lines) <= room else [*lines[: room - 1], *more])

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        choice = Choice(event.name)
        match choice:
            case Choice.SIGN:
                self.go(Scanning(self._stage.bench))
            case Choice.ACCOUNTS:
                self.go(Accounts(self._stage.bench))
            case Choice.RECORDS:
                self.go(Records(self._stage.bench))
            case Choice.SELFCHECK:
                self.go(SelfCheck(self._stage.bench))
            case Choice.CEREMONIES:
                self.go(Ceremonies(self._stage.bench))
            case Choice.LANGUAGE:
                other = Language.EN if self.setting.language is Language.JA else Language.JA
                self.post_message(Speak(other))
            case Choice.QUIT:
                self.app.exit()
            case _:
                assert_never(choice)


def _state(bench: Bench, setting: Setting, width: int) -> list[Line]:
    """Accounts, keys, policy: what an officer checks before anything else."""
    words = setting.labels.home
    image = _rows(words.image, [" ".join(setting.image.words)], width) if setting.image.words else []
    accounts = [
        f"{clean(account.name)}   {network_name(bench.desk, account)}   "
        + words.of.format(threshold=account.threshold, total=len(account.cosigners))
        for account in bench.desk.accounts.list()
    ]
    keys = [
        f"{clean(slot.name)}  {slot.fingerprint.hex()}  "
        + words.opens.format(
            threshold=slot.threshold, total=len(slot.officers), names=", ".join(map(clean, slot.officers))
        )
        for slot in bench.vault.slots()
    ]
    version = bench.desk.policies.current().version
    policy = words.policy_version.format(version=version) if version else words.policy_built_in
    return [
        *_rows(words.accounts, accounts or [words.no_accounts], width),
        *_rows(words.keys, keys or [words.no_keys], width),
        *_rows(words.policy, [policy], width),
        *_rows(words.time, [utc(bench.desk.clock.now())], width),
        *image,
        *_rows(words.journal, [_journal(bench, setting.labels)], width),
    ]


def _room(setting: Setting, width: int) -> list[Line]:
    """Nothing while there is room; before anything is written, a full device is said to be one."""
    if setting.rooms.free is None:
        return []
    words, free = setting.labels.home, setting.rooms.free()
    match judge(free):
        case Space.AMPLE:
            return []
        case Space.LOW:
            return _rows(words.space, [words.space_low.format(free=free // MIB)], width, Tone.WARN)
        case Space.FULL:
            return _rows(words.space, [words.space_full], width, Tone.STOP)


def _journal(bench: Bench, labels: Labels) -> str:
    """How much is recorded, and the head an auditor compares."""
    words, head = labels.home, Checkpoint.from_bytes(bench.journal.checkpoint()).head
    if not head.size:
        return words.journal_empty
    return words.journal_records.format(size=f"{head.size:,}", root=head.root.hex()[:16])


def _rows(label: str, values: Sequence[str], width: int, tone: Tone = Tone.PLAIN) -> list[Line]:
    wrapped = [line for value in values for line in wrap(value, width - _LABEL)]
    labels = [label, *[""] * (len(wrapped) - 1)]
    return [((pad(name, _LABEL), Tone.DIM), (line, tone)) for name, line in zip(labels, wrapped, strict=True)]
