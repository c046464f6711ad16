"""A real terminal: tmux holds it, keys are sent as a person would press them, the cells are read back."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zxingcpp
from numpy.typing import NDArray

ROOT = Path(__file__).parents[3]
_HALVES = " ▄▀█"
_SCALE = 4


@dataclass(frozen=True)
class Terminal:
    """One program in one tmux server of its own, told apart by its socket."""

    socket: Path

    @classmethod
    def start(
        cls,
        folder: Path,
        size: tuple[int, int],
        arguments: Sequence[object],
        term: str = "tmux-256color",
        *,
        stay: bool = False,
    ) -> Terminal:
        """Run `python ARGUMENTS` in a terminal of (columns, rows). With `stay` its screen outlives it."""
        terminal = cls(folder / "tmux")
        command = shlex.join([sys.executable, *(str(part) for part in arguments)])
        width, height = (str(cells) for cells in size)
        run = f"{command}; exec sleep 600" if stay else f"exec {command}"
        inside = f"cd {shlex.quote(str(ROOT))} && export TERM={term} COLORTERM= && {run}"
        terminal._tmux("new-session", "-d", "-x", width, "-y", height, inside)
        return terminal

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-f", "/dev/null", "-S", str(self.socket), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout

    def press(self, *keys: str) -> None:
        """Keys as tmux calls them: `Enter`, `Space`, `Escape`, `a`."""
        self._tmux("send-keys", *keys)

    def write(self, text: str) -> None:
        """Type text as it is, then Enter."""
        self._tmux("send-keys", "-l", text)
        self.press("Enter")

    def screen(self) -> str:
        """What is in the cells."""
        return self._tmux("capture-pane", "-p")

    def wait(self, *words: str, seconds: float = 30) -> str:
        """The screen, once it shows all of the words."""
        end = time.monotonic() + seconds
        while True:
            shown = self.screen()
            if all(word in shown for word in words):
                return shown
            if time.monotonic() > end:
                raise AssertionError(f"never saw {words} in:\n{shown}")
            time.sleep(0.1)

    def picture(self) -> NDArray[np.uint8]:
        """What a camera would see of the half blocks on the screen, dark where they are ink."""
        rows = self.screen().split("\n")
        width = max(len(row) for row in rows)
        dots = np.full((2 * len(rows), width), 255, np.uint8)
        for y, row in enumerate(rows):
            for x, char in enumerate(row):
                bits = _HALVES.find(char)
                if bits & 2:
                    dots[2 * y, x] = 0
                if bits > 0 and bits & 1:
                    dots[2 * y + 1, x] = 0
        return np.pad(dots.repeat(_SCALE, 0).repeat(_SCALE, 1), 40, constant_values=255)

    def code(self) -> bytes:
        """What a camera would read there, empty for nothing."""
        found = zxingcpp.read_barcodes(self.picture(), formats=zxingcpp.BarcodeFormat.QRCode)
        return bytes(found[0].bytes) if found else b""

    def alive(self) -> bool:
        """Whether the program still runs."""
        listed = subprocess.run(
            ["tmux", "-S", str(self.socket), "has-session"], capture_output=True, check=False, timeout=30
        )
        return listed.returncode == 0

    def end(self) -> None:
        """Close this terminal, and no other."""
        subprocess.run(
            ["tmux", "-S", str(self.socket), "kill-server"], capture_output=True, check=False, timeout=30
        )
