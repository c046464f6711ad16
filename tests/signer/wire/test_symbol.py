"""QR symbols against a second encoder, module by module, and against a decoder."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest
import qrcode
import zxingcpp
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

from signer.core.errors import Malformed
from signer.wire.symbol import (
    Ecc,
    Symbol,
    alphanumeric_capacity,
    ansi,
    byte_capacity,
    lines,
    png,
    smallest_version,
    symbol,
    version_for_console,
)

LEVELS = {
    "L": qrcode.ERROR_CORRECT_L,
    "M": qrcode.ERROR_CORRECT_M,
    "Q": qrcode.ERROR_CORRECT_Q,
    "H": qrcode.ERROR_CORRECT_H,
}
ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def reference(text: bytes, version: int, ecc: str, mask: int, mode: int) -> tuple[bytes, ...]:
    maker = qrcode.QRCode(version=version, error_correction=LEVELS[ecc], mask_pattern=mask, border=0)
    maker.add_data(QRData(text, mode=mode))
    maker.make(fit=False)
    return tuple(bytes(map(int, row)) for row in maker.get_matrix())


@pytest.mark.parametrize("ecc", list(LEVELS))
@pytest.mark.parametrize("version", [1, 2, 6, 7, 9, 10, 14, 21, 26, 27, 32, 40])
def test_same_modules_as_another_encoder(version: int, ecc: str) -> None:
    rng = random.Random(version)
    mask = version % 8
    room = byte_capacity(version, Ecc(ecc))
    for size in (room, room - 1, 1):
        text = bytes([200]) + rng.randbytes(size - 1)
        assert symbol(text, version=version, ecc=ecc, mask=mask).rows == reference(
            text, version, ecc, mask, MODE_8BIT_BYTE
        )
    room = alphanumeric_capacity(version, Ecc(ecc))
    text = "".join(rng.choices(ALNUM, k=room)).encode()
    assert symbol(text, version=version, ecc=ecc, mask=mask).rows == reference(
        text, version, ecc, mask, MODE_ALPHA_NUM
    )


def test_every_mask() -> None:
    for mask in range(8):
        assert symbol(b"mask", mask=mask).rows == reference(b"mask", 1, "L", mask, MODE_8BIT_BYTE)


def test_capacities_are_the_standards() -> None:
    assert [byte_capacity(v) for v in (1, 5, 10, 25, 40)] == [17, 106, 271, 1273, 2953]
    assert [alphanumeric_capacity(v) for v in (1, 23, 27, 40)] == [25, 1588, 2132, 4296]
    assert byte_capacity(40, Ecc.H) == 1273


def test_smallest_version_and_limits() -> None:
    assert smallest_version(b"a" * 17) == 1
    assert smallest_version(b"a" * 18) == 2
    assert smallest_version(b"A" * 25) == 1
    for version in (0, 41, 1):
        with pytest.raises(Malformed):
            symbol(b"a" * 30, version=version)
    with pytest.raises(Malformed):
        symbol(b"a" * 2954)


def test_all_zero_blocks() -> None:
    # what another encoder crashes on
    assert read(png(symbol(bytes(2000)), 4)) == [bytes(2000)]


def read(picture: bytes) -> list[bytes]:
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    return sorted(found.bytes for found in zxingcpp.read_barcodes(image))


def test_png_is_read() -> None:
    texts = [random.Random(i).randbytes(400) for i in range(6)]
    assert read(png(symbol(texts[0]), 3)) == [texts[0]]
    grid = [
        [symbol(text, version=20) for text in texts[:3]],
        [symbol(text, version=20) for text in texts[3:]],
    ]
    assert read(png(grid, 4)) == sorted(texts)


def picture_of(text: list[str]) -> np.ndarray:  # type: ignore[type-arg]
    """Half blocks back to pixels, as a terminal with 8x16 cells paints them."""
    halves = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}
    rows = []
    for line in text:
        rows += [[halves[char][0] for char in line], [halves[char][1] for char in line]]
    return np.kron(np.where(np.array(rows) > 0, 0, 255).astype(np.uint8), np.ones((8, 8), np.uint8))


def test_terminal_lines_are_read() -> None:
    text = random.Random(3).randbytes(300)
    item = symbol(text)
    shown = lines(item)
    assert {len(line) for line in shown} == {item.size + 8}
    found = zxingcpp.read_barcodes(picture_of(shown))
    assert [code.bytes for code in found] == [text]
    assert ansi(item).count("\x1b[0m") == len(shown)


def test_console_versions() -> None:
    assert [version_for_console(*room) for room in ((80, 24), (100, 30), (160, 45), (240, 67), (20, 5))] == [
        5,
        8,
        16,
        27,
        0,
    ]


def test_symbol_is_a_value() -> None:
    assert symbol(b"a") == symbol(b"a")
    assert isinstance(symbol(b"a"), Symbol)
