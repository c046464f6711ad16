"""Ceremonies held at the screens, over the real vault and journal: the same scripts, typed by people."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from signer.ceremony.custody import Hall, Premise
from signer.ceremony.script import read_script
from signer.ceremony.table import Paper
from signer.core.errors import KinkoError
from signer.core.words import Language
from signer.journal.journal import FileJournal
from signer.tui.forms import BLANKS, Blank, CeremonyKind, missing, script
from signer.tui.screens.playing import PlayingScreen
from signer.tui.stages import Ceremonies, Filling, Home, Minutes, Playing, Rooms
from signer.tui.widgets.secret import SecretField
from signer.tui.words import labels
from signer.vault.secret import FileDevice
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature
from tests.signer.tui.driving import at, begin, stage, text, until
from tests.signer.tui.ports_simulator import StillClock, World

SIZE = (100, 30)
DICE = "".join(random.Random(11).choices("123456", k=110))
SCRIPTS = Path(__file__).parents[2] / "scripts"
HEX = re.compile(r"\b([0-9a-f]{64}|[0-9a-f]{8})\b")


def hall_at(home: Path, *premises: Premise) -> Hall:
    vault, device = FileVault.at(home), FileDevice(home / "device")
    journal = FileJournal.at(home / "journal", device.key, device.counter("journal"))
    survey = premises or (Premise("network", True), Premise("image", True))
    return Hall(vault, journal, StillClock(), verify_signature, lambda: survey)


class People:
    """Those around the table: what they say, and what they wrote down."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.written: dict[str, str] = {}
        self.use = ("share 1.1", "share 1.2")
        self.fingerprint = ""

    def screen(self) -> PlayingScreen:
        screen = self.pilot.app.screen
        assert isinstance(screen, PlayingScreen)
        return screen

    async def enter(self, words: str) -> None:
        """Type and press Enter, at once."""
        field = self.pilot.app.screen.query_one(SecretField)
        for char in words:
            field.on_key(events.Key(char, char))
        field.on_key(events.Key("enter", None))
        await until(self.pilot, lambda: not field._entered)

    async def play(self, until_asked: str = "") -> None:
        """Answer whatever is asked, until the ceremony is over or asks for something in particular."""
        for _ in range(2000):
            await self.pilot.pause(0.02)
            if not isinstance(stage(self.pilot), Playing) or not isinstance(
                self.pilot.app.screen, PlayingScreen
            ):
                return
            screen = self.screen()
            if screen._asked is not None:
                if screen._asked.name == until_asked:
                    return
                await self.answer(screen._asked.name)
            elif screen._handed is not None:
                self.written[screen._handed.title] = screen._handed.text
                screen.action_next()
            elif screen._waiting:
                assert "did not succeed" not in text(self.pilot), text(self.pilot)
                screen.action_next()
        raise AssertionError(text(self.pilot))

    async def answer(self, name: str) -> None:
        if name.startswith("passphrase "):
            await self.enter(f"the {name}")
        elif name == "dice":
            await self.enter(DICE)
        elif name == "words":
            await self.enter(self.written["words"])
        elif name == "fingerprint":
            proving = self.screen()._rehearsal.stage
            await self.enter(getattr(proving, "fingerprint").hex())  # noqa: B009
        elif name == "shares":
            for share in self.use:
                await self.enter(self.written[share])
            await self.enter("")


async def test_genesis_from_the_menu_to_the_transcript(tmp_path: Path) -> None:
    world, hall = World(), hall_at(tmp_path)
    async with world.app(rooms=Rooms(hall=hall)).run_test(size=SIZE) as pilot:
        await pilot.press("k")
        await at(pilot, Ceremonies)
        await pilot.press("enter")
        await at(pilot, Filling)
        await pilot.press(
            *"hana",
            "enter",
            *"aiko",
            "space",
            *"ben",
            "space",
            *"chie",
            "enter",
            "enter",
            "enter",
            "enter",
            "enter",
        )
        await at(pilot, Playing)
        people = People(pilot)
        await people.play()
        await at(pilot, Minutes)
        assert "The ceremony is over" in text(pilot)
        minutes = stage(pilot)
    assert isinstance(minutes, Minutes)
    (transcript,) = minutes.transcripts
    assert "witnesses: hana" in transcript.lines
    assert "proved: the shares give the key" in transcript.lines
    (slot,) = hall.custody.slots()
    assert (slot.name, slot.officers, slot.threshold) == ("main", ("aiko", "ben", "chie"), 2)
    assert {"words", "share 1.1", "share 1.2", "share 1.3"} == set(people.written)
    assert not any(secret in transcript.text for secret in people.written.values())


