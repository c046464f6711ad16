"""What a bare sensor delivers, one colour a pixel in squares of four, turned into one plane of gray.

Layouts: the kernel's documentation of V4L2 pixel formats, "Raw Bayer Formats": 8 bits, and 10 bits packed (four bytes
of high bits, then one of the four pixels' low bits, which are dropped: no code is read by them).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from signer.wire.reader import Gray

_PACK: Final = 5  # bytes that hold four pixels of ten bits


class Order(Enum):
    """The colours of the first two pixels of the first two lines."""

    BGGR = cv2.COLOR_BayerBGGR2GRAY
    GBRG = cv2.COLOR_BayerGBRG2GRAY
    GRBG = cv2.COLOR_BayerGRBG2GRAY
    RGGB = cv2.COLOR_BayerRGGB2GRAY


@dataclass(frozen=True, slots=True)
class Layout:
    """A raw frame: its colours, 8 or 10 bits packed, pixels, and bytes from one line to the next."""

    order: Order
    packed: bool
    width: int
    height: int
    stride: int

    @property
    def line(self) -> int:
        """Bytes of one line that hold pixels."""
        return self.width // 4 * _PACK if self.packed else self.width

    def fits(self, limit: int, length: int) -> bool:
        """Whether it is a frame of at most `limit` a side that `length` bytes can hold."""
        return (
            min(self.width, self.height) >= 16
            and max(self.width, self.height) <= limit
            and self.width % 4 == self.height % 2 == 0
            and self.line <= self.stride
            and self.stride * self.height <= length
        )


def to_gray(raw: NDArray[np.uint8], layout: Layout) -> Gray:
    """The frame at its full size. `raw` is one row of at least `stride * height` bytes; the layout must fit."""
    lines = raw[: layout.stride * layout.height].reshape(layout.height, layout.stride)[:, : layout.line]
    if layout.packed:
        lines = lines.reshape(layout.height, layout.width // 4, _PACK)[:, :, :4].reshape(
            layout.height, layout.width
        )
    plane = cv2.cvtColor(np.ascontiguousarray(lines), layout.order.value)
    return np.asarray(plane, dtype=np.uint8)
