"""Noise of a camera: how the lowest bit of pixels far apart changes from one frame to the next.

What stays the same in both frames is gone from it: the scene, the sensor's fixed pattern, a picture that was frozen.
Nothing is smoothed or whitened here, so that health tests see what the camera gave (NIST SP 800-90B, 3.2.2).
"""

from __future__ import annotations

import numpy as np

from signer.wire.reader import Gray

STRIDE = 8  # pixels between two samples, across and down
BYTES = 512  # the most of one pair of frames


class Collector:
    """Takes frames; gives bytes of eight samples each, at most `BYTES` a pair of frames, each frame in one pair."""

    def __init__(self) -> None:
        self._before: Gray | None = None

    def take(self, frame: Gray) -> bytes:
        """The samples of this frame and the one before; nothing for the first of a pair, or a change of size."""
        before, self._before = self._before, frame
        if before is None or before.shape != frame.shape:
            return b""
        self._before = None
        changed = (frame[::STRIDE, ::STRIDE] ^ before[::STRIDE, ::STRIDE]) & 1
        return np.packbits(changed.ravel()[: BYTES * 8]).tobytes()
