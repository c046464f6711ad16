"""Two real programs in real terminals, each before the other's camera, with simulated light in between."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from tests.hil.optics import Gray, Optics, Profile
from tests.signer.tui.terminal import Terminal

_HALVES = " ▄▀█"
_DOT = 6  # screen pixels


def screen_of(text: str, size: tuple[int, int]) -> Gray:
    """The cells of a terminal as a camera would see them: half blocks are ink on white."""
    dots = np.full((2 * size[1], size[0]), 255, np.uint8)
    for y, row in enumerate(text.split("\n")[: size[1]]):
        bits = np.array([max(0, _HALVES.find(char)) for char in row[: size[0]]], np.uint8)
        dots[2 * y, : len(bits)][bits & 2 > 0] = 0
        dots[2 * y + 1, : len(bits)][bits & 1 > 0] = 0
    return np.asarray(dots.repeat(_DOT, 0).repeat(_DOT, 1), dtype=np.uint8)


class Light:
    """From one terminal into a named pipe that is another program's camera, until it is put out."""

    def __init__(self, pipe: Path, profile: Profile, fill: float, seed: int) -> None:
        os.mkfifo(pipe)
        self.pipe = pipe
        self._optics = Optics(profile, "720p", fill, seed)
        self._out = threading.Event()
        self._thread: threading.Thread | None = None

    def shine(self, terminal: Terminal, size: tuple[int, int]) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, args=(terminal, size), daemon=True)
        self._thread.start()

    def _run(self, terminal: Terminal, size: tuple[int, int]) -> None:
        while not self._out.is_set():  # a camera that is opened again finds light again
            with contextlib.suppress(BrokenPipeError), self.pipe.open("wb", buffering=0) as stream:
                while not self._out.is_set():
                    picture = screen_of(terminal.screen(), size)
                    frame = self._optics.shoot(picture, picture, 2)
                    stream.write(cv2.imencode(".jpg", frame)[1].tobytes())
                    time.sleep(0.02)

    def put_out(self) -> None:
        """End; harmless when nobody looks any more."""
        self._out.set()
        if self._thread is None:
            return
        reader = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)  # so that no writer waits for one
        while self._thread.is_alive():
            with contextlib.suppress(BlockingIOError):
                os.read(reader, 1 << 20)
            self._thread.join(0.05)
        os.close(reader)
