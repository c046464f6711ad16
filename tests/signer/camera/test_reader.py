"""The reader before odd pictures: turned, inverted, dark, with lines between rows, many at once, none at all."""

from __future__ import annotations

import random
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from signer.camera import zbar
from signer.wire.reader import Gray, Reader
from signer.wire.symbol import png, symbol

TEXT = random.Random(1).randbytes(600)


def picture(scale: int = 5) -> Gray:
    code = cv2.imdecode(np.frombuffer(png(symbol(TEXT), scale), np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(
        cv2.copyMakeBorder(code, 150, 150, 400, 400, cv2.BORDER_CONSTANT, value=90), dtype=np.uint8
    )


def turned(angle: float) -> Callable[[Gray], Gray]:
    def turn(frame: Gray) -> Gray:
        height, width = frame.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.8)
        return np.asarray(cv2.warpAffine(frame, matrix, (width, height), borderValue=90), dtype=np.uint8)

    return turn


def with_lines(frame: Gray) -> Gray:
    """A dark line of two pixels in every ten, as between the rows of some terminals."""
    lined = frame.copy()
    lined[::10] = lined[1::10] = 20
    return lined


def out_of_focus(frame: Gray) -> Gray:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        turned(20),
        turned(90),
        turned(180),
        lambda f: 255 - f,
        lambda f: f // 4,
        with_lines,
        lambda f: f[:, ::-1].copy(),
        out_of_focus,
    ],
    ids=["20 degrees", "90 degrees", "180 degrees", "inverted", "dark", "lines", "mirrored", "out of focus"],
)
def test_odd_pictures_are_read_within_a_second_of_film(change: Callable[[Gray], Gray]) -> None:
    frame, reader = change(picture()), Reader(last=zbar.read)
    results = [reader.read(frame) for _ in range(30)]
    found = [codes for codes in results if codes]
    assert found
    assert {code.text for codes in found for code in codes} == {TEXT}
    assert results[-2], "what worked once comes first"


def test_density_and_corners_survive_cropping_and_enlarging() -> None:
    frame, reader = picture(4), Reader(last=zbar.read)
    first = reader.read(frame)[0]
    for _ in range(5):
        again = reader.read(frame)[0]
        assert np.abs(np.array(again.corners) - np.array(first.corners)).max() <= 2
    assert first.pixels_per_module == pytest.approx(4, abs=0.1)


def test_many_codes_at_once() -> None:
    texts = [random.Random(number).randbytes(300) for number in range(6)]
    symbols = [symbol(text) for text in texts]
    page = cv2.imdecode(np.frombuffer(png([symbols[:3], symbols[3:]], 4), np.uint8), cv2.IMREAD_GRAYSCALE)
    reader = Reader(last=zbar.read)
    for _ in range(3):
        assert sorted(code.text for code in reader.read(np.asarray(page, dtype=np.uint8))) == sorted(texts)


def test_nothing_is_nothing() -> None:
    reader = Reader(hasty=False, last=zbar.read)
    noise = np.random.default_rng(1).integers(0, 256, (480, 640)).astype(np.uint8)
    assert [reader.read(noise) for _ in range(16)] == [[]] * 16
