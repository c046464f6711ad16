"""Pixels to texts, in the child: the decoder that measured best first, the others only when it fails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import zxingcpp

from signer.camera import zbar
from signer.camera.sources import Gray
from signer.core.sight import Corner
from signer.wire.symbol import size_of

MAX_CODES: Final = 16  # codes taken from one frame
# every so many misses in a row the next slower way is tried once
_THOROUGH_EVERY, _CLOSING_EVERY, _ZBAR_EVERY = 3, 5, 7
_ONLY_QR: Final = zxingcpp.barcode_formats_from_str("QRCode")
_CLOSING: Final = np.ones((5, 1), np.uint8)


@dataclass(frozen=True, slots=True)
class Code:
    """A code in a frame: its bytes, corners in frame pixels, camera pixels a module (0 unknown), who read it."""

    text: bytes
    corners: tuple[Corner, Corner, Corner, Corner]
    pixels_per_module: float
    decoder: str


class Reader:
    """Reads frames; remembers misses, to try harder now and then."""

    def __init__(self) -> None:
        self._misses = 0

    def read(self, frame: Gray, *, hard: bool = False) -> list[Code]:
        """Codes of a frame. `hard` tries every way at once, for pictures that come only once."""
        found = _zxing(frame, "zxing", thorough=False)
        if found:
            self._misses = 0
            return found
        self._misses += 1
        for name, every in (
            ("zxing-all", _THOROUGH_EVERY),
            ("closing", _CLOSING_EVERY),
            ("zbar", _ZBAR_EVERY),
        ):
            if hard or self._misses % every == 0:
                found = _slower(frame, name)
                if found:
                    return found
        return []


def _slower(frame: Gray, name: str) -> list[Code]:
    if name == "zxing-all":
        return _zxing(frame, name, thorough=True)
    if name == "closing":
        # lines between the rows of a terminal: closing removes dark ones, opening light ones
        for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
            filled = np.asarray(cv2.morphologyEx(frame, operation, _CLOSING), dtype=np.uint8)
            found = _zxing(filled, name, thorough=True)
            if found:
                return found
        return []
    return [Code(text, corners, 0.0, name) for text, corners in zbar.read(frame)[:MAX_CODES]]


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