async def test_the_scripts_of_the_tests_are_held_at_the_screens_too(tmp_path: Path) -> None:
    """All but camera noise, which no keyboard can give."""
    told = (SCRIPTS / "first-half.txt").read_text().replace("\nnoise\n", "\n")
    world, hall = World(), hall_at(tmp_path)
    async with world.app(rooms=Rooms(hall=hall)).run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(world.bench, read_script(told)))
        people = People(pilot)
        people.use = ("share 1.1", "share 2.1", "share 2.3")
        await people.play()
        await at(pilot, Minutes)
        minutes = stage(pilot)
    assert isinstance(minutes, Minutes)
    golden = (SCRIPTS / "lifecycle.transcript").read_text().split("\n\n")
    for transcript, expected in zip(minutes.transcripts, golden, strict=False):
        assert transcript.title == expected.split("\n")[0]
        said = [line.split("fingerprint")[0].split("mixed")[0] for line in transcript.lines]
        known = [line[5:].split("fingerprint")[0].split("mixed")[0] for line in expected.split("\n")[1:]]
        assert said == [line for line in known if "camera noise" not in line]
    assert len(minutes.transcripts) == 5
    slot = hall.custody.slots()[0]
    assert slot.officers == ("aiko", "ben", "chie", "dai", "fumi")

    # another device takes over from the shares, and the first one is wiped: the rest of the same golden transcript
    people.use = ("share 1.1", "share 2.2", "share 2.3")
    restore = f"restore main 2 {slot.fingerprint.hex()} shares ben chie dai\ncheck main ben dai\n"
    last = (SCRIPTS / "second-half.txt").read_text()
    said = []
    for home, told in (("second", f"witness hana ichiro\n{restore}"), ("", last)):
        at_home = hall_at(tmp_path / home)
        async with World().app(rooms=Rooms(hall=at_home)).run_test(size=SIZE) as pilot:
            await begin(pilot, Playing(world.bench, read_script(told)))
            people.pilot = pilot
            await people.play()
            if "wipe" in told:
                await until(pilot, lambda: "cannot be taken back" in text(pilot))
                await pilot.press("y")
                await people.play()
            await at(pilot, Minutes)
            over = stage(pilot)
        assert isinstance(over, Minutes)
        said += over.transcripts
    for transcript, expected in zip(said, golden[5:], strict=True):
        known = [line[5:] for line in expected.strip("\n").split("\n")[1:]]
        hidden = [HEX.sub("<>", line).replace("<key>", "<>").replace("<hash>", "<>") for line in known]
        assert [HEX.sub("<>", line) for line in transcript.lines] == hidden
    with pytest.raises(KinkoError):
        hall_at(tmp_path)


async def test_a_passphrase_that_was_mistyped_is_noticed(tmp_path: Path) -> None:
    world, hall = World(), hall_at(tmp_path)
    async with world.app(rooms=Rooms(hall=hall)).run_test(size=SIZE) as pilot:
        await begin(
            pilot, Playing(world.bench, read_script("genesis\nofficer aiko\nofficer ben\ngather\ndice\n"))
        )
        people = People(pilot)
        await people.play("passphrase aiko")
        await people.enter("a long passphrase of aiko")
        await until(pilot, lambda: "Type it again" in text(pilot))
        await people.enter("a long passphrase of aika")
        await until(pilot, lambda: "were not the same" in text(pilot))
        await people.enter("short")
        await people.enter("short")
        await until(pilot, lambda: "did not succeed" in text(pilot))
        assert "too short" in text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Passphrase of aiko" in text(pilot))
        await people.play("passphrase ben")
        assert "Passphrase of ben" in text(pilot)


