"""The sender follows the receiver's feedback code: both real programs, in terminals, through simulated light."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.hil.between import Light
from tests.hil.optics import GOOD, HARD, Profile
from tests.signer.tui.terminal import Terminal

pytestmark = pytest.mark.slow

WIDE, SMALL = (240, 67), (100, 30)


def document(screen: str) -> dict[str, Any]:
    """The JSON document that a program left on its screen."""
    text = screen[screen.index("{\n") : screen.rindex("\n}") + 2]
    found: dict[str, Any] = json.loads("".join(line.strip() for line in text.splitlines()))
    return found


def cross(
    folder: Path, sender: str, receiver: str, size: int, profile: Profile, fill: float
) -> tuple[dict[str, Any], bool]:
    """Send a file from one program to the other; what the sender says, and whether the bytes are right."""
    if not shutil.which("tmux"):
        pytest.fail("tmux is missing: setup/packages.txt names it")
    payload = folder / "payload.psbt"
    payload.write_bytes(b"psbt\xff" + random.Random(size).randbytes(size))
    there, back = Light(folder / "there", profile, fill, 1), Light(folder / "back", profile, fill, 2)
    terminals = []
    for name, program, cells, command in (
        ("s", sender, WIDE, ["show", payload, "--format", "kinko", "--camera", back.pipe, "--fps", "3"]),
        ("r", receiver, SMALL, ["scan", "--camera", there.pipe, "--out", folder / "got", "--timeout", "240"]),
    ):
        (folder / name).mkdir()
        arguments = ["-m", program, *command, *(["--json"] if name == "s" else [])]
        terminals.append(Terminal.start(folder / name, cells, arguments, stay=True))
    try:
        there.shine(terminals[0], WIDE)
        back.shine(terminals[1], SMALL)
        shown = terminals[0].wait('"steps"', "\n}", seconds=150)
    finally:
        for light in (there, back):
            light.put_out()
        for terminal in terminals:
            terminal.end()
    return document(shown), (folder / "got").read_bytes() == payload.read_bytes()


def test_in_hard_light_the_sender_steps_down_and_completes(tmp_path: Path) -> None:
    told, right = cross(tmp_path, "online_builder", "signer", 1_500, HARD, 0.5)
    assert right
    assert told["received"]
    assert told["steps"][0]["shown"] == "1x1 v20"
    assert int(told["steps"][-1]["shown"].split("v")[1]) <= 12


def test_in_good_light_the_sender_steps_up(tmp_path: Path) -> None:
    told, right = cross(tmp_path, "signer", "online_builder", 40_000, GOOD, 0.95)
    assert right
    assert told["received"]
    assert told["steps"][0]["shown"] == "1x1 v20"
    assert any(int(step["shown"].split("v")[1]) > 20 for step in told["steps"])
