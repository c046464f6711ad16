"""The first thing on the screen, before anything that takes long: what has started, in words that people compare."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from signer.core.fingerprint import spoken

_CLEAR: Final = "\x1b[2J\x1b[H"
_A_LINE: Final = 4  # words


def greeting(root_hash: bytes, *, test: bool) -> str:
    """The screen's text. `root_hash`: 32 bytes, under which the kernel checks the root; empty where it checks none."""
    lines = ["KINKO is starting. The home screen comes by itself.", ""]
    if test:
        lines += ["TEST IMAGE: no real key belongs on it.", ""]
    if root_hash:
        words = spoken(root_hash)
        lines.append("What has started is the image of these words. Compare them with the published ones:")
        lines += ["", *(f"    {' '.join(words[at : at + _A_LINE])}" for at in range(0, len(words), _A_LINE))]
    else:
        lines.append("The kernel does not check what it starts: this is no published image. Switch off.")
    return _CLEAR + "".join(f"  {line}".rstrip() + "\r\n" for line in ["", *lines, ""])


def show(terminal: str, text: str) -> None:
    """Write it to a terminal; one that is not there, or does not take it, is nothing to stop for."""
    with suppress(OSError):
        line = os.open(terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            os.write(line, text.encode())
        finally:
            os.close(line)
