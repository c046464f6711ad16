"""PINs at the screens: asked over whatever is there, for a thread that waits, and never waited for in vain."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from signer.ceremony.script import read_script
from signer.core.errors import Lock, VaultError
from signer.core.pin import PinOf
from signer.core.words import Language
from signer.tui.app import KinkoApp
from signer.tui.screens.pin import PinScreen
from signer.tui.screens.playing import PlayingScreen
from signer.tui.stages import Playing, Rooms
from signer.tui.widgets.secret import SecretField
from signer.vault.hardware import Hardware, Readers
from tests.signer.tui.driving import begin, text, until
from tests.signer.tui.ports_simulator import World
from tests.signer.tui.test_ceremonies import SIZE, People, hall_at
from tests.signer.vault.authenticator import Plugged, Token


async def wanted(pilot: Pilot[None]) -> SecretField:
    await until(pilot, lambda: isinstance(pilot.app.screen, PinScreen))
    await until(pilot, lambda: bool(pilot.app.screen.query(SecretField)))
    return pilot.app.screen.query_one(SecretField)


def enter(field: SecretField, words: str) -> None:
    for char in words:
        field.on_key(events.Key(char, char))
    field.on_key(events.Key("enter", None))


def asking(app: KinkoApp, of: PinOf = PinOf.CARD) -> asyncio.Task[bytearray]:
    return asyncio.create_task(asyncio.to_thread(app.ask_pin, of, "aiko"))


@pytest.mark.parametrize("of", PinOf)
@pytest.mark.parametrize("language", Language)
async def test_it_is_typed_unseen_and_the_screen_below_is_back(of: PinOf, language: Language) -> None:
    app = World().app(language=language)
    async with app.run_test(size=SIZE) as pilot:
        below = app.screen
        asked = asking(app, of)
        field = await wanted(pilot)
        await until(pilot, lambda: "aiko" in text(pilot))
        assert "PIN" in text(pilot)
        enter(field, "2468")
        assert bytes(await asked) == b"2468"
        await until(pilot, lambda: app.screen is below)
        assert "2468" not in text(pilot)


async def test_escape_gives_none() -> None:
    app = World().app()
    async with app.run_test(size=SIZE) as pilot:
        asked = asking(app)
        await wanted(pilot)
        await pilot.press("1", "escape")
        with pytest.raises(VaultError) as caught:
            await asked
        assert (caught.value.code, caught.value.details["what"]) == (Lock.TOKEN, "no pin")


async def test_nobody_waits_for_a_program_that_has_ended() -> None:
    app = World().app()
    async with app.run_test(size=SIZE) as pilot:
        asked = asking(app)
        await wanted(pilot)
    with pytest.raises(VaultError):
        await asyncio.wait_for(asked, 20)


async def test_an_officer_gets_his_fido2_token_at_the_screens(tmp_path: Path) -> None:
    plugged, hall = Plugged(Token(pin="1357"), tmp_path / "hid"), hall_at(tmp_path / "home")
    app = World().app(rooms=Rooms(hall=hall))
    readers = Readers.at(tmp_path / "home", Hardware(fido2=str(plugged.path)), app.ask_pin)
    hall = replace(hall, custody=replace(hall.custody, equipment=readers))  # type: ignore[type-var]
    app._setting = replace(app._setting, rooms=Rooms(hall=hall))
    steps = read_script("genesis\nofficer aiko holds=fido2\nofficer ben\nofficer chie\ngather\ndice\n")
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(World().bench, steps))
        people = People(pilot)
        playing = app.screen
        assert isinstance(playing, PlayingScreen)
        for _ in range(2):
            await until(pilot, lambda: playing._asked is not None)
            await people.enter("the passphrase aiko")
        field = await wanted(pilot)
        assert "aiko's FIDO2 token" in text(pilot)
        enter(field, "1357")
        await until(pilot, lambda: playing._at == 2 or playing._asked is not None)
        stage = playing._rehearsal.stage
        assert stage is not None
        assert "appointed: aiko (officer), shows fido2 beside a passphrase" in stage.transcript.text
    plugged.pull()
