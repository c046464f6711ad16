"""The terminal application: it draws the stage it is given, and each screen sends back the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from time import monotonic
from typing import Final, assert_never

from textual import events, on, work
from textual.app import App

from signer.ceremony.ports import Camera
from signer.ceremony.signing import Approved, Bench, Declined, Review, Scanning, Signed
from signer.core.errors import KinkoError
from signer.core.pin import PinOf
from signer.core.words import Language
from signer.tui.screens.accounts import AccountsScreen, AddressScreen, CheckScreen
from signer.tui.screens.approve import ApproveScreen
from signer.tui.screens.base import Go, StageScreen
from signer.tui.screens.ceremonies import CeremoniesScreen, FillingScreen, MinutesScreen
from signer.tui.screens.code import CarriedScreen
from signer.tui.screens.home import HomeScreen, Speak
from signer.tui.screens.pin import PinScreen, PinWanted
from signer.tui.screens.playing import PlayingScreen
from signer.tui.screens.prepared import PreparedScreen
from signer.tui.screens.records import RecordsScreen, SelfCheckScreen
from signer.tui.screens.review import ReviewScreen
from signer.tui.screens.scan import ScanScreen
from signer.tui.screens.show import ShowScreen
from signer.tui.screens.sign import SignScreen
from signer.tui.screens.stopped import DeclinedScreen, StoppedScreen
from signer.tui.stages import (
    Accounts,
    Address,
    Approving,
    Beside,
    Carried,
    Ceremonies,
    Checking,
    Filling,
    Held,
    Home,
    Image,
    Minutes,
    Playing,
    Preparing,
    Records,
    Rooms,
    SelfCheck,
    Setting,
    Stage,
    Stopped,
    session_of,
)
from signer.tui.themes import CALM, theme_for
from signer.tui.widgets.document import DWELL
from signer.tui.words import labels

#: Seconds without a key after which unlocked shares are let go and the payment is declined.
IDLE: Final = 300

NO_ROOMS: Final = Rooms()
NO_IMAGE: Final = Image()


class KinkoApp(App[None]):
    """The signer's screens over a bench. Decides nothing: stages do."""

    CSS_PATH = "styles.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        bench: Bench,
        open_camera: Callable[[str], Camera],
        camera_source: str,
        *,
        language: Language = Language.EN,
        device_name: str = "",
        development: bool = False,
        read_file: Callable[[str], bytes] | None = None,
        rooms: Rooms = NO_ROOMS,
        image: Image = NO_IMAGE,
        dwell: float = DWELL,
        idle: float = IDLE,
    ) -> None:
        """`open_camera(camera_source)` starts a camera. `read_file` offers opening files, for development only.

        `dwell` is how long, in seconds, a line must be in sight to count as read.
        """
        super().__init__()
        self._stage: Stage = Home(bench)
        self._idle = idle
        self._touched = monotonic()
        self._setting = Setting(
            language, device_name, development, open_camera, camera_source, read_file, dwell, rooms, image
        )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Names the style sheet uses, known before a theme is chosen."""
        return CALM.variables

    @property
    def stage(self) -> Stage:
        """What is being drawn."""
        return self._stage

    async def on_mount(self) -> None:
        theme = CALM if self.is_headless else theme_for(self.console.color_system)
        self.register_theme(theme)
        self.theme = theme.name
        self.set_interval(1, self._watch_idle)
        await self.push_screen(self._screen(self._stage))

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self._touched = monotonic()
        await super().on_event(event)

    def ask_pin(self, of: PinOf, name: str) -> bytearray:
        """See core.pin.AskPin; for the threads of ceremonies. Raises VaultError(TOKEN) where nobody gives it."""
        answer: Future[bytearray] = Future()
        self.post_message(PinWanted(of, name, answer))
        return answer.result()

    @on(PinWanted)
    async def _ask_for_pin(self, message: PinWanted) -> None:
        await self.push_screen(PinScreen(labels(self._setting.language), message))

    async def action_quit(self) -> None:
        """Ctrl+Q is for development: an appliance has nowhere to go."""
        if self._setting.development:
            self.exit()

    def action_help_quit(self) -> None:
        """Ctrl+C does nothing."""

    def on_unmount(self) -> None:
        """Whatever way the program ends, nothing unlocked stays behind."""
        session = session_of(self._stage)
        if session is not None:
            session.close()

    @on(Go)
    async def _go(self, message: Go) -> None:
        self._stage = message.stage
        self._touched = monotonic()
        await self._show()

    @on(Speak)
    async def _speak(self, message: Speak) -> None:
        self._setting = replace(self._setting, language=message.language)
        await self._show()

    async def _show(self) -> None:
        while len(self.screen_stack) > 2:
            await self.pop_screen()
        await self.switch_screen(self._screen(self._stage))

    def _screen(self, stage: Stage) -> StageScreen:
        setting = self._setting
        match stage:
            case Home():
                return HomeScreen(setting, stage)
            case Scanning():
                return ScanScreen(setting, stage)
            case Review():
                return ReviewScreen(setting, stage)
            case Approving():
                return ApproveScreen(setting, stage)
            case Approved():
                return SignScreen(setting, stage)
            case Signed():
                return ShowScreen(setting, stage)
            case Declined():
                return DeclinedScreen(setting, stage)
            case Stopped():
                return StoppedScreen(setting, stage)
            case _:
                return self._beside(stage)

    def _beside(self, stage: Beside) -> StageScreen:
        """The screens beside signing."""
        setting = self._setting
        match stage:
            case Accounts():
                return AccountsScreen(setting, stage)
            case Address():
                return AddressScreen(setting, stage)
            case Checking():
                return CheckScreen(setting, stage)
            case Carried():
                return CarriedScreen(setting, stage)
            case Records():
                return RecordsScreen(setting, stage)
            case SelfCheck():
                return SelfCheckScreen(setting, stage)
            case Ceremonies() | Filling() | Preparing() | Playing() | Minutes():
                return self._ceremony(stage)
            case _:
                assert_never(stage)

    def _ceremony(self, stage: Held) -> StageScreen:
        """The screens of ceremonies."""
        setting, hall = self._setting, self._setting.rooms.hall
        match stage:
            case Ceremonies():
                return CeremoniesScreen(setting, stage)
            case Filling():
                return FillingScreen(setting, stage)
            case Preparing():
                return PreparedScreen(setting, stage)
            case Playing():
                return PlayingScreen(setting, stage, hall) if hall else HomeScreen(setting, Home(stage.bench))
            case Minutes():
                return MinutesScreen(setting, stage)
            case _:
                assert_never(stage)

    def _watch_idle(self) -> None:
        if session_of(self._stage) is not None and monotonic() - self._touched > self._idle:
            self._abandon(self._stage)

    @work(exclusive=True, group="idle")
    async def _abandon(self, stage: Stage) -> None:
        """Officers who walked away have not agreed."""
        match stage:
            case Review() | Approved():
                decline = stage.decline
            case Approving():
                decline = stage.stage.decline
            case _:
                return
        try:
            declined = await asyncio.to_thread(decline)
        except KinkoError as error:
            await self._go(Go(Stopped(_bench(stage), error)))
        else:
            await self._go(Go(declined))


def _bench(stage: Review | Approved | Approving) -> Bench:
    match stage:
        case Review():
            return stage.bench
        case Approved() | Approving():
            return stage.review.bench
