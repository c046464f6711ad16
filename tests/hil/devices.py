"""What a script runs against: an appliance simulated with light and all, or a real one before a rig's camera.

The appliance's part is to echo: it reads a payload from its camera and shows it again in the dialect it came in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from signer.camera import open_camera
from signer.core.errors import Malformed
from signer.core.sight import Seen
from signer.wire import Decoder, Dialect, Frames, Payload, encode
from signer.wire import open as open_code
from signer.wire.reader import Reader
from signer.wire.symbol import alphanumeric_capacity, ansi, byte_capacity, symbol
from tests.hil.optics import NORMAL, Optics
from tests.hil.screens import page


@dataclass(frozen=True, slots=True)
class Show:
    """A payload on the rig's screen."""

    payload: Payload
    dialect: Dialect
    version: int
    fps: float

    @property
    def frames(self) -> Frames:
        return fitting(self.payload, self.dialect, self.version)


class Device(Protocol):
    """An appliance that echoes."""

    def echo(self, show: Show, seconds: float) -> Payload | None:
        """What comes back while `show` is on the rig's screen; None when nothing whole did in time."""


def fitting(payload: Payload, dialect: Dialect, version: int) -> Frames:
    """Frames that fit a version, found by making fragments smaller."""
    fragment = byte_capacity(version)
    while fragment > 10:
        frames = encode(payload, dialect, fragment)
        text = frames.text(frames.count + 100 if frames.endless else 0)
        try:
            symbol(text, version=version)
        except Malformed:
            fragment = fragment * 9 // 10
        else:
            return frames
    raise Malformed(payload_too_large(version).code)


def payload_too_large(version: int) -> Malformed:
    try:
        symbol(b"A" * (alphanumeric_capacity(version) + 1), version=version)
    except Malformed as error:
        return error
    raise AssertionError("a symbol took more than it holds")


class Simulator:
    """Both directions through simulated light, normal optics at 720p."""

    def echo(self, show: Show, seconds: float) -> Payload | None:
        first = self._through(show.frames, show, seconds, seed=1)
        if first is None:
            return None
        dialect, payload = first
        back = self._through(fitting(payload, dialect, show.version), show, seconds, seed=2)
        return back[1] if back else None

    def _through(
        self, frames: Frames, show: Show, seconds: float, seed: int
    ) -> tuple[Dialect, Payload] | None:
        optics, reader = Optics(NORMAL, "720p", 0.8, seed), Reader()
        decoder: Decoder | None = None
        for shot in optics.film(page(frames, show.version), show.fps, round(seconds * 30)):
            for code in reader.read(shot.frame):
                decoder = decoder or open_code(code.text)
                if decoder.receive(code.text).complete:
                    return decoder.dialect, decoder.payload()
        return None


class Rig:
    """A real appliance: this machine's console is before its camera, its screen before this machine's camera.

    KINKO_RIG_CAMERA names the V4L2 device or its number, KINKO_RIG_CONSOLE the console to draw on.
    """

    def __init__(self) -> None:
        self._camera = os.environ.get("KINKO_RIG_CAMERA", "0")
        self._console = Path(os.environ.get("KINKO_RIG_CONSOLE", "/dev/tty1"))

    def echo(self, show: Show, seconds: float) -> Payload | None:
        camera = open_camera(self._camera)
        try:
            with self._console.open("w") as console:
                return self._watch(show, seconds, camera.poll, console.write)
        finally:
            camera.close()

    def _watch(
        self, show: Show, seconds: float, poll: Callable[[float], object], draw: Callable[[str], int]
    ) -> Payload | None:
        decoder: Decoder | None = None
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            index = int((time.monotonic() - start) * show.fps)
            draw("\x1b[H" + ansi(symbol(show.frames.text(index), version=show.version)) + "\n")
            events = poll(0.5 / show.fps)
            for event in events if isinstance(events, tuple) else ():
                if isinstance(event, Seen):
                    decoder = decoder or open_code(event.text)
                    if decoder.receive(event.text).complete:
                        return decoder.payload()
        return None
