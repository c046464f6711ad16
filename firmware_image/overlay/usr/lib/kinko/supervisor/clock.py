"""The time at start: from a real-time clock if there is one, and never before what the device has already seen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

IMAGE_MADE: Final = 1_767_225_600  # the time of every file in the image
LATEST: Final = 4_102_444_800  # 2100: a clock that says more is broken
_TAG, _DIGITS = 32, 12


def hardware_time(system: Path) -> int | None:
    """Seconds since 1970 of the first real-time clock under /sys/class/rtc, None without one that works."""
    for clock in sorted(system.glob("rtc*")):
        try:
            return int((clock / "since_epoch").read_text())
        except (OSError, ValueError):
            continue
    return None


def last_seen(path: Path) -> int:
    """The latest time that the signer's own clock kept (its file: a tag of 32 bytes, then digits), 0 for none.

    The folder is the signer's user's, so it may be anything: a link, a pipe that nobody writes into, without an end.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0) as stream:
            body = (stream.read(_TAG + _DIGITS + 1) or b"")[_TAG:]
    except OSError:
        return 0
    return int(body) if body.isdigit() and len(body) <= _DIGITS else 0


def start_time(hardware: int | None, seen: int) -> int:
    """The time to start with: the hardware's, unless it is missing, absurd or before `seen`; then `seen`.

    The officers confirm it at the session's start; the signer keeps its own clock from going back.
    """
    floor = max(IMAGE_MADE, seen if seen <= LATEST else 0)
    return hardware if hardware is not None and floor <= hardware <= LATEST else floor
