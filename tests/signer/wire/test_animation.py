"""Animated codes are read by an independent GIF reader, frame by frame."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageSequence

from signer.core.errors import Malformed
from signer.wire.animation import gif
from signer.wire.symbol import symbol


@pytest.mark.parametrize("size", [20, 400, 1200])
def test_every_frame_is_read(size: int) -> None:
    texts = [random.Random(number).randbytes(size) for number in range(4)]
    picture = Image.open(io.BytesIO(gif([symbol(text) for text in texts], fps=10, scale=3)))
    found = []
    for frame in ImageSequence.Iterator(picture):
        assert frame.info["duration"] == 100
        found += [code.bytes for code in zxingcpp.read_barcodes(np.asarray(frame.convert("L")))]
    assert found == texts
    assert picture.info["loop"] == 0


def test_refused() -> None:
    one, other = symbol(b"a"), symbol(b"a" * 100)
    for symbols, fps in (([], 10), ([one, other], 10), ([one], 0), ([one], 99)):
        with pytest.raises(Malformed):
            gif(symbols, fps=fps)
