"""Draws the pictures of docs/how-to/flash-and-first-boot.md from the screens themselves, held over a home of their own.

    .venv/bin/python -m docs.screens

The keys that are made on the way are thrown away, so two runs differ in them, and in the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image as Picture
from textual.pilot import Pilot

from signer.__main__ import assemble, rooms
from signer.ceremony.custody import Premise
from signer.core.fingerprint import spoken
from signer.core.words import Language
from signer.tui.app import KinkoApp
from signer.tui.forms import CeremonyKind
from signer.tui.stages import Ceremonies, Filling, Home, Image, Minutes, Playing, SelfCheck
from signer.tui.words import labels
from tests.signer.tui.driving import at, begin, text, until
from tests.signer.tui.picture import photograph
from tests.signer.tui.test_ceremonies import People

FOLDER: Final = Path(__file__).parent / "pictures"
SIZE: Final = (100, 32)
COLORS: Final = 24
ROOT: Final = sha256(b"an image that nobody made").digest()
GOOD: Final = (Premise("network", True), Premise("image", True), Premise("device secret", True))


@asynccontextmanager
async def screens(home: Path, language: Language = Language.EN) -> AsyncIterator[Pilot[None]]:
    """The app as `kinko-signer` starts it on an appliance, over this home."""
    appliance = assemble(home)
    offered = rooms(appliance, home, development=False)
    if offered.hall is None or offered.office is None:
        raise RuntimeError("the appliance holds no ceremonies")
    hall = replace(offered.hall, survey=lambda: GOOD)
    checks = offered.selfcheck
    image = Premise("image", True, f"{' '.join(spoken(ROOT))} {ROOT.hex()}")
    app = KinkoApp(
        appliance.bench,
        appliance.open_camera,
        "0",
        language=language,
        device_name="treasury-a",
        development=False,
        read_file=None,
        rooms=replace(
            offered,
            hall=hall,
            office=replace(offered.office, hall=hall),
            selfcheck=lambda: [image, *(checks() if checks else ())],
        ),
        image=Image(spoken(ROOT)),
    )
    async with app.run_test(size=SIZE) as pilot:
        yield pilot


def draw(pilot: Pilot[None], name: str) -> None:
    """One picture, in few colours."""
    path = photograph(pilot.app, FOLDER / f"first-{name}.png")
    with Picture.open(path) as picture:
        picture.quantize(COLORS, dither=Picture.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}  {path.stat().st_size / 1000:.1f} kB")


async def fill(pilot: Pilot[None], *values: str) -> None:
    """Type into a form's blanks, one after the other; an empty one keeps what stands there."""
    for value in values:
        await pilot.press(*("space" if char == " " else char for char in value), "enter")


async def first_start(home: Path) -> None:
    """What is seen from the first start to the first key."""
    async with screens(home) as pilot:
        bench = pilot.app.stage.bench  # type: ignore[attr-defined]
        await until(pilot, lambda: labels(Language.EN).home.journal_empty in text(pilot))
        draw(pilot, "home")
        await begin(pilot, SelfCheck(bench))
        await until(pilot, lambda: "room" in text(pilot))
        draw(pilot, "selfcheck")
        await begin(pilot, Ceremonies(bench))
        draw(pilot, "ceremonies")
        await begin(pilot, Filling(bench, CeremonyKind.CLOCK))
        later = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 3600))
        await fill(pilot, "hana ichiro")
        await pilot.press(*later)
        draw(pilot, "clock")
        await begin(pilot, Filling(bench, CeremonyKind.GENESIS))
        await fill(pilot, "hana ichiro", "aiko ben chie")
        draw(pilot, "genesis")
        await fill(pilot, "", "", "", "")
        await at(pilot, Playing)
        people = People(pilot)
        await people.play(until_asked="passphrase aiko")
        draw(pilot, "passphrase")
        await people.play(until_asked="dice")
        draw(pilot, "dice")
        await hold_to_paper(people)
        draw(pilot, "paper")
        await people.play(until_asked="shares")
        draw(pilot, "read-back")
        await people.play()
        await at(pilot, Minutes)
        draw(pilot, "transcript")
        await begin(pilot, Home(bench))
        await until(pilot, lambda: "2 of 3 officers" in text(pilot))
        draw(pilot, "ready")


async def hold_to_paper(people: People) -> None:
    """Answer until the first page of the backup is shown."""
    await people.answer("dice")
    while people.screen()._handed is None:
        await people.pilot.pause(0.02)
        if people.screen()._waiting:
            people.screen().action_next()
    await people.pilot.pause(0.1)


async def beside(home: Path) -> None:
    """The first screen in Japanese."""
    async with screens(home, Language.JA) as pilot:
        await until(pilot, lambda: labels(Language.JA).home.time in text(pilot))
        draw(pilot, "home-ja")


async def main() -> None:
    """All of them."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        await first_start(home)
        await beside(home)


if __name__ == "__main__":
    asyncio.run(main())
