"""How much room a device has left for its records, and from when that must be said."""

from __future__ import annotations

from enum import Enum
from typing import Final

MIB: Final = 1 << 20
LOW_BYTES: Final = 8 * MIB  # some thousand records: time to plan
FULL_BYTES: Final = 1 * MIB  # less than one request with its proofs may need: nothing more is begun


class Space(Enum):
    """Whether records have room."""

    AMPLE = "ample"
    LOW = "low"
    FULL = "full"


def judge(free: int) -> Space:
    """What so many free bytes mean."""
    if free < FULL_BYTES:
        return Space.FULL
    return Space.LOW if free < LOW_BYTES else Space.AMPLE
