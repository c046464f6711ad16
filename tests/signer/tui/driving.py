"""Driving the app as an officer would: wait for a stage, type, read to the end."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.pilot import Pilot

from signer.tui.app import KinkoApp
from signer.tui.screens.base import Go
from signer.tui.stages import Stage
from signer.tui.widgets.document import Document
from signer.tui.widgets.menu import Menu
from signer.tui.widgets.secret import SecretField
from tests.signer.tui.ports_simulator import PASSPHRASES, World, codes, question

_PATIENCE = 500  # times 20 ms


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the app run until something holds."""
    for _ in range(_PATIENCE):
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError(f"never happened at {type(stage(pilot)).__name__}:\n{text(pilot)}")


def stage(pilot: Pilot[None]) -> Stage:
    app = pilot.app
    assert isinstance(app, KinkoApp)
    return app.stage


async def begin(pilot: Pilot[None], stage: Stage) -> None:
    """Draw a stage at once, however far the ceremony has come."""
    pilot.app.screen.post_message(Go(stage))
    await at(pilot, type(stage))
    await pilot.pause()


async def at(pilot: Pilot[None], *kinds: type) -> None:
    """Wait for a stage to be drawn."""
    await until(pilot, lambda: isinstance(stage(pilot), kinds))


def text(pilot: Pilot[None]) -> str:
    """Everything on the screen, a line a row."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def write(pilot: Pilot[None], words: str) -> None:
    """Type a passphrase and Enter."""
    await pilot.press(*("space" if char == " " else char for char in words), "enter")


async def read_all(pilot: Pilot[None]) -> None:
    """Page down until the document says it was read."""
    document = pilot.app.screen.query_one(Document)
    await until(pilot, lambda: document.total > 0)
    while document.read_to < document.total:
        document.action_page(1)
        await pilot.pause()


async def scan(pilot: Pilot[None], world: World, psbt: bytes | None = None) -> None:
    """From home to the review of a payment."""
    world.camera.batches += codes(question(psbt))
    await pilot.press("s")


def marked(pilot: Pilot[None]) -> str:
    """The entry that is marked in the list."""
    entry = pilot.app.screen.query_one(Menu).chosen
    return entry.name if entry else ""


async def approve(pilot: Pilot[None], officer: str, passphrase: str | None = None) -> None:
    """Choose the officer in the list and enter a passphrase."""
    for _ in range(10):
        if marked(pilot) == officer:
            break
        await pilot.press("down")
    await pilot.press("enter")
    field = pilot.app.screen.query_one(SecretField)
    for char in PASSPHRASES[officer] if passphrase is None else passphrase:
        field.on_key(events.Key(char, char))  # at once: pilot.press waits after every key
    await pilot.press("enter")
