"""Documents at the screens: an account formed between three devices by their own codes, a witness, and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from textual.pilot import Pilot

from signer.ceremony.examine import Desk
from signer.ceremony.register import Office
from signer.ceremony.script import read_script
from signer.ceremony.showing import as_text
from signer.chains.registry import READERS
from signer.core.checkpoint import Checkpoint
from signer.core.cosignature import Witness, cosign
from signer.core.words import Language
from signer.journal.journal import FileJournal
from signer.journal.records import Records
from signer.tui.screens.table import FactsScreen, GivenScreen, PaperScreen
from signer.tui.stages import Home, Minutes, Playing, Rooms
from signer.vault.devices import verify_ed25519
from signer.vault.vault import FileVault
from tests.signer.tui.driving import at, begin, read_all, stage, text, until
from tests.signer.tui.ports_simulator import StillClock, Unplugged, World, codes
from tests.signer.tui.test_ceremonies import People, hall_at

SIZE = (100, 30)
NAMES = ("aiko", "ben", "chie")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Witness("witness.example/w1", KEY.public_key().public_bytes_raw())


def rooms_at(home: Path) -> Rooms:
    """A device with a key that two of three officers open."""
    vault = FileVault.at(home)
    vault.create("main", [(name, bytearray(f"the passphrase {name}".encode())) for name in NAMES], 2)
    hall = hall_at(home)
    assert isinstance(hall.journal, FileJournal)
    records = Records(home / "enrolled", bytearray(32), hall.journal, vault.policy)
    desk = Desk(StillClock(), records, records, READERS, verify_ed25519, vault.slots)
    return Rooms(hall=hall, office=Office(hall, desk, records, records))


def show(world: World, document: str) -> None:
    """Hold codes in front of the camera."""
    world.camera.batches += codes(as_text(document))


async def compare(pilot: Pilot[None]) -> str:
    """Read the facts to their end and say that they are the same; what was shown."""
    await until(pilot, lambda: isinstance(pilot.app.screen, FactsScreen))
    await until(pilot, lambda: "words:" in text(pilot))
    shown = text(pilot)
    await read_all(pilot)
    await until(pilot, lambda: "Everything has been shown" in text(pilot))
    await pilot.press("enter")
    return shown


async def carried(pilot: Pilot[None]) -> str:
    """The document on the screen, as another device reads it."""
    await until(pilot, lambda: isinstance(pilot.app.screen, GivenScreen))
    screen = pilot.app.screen
    assert isinstance(screen, GivenScreen)
    given = screen._given.text
    await pilot.press("enter")
    return given


@pytest.mark.slow
async def test_three_devices_form_an_account_by_codes(tmp_path: Path) -> None:
    homes = [rooms_at(tmp_path / str(number)) for number in range(3)]
    keys = []
    for rooms in homes:
        world = World()
        async with world.app(rooms=rooms).run_test(size=SIZE) as pilot:
            await begin(pilot, Playing(world.bench, read_script("key main 48h/1h/0h/2h aiko ben\n")))
            await pilot.press("enter")
            people = People(pilot)
            await people.play()
            keys.append(await carried(pilot))
            await at(pilot, Minutes)
    outgoing, facts = "", []
    for number, rooms in enumerate(homes):
        world = World()
        async with world.app(rooms=rooms).run_test(size=SIZE) as pilot:
            first = number == 0
            verb = "form treasury 2 3" if first else "account treasury"
            await begin(pilot, Playing(world.bench, read_script(f"{verb} bitcoin:regtest\nagree aiko ben\n")))
            await pilot.press("enter")
            for document in keys if first else [outgoing]:
                await until(pilot, lambda: isinstance(pilot.app.screen, PaperScreen))
                reader = pilot.app.screen
                show(world, document)
                await until(pilot, lambda reader=reader: pilot.app.screen is not reader)
            facts.append(await compare(pilot))
            await People(pilot).play()
            if first:
                outgoing = await carried(pilot)
            await at(pilot, Minutes)
            minutes = stage(pilot)
        assert isinstance(minutes, Minutes)
        assert "agreed: by the quorum of every key on this device" in minutes.transcripts[0].lines
    assert facts[1] == facts[2]
    assert all("2 of 3 on bitcoin regtest" in shown for shown in facts)
    accounts = [rooms.office.desk.accounts.list()[0] for rooms in homes if rooms.office]
    assert len({account.id for account in accounts}) == 1


async def test_a_witness_is_enrolled_and_heard_at_the_screens(tmp_path: Path) -> None:
    world, rooms = World(), rooms_at(tmp_path)
    assert rooms.office is not None
    async with world.app(rooms=rooms, language=Language.JA).run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(world.bench, read_script("witness-key\nagree aiko ben\ncosigned\n")))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PaperScreen))
        assert "証人の鍵を見せてください" in text(pilot)
        await pilot.press("escape")  # back, and once more
        await until(pilot, lambda: not isinstance(pilot.app.screen, PaperScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PaperScreen))
        show(world, WITNESS.text)
        await until(pilot, lambda: isinstance(pilot.app.screen, FactsScreen))
        await read_all(pilot)
        await until(pilot, lambda: "すべて表示しました" in text(pilot))
        await pilot.press("enter")
        people = People(pilot)
        await people.play("cosigned")
        await until(pilot, lambda: isinstance(pilot.app.screen, PaperScreen))
        assert rooms.hall is not None
        head = Checkpoint.from_bytes(rooms.hall.journal.checkpoint())
        show(world, cosign(head, WITNESS, KEY.sign, StillClock().now()).to_bytes().decode())
        await at(pilot, Minutes)
    assert WITNESS.name in rooms.office.desk.policies.upkeep().cosigned


async def test_a_camera_that_is_not_there_does_not_end_the_ceremony(tmp_path: Path) -> None:
    world, rooms = Unplugged(), rooms_at(tmp_path)
    assert rooms.office is not None
    async with world.app(rooms=rooms).run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(world.bench, read_script("witness-key\nagree aiko ben\n")))
        await pilot.press("enter")
        await until(pilot, lambda: "camera" in text(pilot) and "again" in text(pilot))
        assert isinstance(pilot.app.screen, PaperScreen)
        assert isinstance(stage(pilot), Playing)
        show(world, WITNESS.text)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, FactsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FactsScreen))
        await pilot.press("escape", "y")
        await at(pilot, Home)


async def test_what_differs_is_not_agreed_to(tmp_path: Path) -> None:
    world, rooms = World(), rooms_at(tmp_path)
    assert rooms.office is not None
    async with world.app(rooms=rooms).run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(world.bench, read_script("builder desk\nagree aiko ben\n")))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PaperScreen))
        show(world, "ab" * 32)
        await until(pilot, lambda: isinstance(pilot.app.screen, FactsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FactsScreen))
        await pilot.press("escape", "y")
        await at(pilot, Home)
    assert not rooms.office.desk.policies.builders()
