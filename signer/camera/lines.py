"""The only language the pixel child speaks: one event a line, ASCII, bounded; nothing else is believed."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from signer.core.errors import Bad, Malformed
from signer.core.sight import Box, CameraEvent, Ended, Ending, Hint, HintKind, Preview, Seen, Stats

MAX_TEXT: Final = 7_089  # the largest text of one QR code
MAX_PREVIEW: Final = 320 * 240
MAX_NOISE: Final = 512  # bytes of noise a line
MAX_LINE: Final = 110_000
_LINE: Final = re.compile(rb"[\x20-\x7e]{1,110000}\Z")
_MEANS: Final = ("landlock", "seccomp")
_DECODERS: Final = ("zxing", "smooth", "enlarged", "sharp", "zxing-all", "closing", "zbar", "none")


@dataclass(frozen=True, slots=True)
class Alive:
    """The child is about to look at this frame (from 0)."""

    frame: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The child gave up what it could; `by` names the kernel's means that took effect."""

    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """Raw noise of two frames (`noise`)."""

    data: bytes


Told: TypeAlias = CameraEvent | Alive | Closed | Noise


def write(event: Told) -> bytes:
    """The line of an event, with its end."""
    return _body(event).encode() + b"\n"


def _body(event: Told) -> str:
    match event:
        case Alive(frame):
            return f"A {frame}"
        case Closed(by):
            return f"C {','.join(by) or '-'}"
        case Noise(data):
            return f"N {_pack(data)}"
        case Seen(text, density):
            return f"S {round(density * 100)} {_pack(text)}"
        case Preview(width, height, gray, box):
            corners = ",".join(f"{x},{y}" for x, y in box) if box else "-"
            return f"P {width} {height} {corners} {_pack(gray)}"
        case Hint(kind):
            return f"H {kind.value}"
        case Stats(seen, decoded, used, seconds, decoder):
            return f"T {seen} {decoded} {used} {round(seconds * 1000)} {decoder}"
        case Ended(reason):
            return f"E {reason.value}"


def read(line: bytes) -> Told:
    """The event of a line. Raises Malformed for anything that `write` would not have written."""
    if not _LINE.match(line):
        raise Malformed(Bad.ENCODING, what="camera")
    try:
        return _read(line.decode("ascii").split(" "))
    except (ValueError, binascii.Error):
        raise Malformed(Bad.VALUE, what="camera") from None


def _read(words: list[str]) -> Told:
    match words:
        case ["A", frame]:
            return Alive(_number(frame))
        case ["C", by]:
            return Closed(_means(by))
        case ["S", density, text]:
            raw = _unpack(text)
            if 0 < len(raw) <= MAX_TEXT:
                return Seen(raw, _number(density) / 100)
        case ["P", width, height, corners, gray]:
            return _preview(_number(width), _number(height), corners, _unpack(gray))
        case ["N", data]:
            noise = _unpack(data)
            if 0 < len(noise) <= MAX_NOISE:
                return Noise(noise)
        case ["H", kind]:
            return Hint(HintKind(kind))
        case ["T", seen, decoded, used, milliseconds, decoder] if decoder in _DECODERS:
            seconds = _number(milliseconds) / 1000
            return Stats(_number(seen), _number(decoded), _number(used), seconds, decoder)
        case ["E", reason]:
            return Ended(Ending(reason))
    raise Malformed(Bad.FIELD, what="camera")


def _means(by: str) -> tuple[str, ...]:
    names = () if by == "-" else tuple(by.split(","))
    if any(name not in _MEANS for name in names):
        raise Malformed(Bad.VALUE, what="camera")
    return names


def _preview(width: int, height: int, corners: str, gray: bytes) -> Preview:
    if not width or not height or width * height > MAX_PREVIEW or len(gray) != width * height:
        raise Malformed(Bad.INCONSISTENT, what="camera")
    return Preview(width, height, gray, _box(corners, width, height))


def _box(corners: str, width: int, height: int) -> Box | None:
    if corners == "-":
        return None
    numbers = [_number(word) for word in corners.split(",")]
    if len(numbers) != 8 or max(numbers[::2]) >= width or max(numbers[1::2]) >= height:
        raise Malformed(Bad.INCONSISTENT, what="camera")
    a, b, c, d = zip(numbers[::2], numbers[1::2], strict=True)
    return a, b, c, d


def _number(word: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 12:
        raise Malformed(Bad.VALUE, what="camera")
    return int(word)


def _pack(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unpack(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if _pack(raw) != text:
        raise Malformed(Bad.ENCODING, what="camera")
    return raw
