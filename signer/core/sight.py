"""What a camera reports: values only, so that the child that sees pixels and the screens that draw never meet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Corner: TypeAlias = tuple[int, int]
Box: TypeAlias = tuple[Corner, Corner, Corner, Corner]


class HintKind(StrEnum):
    """What the person with the camera could do better."""

    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    TOO_CLOSE = "too-close"
    CLOSER = "closer"
    HOLD_STILL = "hold-still"
    NO_CAMERA = "no-camera"


class Ending(StrEnum):
    """Why no more frames come."""

    END = "end"  # a file or folder was read to its end
    UNREADABLE = "unreadable"  # not a picture, video or camera
    FAILED = "failed"  # the reader died more often than it may


@dataclass(frozen=True, slots=True)
class Seen:
    """A code was read. `pixels_per_module` tells how comfortably (3.5 and more is easy, below 2.4 is a cliff)."""

    text: bytes
    pixels_per_module: float


@dataclass(frozen=True, slots=True)
class Preview:
    """A small picture: `gray` has width * height bytes, 0 black; `box` frames the last code found, in its pixels."""

    width: int
    height: int
    gray: bytes
    box: Box | None


@dataclass(frozen=True, slots=True)
class Hint:
    """Advice, at most a few a second."""

    kind: HintKind


@dataclass(frozen=True, slots=True)
class Stats:
    """So far: frames looked at, frames with a code, codes not seen just before, seconds, last decoder to succeed."""

    frames_seen: int
    decoded: int
    used: int
    seconds: float
    decoder: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The source is finished; nothing follows."""

    reason: Ending


CameraEvent: TypeAlias = Seen | Preview | Hint | Stats | Ended
