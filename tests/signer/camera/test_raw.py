"""A bare sensor: raw frames as unicam would put them into memory, made of simulated photographs, are read.

No sensor was tried: what the drivers do is taken from the kernel's source.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from signer.camera import exposure, raw, v4l2
from signer.camera.bayer import Layout, Order, to_gray
from signer.camera.sources import MAX_SIDE
from signer.wire.reader import Gray, Reader
from signer.wire.symbol import symbol
from tests.hil.optics import NORMAL, Optics

#: How strongly red and blue pixels see a screen's white beside green ones: a sensor without an image processor.
SEEN = {"R": 0.55, "G": 1.0, "B": 0.6}
TEXT = b"kinko:" + bytes(range(48, 123)) * 4


def photograph(text: bytes, size: str = "720p") -> Gray:
    """A screen that shows one code, seen by a camera of a `NORMAL` kind."""
    rows = symbol(text).rows
    modules = np.array([list(row) for row in rows], np.uint8)
    screen = np.kron(np.pad(255 * (1 - modules), 4, constant_values=255), np.ones((8, 8), np.uint8))
    plane = np.ascontiguousarray(screen, np.uint8)
    return Optics(NORMAL, size, 0.9, 7).shoot(plane, plane, 1.0)


def sensed(plane: Gray, order: Order, seen: dict[str, float]) -> NDArray[np.float64]:
    """The same frame behind the mosaic, 0 to 1."""
    lights = plane / 255.0
    for place, colour in enumerate(order.name):
        lights[place // 2 :: 2, place % 2 :: 2] *= seen[colour]
    return lights


def in_memory(lights: NDArray[np.float64], *, packed: bool, spare: int) -> tuple[NDArray[np.uint8], int]:
    """Bytes as the receiver stores them, and bytes a line; `spare` are behind each line and full of rubbish."""
    tall, wide = lights.shape
    if packed:
        ten = np.round(lights * 1023).astype(np.uint16).reshape(tall, wide // 4, 4)
        low = sum((ten[:, :, i] & 3) << (2 * i) for i in range(4))
        line = np.dstack([*(ten[:, :, i] >> 2 for i in range(4)), low]).astype(np.uint8).reshape(tall, -1)
    else:
        line = np.round(lights * 255).astype(np.uint8)
    whole = np.hstack([line, np.full((tall, spare), 0xA5, np.uint8)])
    return np.concatenate([whole.reshape(-1), np.zeros(4096, np.uint8)]), whole.shape[1]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("order", list(Order))
def test_a_code_behind_the_mosaic_is_read(order: Order, packed: bool) -> None:
    plane = photograph(TEXT)
    data, stride = in_memory(sensed(plane, order, SEEN), packed=packed, spare=16)
    layout = Layout(order, packed, plane.shape[1], plane.shape[0], stride)
    assert layout.fits(MAX_SIDE, len(data))
    gray = to_gray(data, layout)
    assert gray.shape == plane.shape
    assert [code.text for code in Reader().read(gray)] == [TEXT]


def test_the_mosaic_itself_is_gone() -> None:
    """An even white screen is even: red, green and blue pixels no longer differ."""
    data, stride = in_memory(sensed(np.full((64, 64), 200, np.uint8), Order.BGGR, SEEN), packed=True, spare=0)
    inner = to_gray(data, Layout(Order.BGGR, True, 64, 64, stride))[4:-4, 4:-4]
    assert int(inner.max()) - int(inner.min()) <= 2
    wrong = to_gray(data, Layout(Order.GBRG, True, 64, 64, stride))[4:-4, 4:-4]
    assert abs(int(wrong.mean()) - int(inner.mean())) > 10


@pytest.mark.parametrize(
    "layout",
    [
        Layout(Order.RGGB, False, 64, 64, 63),  # lines that overlap
        Layout(Order.RGGB, True, 64, 64, 79),
        Layout(Order.RGGB, False, 64, 64, 65),  # more than there is
        Layout(Order.RGGB, False, MAX_SIDE + 4, 64, MAX_SIDE + 4),
        Layout(Order.RGGB, False, 8, 64, 64),
        Layout(Order.RGGB, False, 64, 63, 64),
        Layout(Order.RGGB, True, 62, 64, 64),
        Layout(Order.RGGB, False, 0, 0, 0),
    ],
)
def test_a_layout_that_memory_cannot_hold(layout: Layout) -> None:
    assert not layout.fits(MAX_SIDE, 64 * 64)
    assert Layout(Order.RGGB, False, 64, 64, 64).fits(MAX_SIDE, 64 * 64)


@pytest.mark.parametrize("room", [0.05, 0.2, 2.0, 40.0])
@pytest.mark.parametrize("sensor", ["imx219", "ov5647"])
def test_the_white_of_the_screen_comes_into_range(sensor: str, room: float) -> None:
    """From dark rooms to lamps; gain as the two drivers count it (256 / (256 - code), code / 16)."""
    if sensor == "imx219":
        light, gain = exposure.Knob(4, 1702, 1600), exposure.Knob(0, 232, 0)
    else:
        light, gain = exposure.Knob(4, 1100, 1000), exposure.Knob(16, 1023, 32)
    pattern = photograph(TEXT) / 255.0
    levels = []
    for _ in range(60):
        factor = 256 / (256 - gain.now) if sensor == "imx219" else gain.now / 16
        frame = (pattern * room * light.now * factor / 4).clip(0, 200)  # green saturates: gray ends there
        levels.append(exposure.white(frame.astype(np.uint8)))
        before, (light, gain) = (light, gain), exposure.step(levels[-1], light, gain)
        assert light.least <= light.now <= light.most
        assert gain.least <= gain.now <= gain.most
    assert (light, gain) == before, levels  # it rests
    assert 115 <= levels[-1] <= 195, levels


def test_more_than_everything_is_not_asked() -> None:
    dark = exposure.Knob(4, 100, 100), exposure.Knob(0, 232, 232)
    assert exposure.step(0, *dark) == dark
    bright = exposure.Knob(4, 100, 4), exposure.Knob(0, 232, 0)
    assert exposure.step(255, *bright) == bright
    assert exposure.step(20, exposure.Knob(1, 100, 1), exposure.Knob(0, 1, 0))[0].now == 2


BEHIND_CLOSED_DOORS = """
import os, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from signer.camera import exposure, sandbox
from signer.camera.bayer import Layout, Order, to_gray
sandbox.enter(int(sys.argv[2]))
closed = sandbox.close_in(None)
layout = Layout(Order.BGGR, True, 64, 64, 80)
frame = to_gray(np.full(64 * 80, 128, np.uint8), layout)
exposure.step(10, exposure.Knob(1, 9, 9), exposure.Knob(0, 9, 0))
os.write(1, f"{closed} {exposure.white(frame)} is white".encode())
"""


def test_nothing_is_loaded_once_the_doors_are_closed() -> None:
    house = str(Path(raw.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-I", "-c", BEHIND_CLOSED_DOORS, house, str(os.getpid())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "'seccomp'" in done.stdout
    assert " 128 " in done.stdout


def test_request_numbers_are_the_kernels() -> None:
    """As _IOR, _IOW and _IOWR of include/uapi/asm-generic/ioctl.h make them of the 64-bit layouts."""
    assert (v4l2.QUERYCAP, v4l2.ENUM_FMT, v4l2.S_FMT) == (0x80685600, 0xC0405602, 0xC0D05605)
    assert (v4l2.REQBUFS, v4l2.QUERYBUF, v4l2.QBUF) == (0xC0145608, 0xC0585609, 0xC058560F)
    assert (v4l2.DQBUF, v4l2.STREAMON, v4l2.S_CTRL) == (0xC0585611, 0x40045612, 0xC008561C)
    assert (v4l2.G_CTRL, v4l2.QUERYCTRL, v4l2.SUBDEV_S_FMT) == (0xC008561B, 0xC0445624, 0xC0585605)


@pytest.mark.parametrize("path", ["/dev/null", "/nowhere"])
def test_what_is_no_bare_sensor_is_left_to_others(path: str) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    assert raw.open_raw(path, MAX_SIDE) is None
    assert sorted(os.listdir("/proc/self/fd")) == before
