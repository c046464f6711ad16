"""What devices deliver, turned into one plane of bytes: JPEG, YUYV, gray, colour; and what is none of these."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from signer.camera.sources import MAX_SIDE, _gray_or_none, open_source

PLANE = np.random.default_rng(1).integers(0, 2, (48, 64)).astype(np.uint8) * 255
SMOOTH = cv2.GaussianBlur(PLANE, (0, 0), 3)


def test_only_files_of_a_folder_are_pictures(tmp_path: Path) -> None:
    """A pipe would be waited for until the watchdog bites, once for each."""
    cv2.imwrite(str(tmp_path / "z.png"), PLANE)
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to("/dev/zero")
    (tmp_path / "c.png").symlink_to("c.png")
    (tmp_path / "d.png").mkdir()
    source = open_source(str(tmp_path))
    assert source is not None
    assert [frame is not None for frame in source.frames()] == [True]


def test_gray_and_colour() -> None:
    assert np.array_equal(_gray_or_none(PLANE), PLANE)
    assert np.array_equal(_gray_or_none(cv2.cvtColor(PLANE, cv2.COLOR_GRAY2BGR)), PLANE)


def test_yuyv() -> None:
    pairs = np.dstack([PLANE, np.full_like(PLANE, 128)])
    found = _gray_or_none(pairs)
    assert np.array_equal(found, PLANE)
    assert found is not None
    assert found.flags["C_CONTIGUOUS"]


def test_motion_jpeg() -> None:
    packed = cv2.imencode(".jpg", SMOOTH)[1].reshape(1, -1)
    found = _gray_or_none(packed)
    assert found is not None
    assert float(np.abs(found.astype(int) - SMOOTH).mean()) < 4


@pytest.mark.parametrize(
    "frame",
    [
        None,
        np.zeros((1, 500), np.uint8),
        np.zeros((48, 64), np.float32),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((8, 64), np.uint8),
        np.zeros((MAX_SIDE + 1, 64), np.uint8),
        np.zeros((0,), np.uint8),
        np.frombuffer(cv2.imencode(".jpg", SMOOTH)[1].tobytes()[:60], np.uint8).reshape(1, -1),
    ],
)
def test_no_frame(frame: NDArray[np.uint8] | None) -> None:
    assert _gray_or_none(frame) is None
