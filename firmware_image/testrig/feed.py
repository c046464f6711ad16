"""The picture in front of the test camera: frames from a folder, or noise, sent as the machine asks for them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

WIDTH: Final = 640
HEIGHT: Final = 480
_EACH: Final = 6  # a code stays in sight for so many frames: the machine is slow and may skip some


def codes(folder: Path) -> Iterator[bytes]:
    """The codes of a folder, one after the other for ever, each upright in the middle of a gray frame."""
    frames = [_framed(path) for path in sorted(folder.glob("*.png"))]
    for frame in cycle(frames):
        for _ in range(_EACH):
            yield frame


def noise(seed: int) -> Iterator[bytes]:
    """Frames of nothing, each another."""
    random = np.random.default_rng(seed)
    while True:
        yield random.integers(0, 256, WIDTH * HEIGHT, np.uint8).tobytes()


def _framed(path: Path) -> bytes:
    with Image.open(path) as picture:
        small = picture.convert("L").resize((HEIGHT - 16, HEIGHT - 16), Image.Resampling.LANCZOS)
    frame = Image.new("L", (WIDTH, HEIGHT), 128)
    frame.paste(small, ((WIDTH - small.width) // 2, (HEIGHT - small.height) // 2))
    return frame.tobytes()


class Feeder:
    """Answers the machine's camera on its port until it is closed. `sent` counts frames."""

    def __init__(self, port: socket.socket, frames: Iterator[bytes]) -> None:
        self.sent = 0
        self._port = port
        self._frames = frames
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def show(self, frames: Iterator[bytes]) -> None:
        """Put something else in front of the camera."""
        with self._lock:
            self._frames = frames

    def _serve(self) -> None:
        try:
            while self._port.recv(1):
                with self._lock:
                    frame = next(self._frames)
                self._port.sendall(frame)
                self.sent += 1
        except OSError:
            return


def hand_over(port: socket.socket, packed: bytes) -> None:
    """A home for a new device, once the machine asks for it."""

    def serve() -> None:
        try:
            if port.recv(1):
                port.sendall(len(packed).to_bytes(4, "big") + packed)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
