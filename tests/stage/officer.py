"""An officer at the real terminal UI: reads QR frames as pictures, reviews, approves, signs, and leaves photographs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from signer.__main__ import assemble
from signer.ceremony.signing import Approved, Review, Signed
from signer.tui.app import KinkoApp
from signer.tui.screens.show import ShowScreen
from signer.tui.stages import Approving, Home, Stopped
from signer.tui.widgets.qr import QrView
from tests.signer.tui.driving import approve, at, read_all, stage, text
from tests.signer.tui.picture import photograph

CONSOLE = (140, 50)
_DWELL = 0.0


@dataclass(frozen=True)
class Seat:
    """An appliance and the officer in front of it."""

    name: str
    passphrase: str
    home: Path


@dataclass(frozen=True)
class Visit:
    """What one sitting left: the words on the screen, the review as text, how many codes were shown."""

    words: tuple[str, ...]
    review: str
    shown: int
    refused: bool


async def sit(seat: Seat, frames: Path, pictures: Path, answer: Path) -> Visit:
    """Scan `frames`, review, approve, sign. Photographs go to `pictures`, those of the answer's codes to `answer`."""
    pictures.mkdir(parents=True, exist_ok=True)
    app = _app(seat, frames)
    async with app.run_test(size=CONSOLE) as pilot:
        await at(pilot, Home)
        _shoot(pilot, pictures / "1-home.png")
        await pilot.press("s")
        await at(pilot, Review, Stopped)
        _shoot(pilot, pictures / "2-review.png")
        review = stage(pilot)
        seen = text(pilot)
        if not isinstance(review, Review):
            return Visit((), seen, 0, True)
        await read_all(pilot)
        _shoot(pilot, pictures / "3-read.png")
        if not review.examined.verdict.allowed:
            return Visit(review.words, text(pilot), 0, True)
        await pilot.press("a")
        await at(pilot, Approving)
        _shoot(pilot, pictures / "4-approve.png")
        await approve(pilot, seat.name, seat.passphrase)
        await at(pilot, Approved)
        _shoot(pilot, pictures / "5-sign.png")
        await pilot.press("s")
        await at(pilot, Signed)
        _shoot(pilot, pictures / "6-answer.png")
        shown = await _film(pilot, answer)
    return Visit(review.words, seen, shown, False)


def _app(seat: Seat, frames: Path) -> KinkoApp:
    appliance = assemble(seat.home)
    return KinkoApp(
        appliance.bench,
        appliance.open_camera,
        str(frames),
        device_name=seat.home.name,
        development=True,
        dwell=_DWELL,
    )


def _shoot(pilot: Pilot[None], path: Path) -> None:
    photograph(pilot.app, path)


async def _film(pilot: Pilot[None], folder: Path) -> int:
    """A photograph of each code while the animation runs, as the builder's camera would see the screen."""
    folder.mkdir(parents=True, exist_ok=True)
    screen = pilot.app.screen
    assert isinstance(screen, ShowScreen)
    assert screen.query_one(QrView).display
    await pilot.press("space")
    showing = screen.showing
    assert showing is not None
    total = showing.frames.count * (2 if showing.frames.count > 1 else 1)
    for index in range(total):
        photograph(pilot.app, folder / f"screen-{index:03d}.png")
        screen.step_on()
        await pilot.pause()
    return showing.frames.count