async def test_loaded_dice_are_refused_and_rolled_again(tmp_path: Path) -> None:
    world, hall = World(), hall_at(tmp_path)
    async with world.app(rooms=Rooms(hall=hall)).run_test(size=SIZE) as pilot:
        told = "genesis\nofficer aiko\nofficer ben\ngather\ndice\nmake main 2\n"
        await begin(pilot, Playing(world.bench, read_script(told)))
        people = People(pilot)
        await people.play("dice")
        await people.enter("6" * 120)
        await until(pilot, lambda: "failed their test" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Type the dice" in text(pilot))
        await people.enter(DICE)
        await until(pilot, lambda: "Make the key main 2" in text(pilot))


async def test_a_ceremony_that_is_left_keeps_nothing(tmp_path: Path) -> None:
    world, hall = World(), hall_at(tmp_path)
    async with world.app(rooms=Rooms(hall=hall)).run_test(size=SIZE) as pilot:
        told = script(
            CeremonyKind.GENESIS, {Blank.OFFICERS: "aiko ben chie", Blank.KEY: "main", Blank.THRESHOLD: "2"}
        )
        await begin(pilot, Playing(world.bench, read_script(told)))
        people = People(pilot)
        await people.play("words")
        assert "words" in people.written
        await pilot.press("escape", "y")
        await at(pilot, Home)
    assert not hall.custody.slots()
    assert isinstance(hall.journal, FileJournal)
    last = list(hall.journal.records())[-1].event
    assert dict(last.details)["state"] == "abandoned"


def test_a_further_key_is_agreed_to_in_the_form() -> None:
    told = {Blank.OFFICERS: "aiko ben chie", Blank.KEY: "second", Blank.THRESHOLD: "2"}
    assert script(CeremonyKind.GENESIS, told).startswith("genesis\n")
    assert script(CeremonyKind.GENESIS, told | {Blank.AGREEING: "aiko, ben"}).startswith("genesis aiko ben\n")


async def test_premises_that_are_not_as_they_must_be_are_said(tmp_path: Path) -> None:
    world, hall = World(), hall_at(tmp_path, Premise("network", False, "eth0 is up"))
    async with world.app(rooms=Rooms(hall=hall)).run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(world.bench, read_script("genesis\nofficer aiko\n")))
        await until(pilot, lambda: "did not succeed" in text(pilot))
        assert "eth0" in text(pilot)
        assert "Nothing was" in text(pilot)
        assert "locked" not in text(pilot).lower()


async def test_a_step_is_named_whole_in_the_list_of_steps(tmp_path: Path) -> None:
    """`48h/1h/0h/2` is another path than `48h/1h/0h/2h`."""
    world = World()
    async with world.app(rooms=Rooms(hall=hall_at(tmp_path))).run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(world.bench, read_script("key main 48h/1h/0h/2h aiko ben\n")))
        await until(pilot, lambda: "Its public part" in text(pilot))
        steps = " ".join(line[4:33].strip() for line in text(pilot).split("\n")[2:7])
        assert "Show the key main 48h/1h/0h/2h aiko ben" in steps


async def test_a_form_says_what_is_missing(tmp_path: Path) -> None:
    world = World()
    async with world.app(rooms=Rooms(hall=hall_at(tmp_path))).run_test(size=SIZE) as pilot:
        await begin(pilot, Filling(world.bench, CeremonyKind.CHECK))
        await pilot.press("enter", "enter", "enter")
        await until(pilot, lambda: "Please fill in correctly: Officers present" in text(pilot))
        await pilot.press("escape")
        await at(pilot, Ceremonies)


async def test_wiping_asks_twice(tmp_path: Path) -> None:
    world, hall = World(), hall_at(tmp_path)
    async with world.app(rooms=Rooms(hall=hall), language=Language.JA).run_test(size=SIZE) as pilot:
        await begin(pilot, Playing(world.bench, read_script("wipe hana sd-card-7\n")))
        await pilot.press("enter")
        await until(pilot, lambda: "取り消すことはできません" in text(pilot))
        await pilot.press("n")
        assert isinstance(stage(pilot), Playing)
        await pilot.press("escape", "y")
        await at(pilot, Home)


@pytest.mark.parametrize("kind", list(CeremonyKind))
def test_every_form_makes_a_script_that_is_read(kind: CeremonyKind) -> None:
    values = dict.fromkeys(BLANKS[kind], "x1") | {Blank.BACKUP: "2:1/1,2/3"}
    assert missing(kind, values) is None
    steps = read_script(script(kind, values))
    assert steps
    for language in Language:
        words = labels(language).ceremony
        assert words.kinds[kind]
        assert words.kind_hints[kind]
        assert not {step.verb for step in steps} - words.steps.keys()
        assert not [
            blank for blank in BLANKS[kind] if not words.blanks[blank] or not words.blank_hints[blank]
        ]
        assert set(words.papers) == set(words.carried) == set(Paper)
    for blank in BLANKS[kind]:
        optional = (Blank.WITNESSES, Blank.BACKUP, Blank.AGREEING)
        if blank not in optional and (kind, blank) != (CeremonyKind.WIPE, Blank.PRESENT):
            assert missing(kind, values | {blank: " "}) is blank
