"""Pictures out of a stream, whatever the pieces it comes in."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from signer.core.errors import Malformed
from signer.wire.mjpeg import MAX_PICTURE, Splitter

PICTURES = [
    cv2.imencode(".jpg", np.random.default_rng(seed).integers(0, 256, (64, 80)).astype(np.uint8))[1].tobytes()
    for seed in range(5)
]


@pytest.mark.parametrize("seed", range(5))
def test_any_pieces(seed: int) -> None:
    rng, stream, found = random.Random(seed), b"".join(PICTURES), []
    splitter = Splitter()
    while stream:
        piece, stream = stream[: (cut := rng.randrange(1, 900))], stream[cut:]
        found.append(splitter.feed(piece))
    assert [whole for whole in found if whole] == PICTURES


def test_only_the_newest_counts() -> None:
    splitter = Splitter()
    assert splitter.feed(PICTURES[0] + PICTURES[1] + PICTURES[2][:50]) == PICTURES[1]
    assert splitter.feed(PICTURES[2][50:]) == PICTURES[2]


def test_junk_is_passed_over_and_endless_junk_refused() -> None:
    splitter = Splitter()
    assert splitter.feed(b"junk \xff\xd9 junk") is None
    assert splitter.feed(PICTURES[3]) == PICTURES[3]
    with pytest.raises(Malformed):
        splitter.feed(bytes(MAX_PICTURE + 1))
