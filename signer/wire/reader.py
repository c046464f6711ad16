"""Pixels to texts: the way that worked last first, slower ways only when it fails, regions tracked.

The ways and their order were measured on the optical bench (docs/explanation/optics.md).
"""

from __future__ import annotations

import collections
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from signer.core.sight import Corner
from signer.wire.symbol import size_of

Gray = NDArray[np.uint8]

_JPEG: Final = b"\xff\xd8"
MAX_CODES: Final = 16  # codes taken from one frame
_PATIENT: Final = 45  # misses after which nobody seems to be showing anything
_IDLE_EVERY: Final = 5  # then only every so many frames are looked at twice
_TRY_CHEAP: Final = 30
_LOOK_AROUND: Final = 12  # every so many frames the whole picture is searched, not only the region
_LUCKY: Final = 0.3  # share of second looks that found more
_WORTH_CROPPING: Final = 0.7  # of the picture
#: Not Micro QR nor rMQR, whose weak checks find codes in noise.
_ONLY_QR: Final = zxingcpp.barcode_formats_from_str("QRCodeModel2")
_SOFT, _RAISED = 3.0, 10.0  # pixels of blur that are taken off, so many times
_CLOSING: Final = np.ones((5, 1), np.uint8)


@dataclass(frozen=True, slots=True)
class Code:
    """A code in a frame: its bytes, corners in frame pixels, camera pixels a module (0 unknown), who read it."""

    text: bytes
    corners: tuple[Corner, Corner, Corner, Corner]
    pixels_per_module: float
    decoder: str


@dataclass(frozen=True, slots=True)
class _Region:
    """Where codes were last: columns and rows, end excluded."""

    left: int
    top: int
    right: int
    bottom: int


#: One way to find codes in a frame.
Way: TypeAlias = Callable[[Gray], list[Code]]


class Reader:
    """Reads frames; remembers what worked, where, and how many codes there were."""

    def __init__(self, *, hasty: bool = True, last: Way | None = None) -> None:
        """`hasty` saves time while nothing is shown, as before a live camera; a recording is not in a hurry.

        `last` is another decoder, asked when nothing else reads.
        """
        self._hasty = hasty
        self._ways: dict[str, Way] = {**_WAYS, "zbar": last} if last else _WAYS
        self._rota = tuple(name for name in _ROTA if name in self._ways)
        self._best = "zxing"
        self._misses = _PATIENT  # nothing is shown yet
        self._frames = 0
        self._turn = 0
        self._counts: collections.deque[int] = collections.deque([1], maxlen=30)
        self._luck = 1.0
        self._region: _Region | None = None

    def read(self, frame: Gray, *, hard: bool = False) -> list[Code]:
        """Codes of a frame. `hard` tries every way at once, for a picture that comes only once."""
        self._frames += 1
        found = self._first(frame)
        if len(found) < self._usual:
            found = self._again(frame, found, hard)
        self._remember(frame, found)
        return found

    @property
    def _usual(self) -> int:
        """Codes that a whole picture had lately."""
        return max(self._counts)

    def _first(self, frame: Gray) -> list[Code]:
        """The way that worked last, in the region where it did; now and then the cheapest, which may do again."""
        if self._best != "zxing" and self._frames % _TRY_CHEAP == 0:
            found = _plain(frame)
            if len(found) >= self._usual:
                self._best = "zxing"
                return found
        region = self._region
        if region is None or self._frames % _LOOK_AROUND == 0:
            return self._ways[self._best](frame)
        cut = np.ascontiguousarray(frame[region.top : region.bottom, region.left : region.right])
        return [_moved(code, region) for code in self._ways[self._best](cut)]

    def _again(self, frame: Gray, found: list[Code], hard: bool) -> list[Code]:
        """Slower ways, in turn, for what is still missing."""
        if found:  # some codes of several: one more look for the rest, if that has helped lately
            if self._luck < _LUCKY and self._frames % _LOOK_AROUND:
                return found
            both = _merged(found, self._ways["zxing" if self._best == "smooth" else "smooth"](frame))
            self._luck = 0.7 * self._luck + (0.3 if len(both) > len(found) else 0.0)
            return both
        self._misses += 1
        if self._misses == 1 and not hard:  # most likely a torn frame; the next one will do
            return []
        for name in self._others(hard):
            found = self._ways[name](frame)
            if found:
                self._best = name
                return found
        return []

    def _others(self, hard: bool) -> list[str]:
        if hard:
            return [name for name in self._ways if name != self._best]
        idle = self._hasty and self._misses > _PATIENT
        if idle and self._misses % _IDLE_EVERY:
            return []
        self._turn = (self._turn + 1) % len(self._rota)
        if idle:
            return [self._rota[self._turn]]
        quick = "smooth" if self._best != "smooth" else "zxing"
        return list(dict.fromkeys((quick, self._rota[self._turn])))

    def _remember(self, frame: Gray, found: list[Code]) -> None:
        if found:
            self._misses = 0
            if len(found) >= self._usual:  # part of a torn picture says nothing about where the whole is
                self._region = _around(frame, found)
            self._counts.append(len(found))
        elif self._misses > 3:
            self._region = None
        if self._misses > _PATIENT:
            self._counts.append(1)


