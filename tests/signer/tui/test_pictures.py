"""What the screens look like: golden pictures of each in both languages and two sizes, and a code that is read back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from textual.pilot import Pilot

from signer.ceremony.custody import Premise
from signer.ceremony.reception import Receiver, Said
from signer.ceremony.script import read_script
from signer.ceremony.signing import Approved, Review, Scanning
from signer.core.errors import Bad, Broken, Malformed, Refused, Tampered
from signer.core.finding import Code, Finding
from signer.core.sight import Preview, Seen
from signer.core.transcript import Transcript
from signer.core.words import Language
from signer.tui.forms import CeremonyKind
from signer.tui.screens.camera import CameraScreen
from signer.tui.screens.code import CodeScreen
from signer.tui.screens.errands import Asked, Handed
from signer.tui.screens.playing import PlayingScreen
from signer.tui.screens.show import ShowScreen
from signer.tui.stages import (
    Accounts,
    Address,
    Approving,
    Carried,
    Ceremonies,
    Filling,
    Home,
    Minutes,
    Playing,
    Records,
    SelfCheck,
    Stopped,
)
from signer.tui.widgets.document import Document
from signer.tui.words import labels
from signer.wire.kinko import digest_of
from signer.wire.pace import Feedback, read_feedback, write_feedback
from signer.wire.values import Dialect, Format, Kind, Payload
from tests.signer.tui.driving import approve, at, begin, read_all, text, until
from tests.signer.tui.picture import photograph
from tests.signer.tui.ports_simulator import (
    PASSPHRASES,
    Read,
    World,
    codes,
    payment,
    question,
    request,
    swapped,
)

Drive: TypeAlias = Callable[[Pilot[None], World], Awaitable[None]]


def reviewed(world: World, psbt: bytes | None = None) -> Review:
    """The ceremony without its screens, as far as the review."""
    read = asked() if psbt is None else question(psbt)
    return Scanning(world.bench).receive(read.payload, read.dialect)


def given(world: World, *officers: str) -> Review | Approved:
    """A review with approvals."""
    stage: Review | Approved = reviewed(world)
    for officer in officers:
        stage = stage.approve(officer, bytearray(PASSPHRASES[officer].encode()))
    return stage


async def home(pilot: Pilot[None], world: World) -> None:
    await at(pilot, Home)
    await until(pilot, lambda: "treasury-a  4ba43603" in text(pilot))


async def scanning(pilot: Pilot[None], world: World) -> None:
    world.camera.batches += codes(asked())[:2]
    await begin(pilot, Scanning(world.bench))
    await until(pilot, lambda: not world.camera.batches)
    await pilot.pause(0.2)


async def review(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, reviewed(world))
    document = pilot.app.screen.query_one(Document)
    await until(pilot, lambda: document.read_to > 0)


async def review_end(pilot: Pilot[None], world: World) -> None:
    await review(pilot, world)
    await read_all(pilot)
    await pilot.pause()


async def confirm(pilot: Pilot[None], world: World) -> None:
    await review(pilot, world)
    await pilot.press("d")


async def attack(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, reviewed(world, swapped()))
    document = pilot.app.screen.query_one(Document)
    await until(pilot, lambda: document.read_to > 0)


async def approving(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Approving(reviewed(world)))


async def passphrase(pilot: Pilot[None], world: World) -> None:
    await approving(pilot, world)
    await pilot.press("enter", *"abcd")


async def wrong(pilot: Pilot[None], world: World) -> None:
    await approving(pilot, world)
    await approve(pilot, "aiko", "wrong")
    await until(pilot, lambda: bool(world.vault.tries))
    await pilot.pause(0.1)


async def half(pilot: Pilot[None], world: World) -> None:
    stage = given(world, "aiko")
    await begin(pilot, Approving(stage, "aiko"))


async def approved(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, given(world, "aiko", "ben"))


async def showing(pilot: Pilot[None], world: World) -> None:
    stage = given(world, "aiko", "ben")
    assert isinstance(stage, Approved)
    await begin(pilot, stage.sign())
    await pilot.press("space")
    screen = pilot.app.screen
    assert isinstance(screen, ShowScreen)
    screen._index = 0
    screen._draw()
    await pilot.pause()


async def declined(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, reviewed(world).decline())


async def malformed(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Stopped(world.bench, Malformed(Bad.FIELD, what="psbt global")))


async def refused(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Stopped(world.bench, Refused((Finding.of(Code.ACCOUNT_UNKNOWN),))))


async def locked(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Stopped(world.bench, Tampered(Broken.JOURNAL, what="record 3")))


async def accounts(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Accounts(world.bench))
    await until(pilot, lambda: "bitcoin regtest" in text(pilot))


async def address(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Address(world.bench, world.accounts.list()[0], 0, 7))


async def address_foreign(pilot: Pilot[None], world: World) -> None:
    answer = labels(Language.EN).accounts.foreign.format(count=1000)
    await begin(pilot, Address(world.bench, world.accounts.list()[0], 0, 0, answer, False))


async def exported(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Address(world.bench, world.accounts.list()[0]))
    await pilot.press("x")
    await at(pilot, Carried)
    await pilot.press("space")
    screen = pilot.app.screen
    assert isinstance(screen, CodeScreen)
    screen._index = 0
    screen._draw()
    await pilot.pause()


async def records(pilot: Pilot[None], world: World) -> None:
    given(world, "aiko", "ben")
    reviewed(world, swapped()).decline("aiko")
    await begin(pilot, Records(world.bench))
    await until(pilot, lambda: "declined" in text(pilot))


async def selfcheck(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, SelfCheck(world.bench))
    await until(pilot, lambda: "142 records" in text(pilot))


async def selfcheck_failed(pilot: Pilot[None], world: World) -> None:
    world.premises = (*world.premises, Premise("system image", False, "digest differs from the signed one"))
    await selfcheck(pilot, world)


async def ceremonies(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Ceremonies(world.bench))


async def filling(pilot: Pilot[None], world: World) -> None:
    await begin(pilot, Filling(world.bench, CeremonyKind.GENESIS))
    await pilot.press(*"hana", "enter", *"aiko", "space", *"ben")


async def playing(pilot: Pilot[None], world: World) -> PlayingScreen:
    told = "make main 2\nwrite-down\nprove shares\nconclude\ncheck main aiko ben\n"
    await begin(pilot, Playing(world.bench, read_script(told)))
    screen = pilot.app.screen
    assert isinstance(screen, PlayingScreen)
    return screen


async def writing_down(pilot: Pilot[None], world: World) -> None:
    screen = await playing(pilot, world)
    screen._at, screen._waiting = 1, False
    screen._draw_steps()
    screen.post_message(
        Handed(
            "share 1.2", "academic acid acne acquire acrobat activity " * 5 + "adapt adequate adult", Future()
        )
    )
    await until(pilot, lambda: "33 adult" in text(pilot))


async def reading_back(pilot: Pilot[None], world: World) -> None:
    screen = await playing(pilot, world)
    screen._at, screen._waiting = 2, False
    screen._draw_steps()
    screen.post_message(Asked("shares", Future()))
    await until(pilot, lambda: screen._asked is not None)
    await pilot.press(*"duckling", "space", *"enlarge")


async def minutes(pilot: Pilot[None], world: World) -> None:
    transcript = Transcript("Key check").say("premises: network as it must be").say("present: aiko")
    await begin(
        pilot, Minutes(world.bench, (transcript.say("signed: key main signs, a second library verifies"),))
    )
    await until(pilot, lambda: "present: aiko" in text(pilot))


def asked() -> Read:
    return Read(Payload(Kind.REQUEST, request(payment())), Dialect(Format.UR))


SCREENS: tuple[Drive, ...] = (
    home,
    scanning,
    review,
    review_end,
    confirm,
    attack,
    approving,
    passphrase,
    wrong,
    half,
    approved,
    showing,
    declined,
    malformed,
    refused,
    locked,
    accounts,
    address,
    address_foreign,
    exported,
    records,
    selfcheck,
    selfcheck_failed,
    ceremonies,
    filling,
    playing,
    writing_down,
    reading_back,
    minutes,
)


@pytest.mark.parametrize(
    "size", [(80, 24), pytest.param((160, 45), marks=pytest.mark.slow)], ids=["80x24", "160x45"]
)
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("drive", SCREENS, ids=[drive.__name__ for drive in SCREENS])
def test_golden(
    drive: Drive, language: Language, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    world = World()
    app = world.app(language=language, development=drive is home)

    async def run(pilot: Pilot[None]) -> None:
        await drive(pilot, world)

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (240, 67)], ids=str)
async def test_the_answer_on_the_screen_is_read_by_a_camera(size: tuple[int, int], tmp_path: Path) -> None:
    """Frame by frame, from the very cells of the terminal, drawn 8 by 16 pixels each."""
    world = World()
    receiver = Receiver(frozenset(Kind))
    async with world.app().run_test(size=size) as pilot:
        await showing(pilot, world)
        screen = pilot.app.screen
        signed = pilot.app.stage  # type: ignore[attr-defined]
        assert isinstance(screen, ShowScreen)
        for index in range(40):
            screen._index = index
            screen._draw()
            await pilot.pause()
            heard = receiver.feed(read(photograph(pilot.app, tmp_path / "frame.png")))
            if heard.said is Said.DONE:
                break
    assert heard.read is not None
    assert heard.read.payload == signed.answer


async def test_several_codes_at_once_are_read_by_a_camera(tmp_path: Path) -> None:
    world, found = World(), set()
    async with world.app().run_test(size=(240, 67)) as pilot:
        await showing(pilot, world)
        screen = pilot.app.screen
        assert isinstance(screen, ShowScreen)
        assert screen.showing is not None
        await pilot.press("minus", "minus", "minus", "minus", "minus", "minus", "minus", "g")
        assert screen.showing.grid.tiles == 2
        await pilot.pause()
        image = np.asarray(Image.open(photograph(pilot.app, tmp_path / "frame.png")).convert("L"))
        found = {code.bytes for code in zxingcpp.read_barcodes(image)}
        assert found == {screen.showing.frames.text(2 * screen._index + tile) for tile in range(2)}


async def test_the_screen_follows_the_reader_that_its_camera_sees() -> None:
    world = World()
    async with world.app().run_test(size=(240, 67)) as pilot:
        await showing(pilot, world)
        screen = pilot.app.screen
        assert isinstance(screen, ShowScreen)
        await pilot.press("c")
        assert "Only the format KINKO" in text(pilot)
        while screen.showing is not None and screen.showing.dialect.format is not Format.KINKO:
            await pilot.press("t")
        assert screen.showing is not None
        for _ in range(7):
            await pilot.press("minus")
        await pilot.press("space")
        low, digest = screen.showing.capacity, digest_of(screen.showing.payload)
        world.camera.batches.append((Seen(write_feedback(Feedback(digest, 3, 9, 9.0, 0)), 5.0),))
        await until(pilot, lambda: screen.showing is not None and screen.showing.capacity > low)
        assert "The reader has 3 of 9." in text(pilot)
        world.camera.batches.append((Seen(write_feedback(Feedback(digest, 9, 9, 9.0, 0)), 5.0),))
        await until(pilot, lambda: "The reader has everything." in text(pilot))
        await pilot.press("c")
        await until(pilot, lambda: world.camera.closed)
        assert "The reader has" not in text(pilot)


async def test_size_speed_format_and_hold_change_what_is_shown(tmp_path: Path) -> None:
    world = World()
    async with world.app().run_test(size=(160, 60)) as pilot:
        await showing(pilot, world)
        await pilot.press("space")
        screen = pilot.app.screen
        assert isinstance(screen, ShowScreen)
        version = screen._showing.version if screen._showing else 0
        for _ in range(4):
            await pilot.press("minus")
        assert screen._showing is not None
        assert screen._showing.version < version
        await pilot.press("plus")
        await pilot.press("right")
        assert "6 a second" in text(pilot)
        await pilot.press("space")
        assert "held" in text(pilot)
        before = screen._index
        await pilot.pause(0.5)
        assert screen._index == before
        await pilot.press("t")
        assert screen._showing.dialect.format is not Format.UR
        await pilot.press("f")
        assert "Fingerprint" not in text(pilot)
        assert read(photograph(pilot.app, tmp_path / "full.png"))
        await pilot.press("enter", "n")
        assert isinstance(screen, ShowScreen)


async def test_a_console_too_small_for_any_code_says_so() -> None:
    world = World()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await showing(pilot, world)
        await pilot.resize_terminal(50, 12)
        await until(pilot, lambda: "too small" in " ".join(text(pilot).split()))


async def test_a_sender_with_a_camera_is_told_how_it_goes(tmp_path: Path) -> None:
    world = World()
    async with world.app().run_test(size=(160, 60)) as pilot:
        await begin(pilot, Scanning(world.bench))
        batch = codes(Read(Payload(Kind.PSBT, payment(200)), Dialect(Format.KINKO)), 2, version=16)
        world.camera.batches += [
            tuple(event for event in events if not isinstance(event, Preview)) for events in batch
        ]
        await until(pilot, lambda: "KINKO" in text(pilot).split("Format:")[-1] and not world.camera.batches)
        screen = pilot.app.screen
        assert isinstance(screen, CameraScreen)
        screen._tell_sender()
        await pilot.pause()
        told = read_feedback(read(photograph(pilot.app, tmp_path / "feedback.png")))
    assert 0 < told.have < told.need
    assert told.density == 4.2


def read(path: Path) -> bytes:
    """What a QR reader finds in a picture."""
    found = zxingcpp.read_barcodes(np.array(Image.open(path).convert("L")))
    assert len(found) == 1
    return bytes(found[0].bytes)
