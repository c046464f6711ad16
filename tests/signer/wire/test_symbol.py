"""QR symbols, full to the last bit, read back by a decoder; their pictures in pixels and in cells."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest
import zxingcpp

from signer.core.errors import Malformed
from signer.wire.symbol import (
    ALPHANUMERIC,
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


def reading(item: Symbol) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(picture_of(lines(item)), formats=zxingcpp.BarcodeFormat.QRCode)
    return found


@pytest.mark.parametrize("ecc", list(Ecc))
@pytest.mark.parametrize("version", [1, 2, 9, 10, 26, 27, 40])
def test_the_fullest_symbols_are_read(version: int, ecc: Ecc) -> None:
    rng = random.Random(version)
    full = bytes([200]) + rng.randbytes(byte_capacity(version, ecc) - 1)
    code = reading(symbol(full, version=version, ecc=ecc))
    assert code.bytes == full
    assert code.ec_level == ecc
    text = "".join(rng.choices(ALPHANUMERIC.decode(), k=alphanumeric_capacity(version, ecc))).encode()
    item = symbol(text, ecc=ecc)
    assert item.version == version
    assert reading(item).bytes == text


def test_capacities_are_the_standards() -> None:
    # two bytes under the standard's 17, 106, 271, 1273, 2953: the mark that says "no text"
    assert [byte_capacity(v) for v in (1, 5, 10, 25, 40)] == [15, 104, 269, 1271, 2951]
    assert [alphanumeric_capacity(v) for v in (1, 23, 27, 40)] == [25, 1588, 2132, 4296]
    assert byte_capacity(40, Ecc.H) == 1271


def test_smallest_version_and_limits() -> None:
    assert smallest_version(b"a" * 15) == 1
    assert smallest_version(b"a" * 16) == 2
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