def opened(packed: Gray) -> Gray | None:
    """A picture file's bytes as gray pixels, on white where they are transparent; None when it is no picture."""
    if not packed.size:
        return None
    try:
        if packed.reshape(-1)[:2].tobytes() != _JPEG:
            image = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
            if image is not None and image.ndim == 3 and image.shape[2] == 4 and image.dtype == np.uint8:
                share = image[:, :, 3].astype(np.uint16)
                ink = 255 - cv2.cvtColor(image, cv2.COLOR_BGRA2GRAY).astype(np.uint16)
                return np.asarray(255 - ink * share // 255, dtype=np.uint8)
        gray = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    return None if gray is None else np.asarray(gray, dtype=np.uint8)


def _merged(first: list[Code], second: list[Code]) -> list[Code]:
    texts = {code.text for code in first}
    return (first + [code for code in second if code.text not in texts])[:MAX_CODES]


def _around(frame: Gray, found: list[Code]) -> _Region | None:
    """The box around all codes and a margin, if that is much less than the picture."""
    height, width = frame.shape
    xs = [x for code in found for x, _ in code.corners]
    ys = [y for code in found for _, y in code.corners]
    margin = max(24, (max(xs) - min(xs)) // 8, (max(ys) - min(ys)) // 8)
    left, right = max(0, min(xs) - margin), min(width, max(xs) + margin)
    top, bottom = max(0, min(ys) - margin), min(height, max(ys) + margin)
    if (
        right - left < 32
        or bottom - top < 32
        or (right - left) * (bottom - top) > _WORTH_CROPPING * width * height
    ):
        return None
    return _Region(left, top, right, bottom)


def _moved(code: Code, region: _Region) -> Code:
    a, b, c, d = ((x + region.left, y + region.top) for x, y in code.corners)
    return replace(code, corners=(a, b, c, d))


def _plain(frame: Gray) -> list[Code]:
    return _zxing(frame, "zxing", thorough=False)


def _smooth(frame: Gray) -> list[Code]:
    """A light blur: sensor noise and moire otherwise break the thresholds of small modules."""
    return _zxing(np.asarray(cv2.GaussianBlur(frame, (3, 3), 0), dtype=np.uint8), "smooth", thorough=False)


def _enlarged(frame: Gray) -> list[Code]:
    """For modules of few, noisy pixels."""
    height, width = frame.shape
    if height * width > 2_500_000:
        return []
    larger = cv2.resize(frame, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_LINEAR)
    picture = np.asarray(cv2.GaussianBlur(larger, (3, 3), 0), dtype=np.uint8)
    found = _zxing(picture, "enlarged", thorough=False)
    return [_shrunk(code, width, height) for code in found]


def _shrunk(code: Code, width: int, height: int) -> Code:
    a, b, c, d = ((min(width - 1, x * 2 // 3), min(height - 1, y * 2 // 3)) for x, y in code.corners)
    return Code(code.text, (a, b, c, d), code.pixels_per_module / 1.5, code.decoder)


def _sharp(frame: Gray) -> list[Code]:
    """A lens out of focus by about half a module: the contrast of what is small is raised far."""
    soft = cv2.GaussianBlur(frame, (0, 0), _SOFT)
    picture = np.asarray(cv2.addWeighted(frame, 1 + _RAISED, soft, -_RAISED, 0), dtype=np.uint8)
    return _zxing(picture, "sharp", thorough=False)


def _thorough(frame: Gray) -> list[Code]:
    return _zxing(frame, "zxing-all", thorough=True)


def _closed(frame: Gray) -> list[Code]:
    """Lines between the rows of a terminal: closing removes dark ones, opening light ones."""
    for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        filled = np.asarray(cv2.morphologyEx(frame, operation, _CLOSING), dtype=np.uint8)
        found = _zxing(filled, "closing", thorough=True)
        if found:
            return found
    return []


_WAYS: Final[dict[str, Way]] = {
    "zxing": _plain,
    "smooth": _smooth,
    "enlarged": _enlarged,
    "sharp": _sharp,
    "zxing-all": _thorough,
    "closing": _closed,
}
_ROTA: Final = ("smooth", "closing", "zxing-all", "enlarged", "sharp", "closing", "zxing-all", "zbar")


def _zxing(frame: Gray, name: str, *, thorough: bool) -> list[Code]:
    barcodes = zxingcpp.read_barcodes(
        frame,
        formats=_ONLY_QR,
        try_rotate=thorough,
        try_downscale=thorough,
        try_invert=thorough,
    )
    codes = []
    for barcode in barcodes[:MAX_CODES]:
        if barcode.bytes:
            spot = barcode.position
            corners = (
                (spot.top_left.x, spot.top_left.y),
                (spot.top_right.x, spot.top_right.y),
                (spot.bottom_right.x, spot.bottom_right.y),
                (spot.bottom_left.x, spot.bottom_left.y),
            )
            codes.append(Code(barcode.bytes, corners, _density(corners, barcode.extra), name))
    return codes


def _density(corners: tuple[Corner, ...], extra: object) -> float:
    """Camera pixels a module, from the mean side and the version the decoder tells."""
    version = str(extra.get("Version", "")) if isinstance(extra, dict) else ""
    if not version.isdigit() or not 1 <= int(version) <= 40:
        return 0.0
    sides = [math.dist(corners[i], corners[(i + 1) % 4]) for i in range(4)]
    return sum(sides) / 4 / size_of(int(version))
