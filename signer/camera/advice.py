"""What to tell the person with the camera, from one frame and what was read in it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from signer.core.sight import Box, HintKind, Preview
from signer.wire.reader import Code, Gray

_DARK, _GLARE, _GLARE_SHARE = 45.0, 250, 0.45
_COMFORTABLE: Final = 2.6
_SMEAR: Final = 14.0
_SMALL: Final = (160, 90)


class Adviser:
    """Compares each frame with the last one it was shown."""

    def __init__(self) -> None:
        self._last: Gray | None = None

    def advise(self, frame: Gray, codes: list[Code]) -> HintKind | None:
        """One piece of advice, or None when all is well."""
        small = np.asarray(cv2.resize(frame, _SMALL, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        last, self._last = self._last, small
        if codes:
            known = [code.pixels_per_module for code in codes if code.pixels_per_module]
            return HintKind.CLOSER if known and min(known) < _COMFORTABLE else None
        if float(small.mean()) < _DARK:
            return HintKind.TOO_DARK
        if float((small >= _GLARE).mean()) > _GLARE_SHARE:
            return HintKind.TOO_BRIGHT
        if last is not None and float(cv2.absdiff(small, last).mean()) > _SMEAR:
            return HintKind.HOLD_STILL
        return HintKind.TOO_CLOSE if _cut_off(small) else None


def _cut_off(small: Gray) -> bool:
    """Strong edges right up to the border on all sides: a code that is larger than the picture."""
    busy = cv2.absdiff(small[:, 1:], small[:, :-1]) > 60
    sides = (busy[:4], busy[-4:], busy[:, :4], busy[:, -4:])
    return all(float(side.mean()) > 0.08 for side in sides)


def shrink(frame: Gray, room: tuple[int, int], codes: list[Code]) -> Preview:
    """The frame made to fit `room` (width, height), with a box around the first code."""
    height, width = frame.shape
    scale = min(room[0] / width, room[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return Preview(size[0], size[1], np.asarray(small, dtype=np.uint8).tobytes(), _box(codes, scale, size))


def _box(codes: list[Code], scale: float, size: tuple[int, int]) -> Box | None:
    if not codes:
        return None
    a, b, c, d = (
        (min(size[0] - 1, max(0, round(x * scale))), min(size[1] - 1, max(0, round(y * scale))))
        for x, y in codes[0].corners
    )
    return a, b, c, d
