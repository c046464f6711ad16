"""Accounts: what this device signs for, their addresses to show or to check, and themselves for another device."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from signer.ceremony.addresses import (
    SEARCHED,
    address_of,
    export_account,
    find_address,
    has_one_address,
    network_name,
)
from signer.ceremony.reception import NOTES, Read, Receiver
from signer.ceremony.showing import as_descriptor, as_text, largest_version, show
from signer.core.account import Account
from signer.core.errors import KinkoError, Malformed, Tampered
from signer.tui.report import address_lines
from signer.tui.screens.base import StageScreen
from signer.tui.screens.camera import CameraScreen
from signer.tui.stages import Accounts, Address, Carried, Checking, Home, Setting, Stopped
from signer.tui.text import BLANK, Line, Tone, clean, wrap
from signer.tui.widgets.frame import Hint, Panel
from signer.tui.widgets.menu import Entry, Menu
from signer.tui.widgets.qr import QrView


class AccountsScreen(StageScreen):
    """Draws Accounts."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, setting: Setting, stage: Accounts) -> None:
        super().__init__(setting)
        self._stage = stage
        self._accounts: dict[str, Account] = {}

    @property
    def place(self) -> str:
        return self.labels.home.accounts

    def body(self) -> Iterable[Widget]:
        yield Panel()
        yield Menu()

    def hints(self) -> Sequence[Hint]:
        keys = self.labels.keys
        return (
            ("↑ ↓", keys.choose, True),
            ("Enter", keys.open, bool(self._accounts)),
            ("Esc", keys.back, True),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Menu).focus()
        self._look()

    @work(exclusive=True)
    async def _look(self) -> None:
        bench = self._stage.bench
        try:
            accounts = await asyncio.to_thread(bench.desk.accounts.list)
        except KinkoError as error:
            self.go(Stopped(bench, error))
            return
        words = self.labels.accounts
        self._accounts = {account.name: account for account in accounts}
        text = words.choose if accounts else self.labels.home.no_accounts
        self.query_one(Panel).show([((text, Tone.TITLE),)])
        self.query_one(Menu).fill([self._entry(account) for account in accounts])
        self.show_keys()

    def _entry(self, account: Account) -> Entry:
        network = network_name(self._stage.bench.desk, account)
        quorum = self.labels.home.of.format(threshold=account.threshold, total=len(account.cosigners))
        return Entry(account.name, clean(account.name), f"{network}   {quorum}   {account.id.hex()[:16]}")

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        self.go(Address(self._stage.bench, self._accounts[event.name]))

    def action_back(self) -> None:
        self.go(Home(self._stage.bench))


class AddressScreen(StageScreen):
    """Draws Address: one address in fours and as a code."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("right,down", "step(1)", show=False),
        Binding("left,up", "step(-1)", show=False),
        Binding("pagedown", "step(10)", show=False),
        Binding("pageup", "step(-10)", show=False),
        Binding("b", "branch", show=False),
        Binding("c", "check", show=False),
        Binding("x", "export", show=False),
    ]

    def __init__(self, setting: Setting, stage: Address) -> None:
        super().__init__(setting)
        self._stage = stage
        self._branch = stage.branch
        self._index = stage.index

    @property
    def place(self) -> str:
        return f"{self.labels.home.accounts} ─ {clean(self._stage.account.name)}"

    def body(self) -> Iterable[Widget]:
        yield Horizontal(Panel(), QrView())

    def hints(self) -> Sequence[Hint]:
        words, keys = self.labels.accounts, self.labels.keys
        return (
            ("← →", words.next, True),
            ("B", words.branch, True),
            ("C", words.check, True),
            ("X", words.export, True),
            ("Esc", keys.back, True),
        )

    def on_resize(self) -> None:
        self._draw(self._stage.answer, self._stage.good)

    def _draw(self, answer: str = "", good: bool = False) -> None:
        """Also tells the outcome of a check, until another address is shown."""
        words, account, panel = self.labels.accounts, self._stage.account, self.query_one(Panel)
        width = max(24, self.size.width // 2 - 4)
        try:
            address = address_of(self._stage.bench.desk, account, self._branch, self._index)
        except KinkoError as error:
            self.go(Stopped(self._stage.bench, error))
            return
        kind = words.receive if self._branch == 0 else words.change
        lines: list[Line] = [
            ((kind, Tone.TITLE),),
            ((words.number.format(number=self._index), Tone.STRONG),),
            BLANK,
            *address_lines(address, width, indent=2),
            BLANK,
            *(((line, Tone.DIM),) for line in wrap(words.compare, width)),
            BLANK,
            *(((line, Tone.GOOD if good else Tone.STOP),) for line in wrap(answer, width) if line),
        ]
        panel.show(lines)
        self._code(address)

    def _code(self, address: str) -> None:
        view, read = self.query_one(QrView), as_text(address)
        room = largest_version(self.size.width - self.size.width // 2 - 2, self.size.height - 4)
        try:
            view.show(show(read.payload, read.dialect, room).symbol(0))
        except Malformed:
            view.display = False

    def action_step(self, step: int) -> None:
        if has_one_address(self._stage.bench.desk, self._stage.account):
            return
        self._index = max(0, min(2**31 - 1, self._index + step))
        self._draw()

    def action_branch(self) -> None:
        if has_one_address(self._stage.bench.desk, self._stage.account):
            return
        self._branch = 1 - self._branch
        self._index = 0
        self._draw()

    def action_check(self) -> None:
        here = Address(self._stage.bench, self._stage.account, self._branch, self._index)
        self.go(Checking(here))

    def action_export(self) -> None:
        bench, account = self._stage.bench, self._stage.account
        title = self.labels.accounts.export_title.format(name=clean(account.name))
        self.go(Carried(bench, title, as_descriptor(export_account(bench.desk, account)), self._stage))

    def action_back(self) -> None:
        self.go(Accounts(self._stage.bench))


class CheckScreen(CameraScreen):
    """Draws Checking: is the address that somebody holds up one of this account's?"""

    def __init__(self, setting: Setting, stage: Checking) -> None:
        title = setting.labels.accounts.check_title
        super().__init__(setting, stage.address.bench, Receiver(NOTES), title, stage.address)
        self._stage = stage

    @property
    def place(self) -> str:
        return f"{self.labels.home.accounts} ─ {clean(self._stage.address.account.name)}"

    def received(self, read: Read) -> None:
        self._search(read.payload.data.decode("utf-8", "replace"))

    @work(exclusive=True, group="search")
    async def _search(self, text: str) -> None:
        address, words = self._stage.address, self.labels.accounts
        try:
            found = await asyncio.to_thread(find_address, address.bench.desk, address.account, text)
        except Tampered as error:
            self.go(Stopped(address.bench, error))
            return
        except KinkoError:
            found = None
        if found is None:
            answer = words.foreign.format(count=SEARCHED)
            self.go(Address(address.bench, address.account, address.branch, address.index, answer, False))
        else:
            answer = words.own.format(branch=found[0], index=found[1])
            self.go(Address(address.bench, address.account, *found, answer, True))
