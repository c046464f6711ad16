"""A camera that is a bare sensor: on the Pi's ribbon behind the kernel's unicam driver, or a node with raw Bayer alone.

Unicam's chain is sensor, receiver, memory. Its links are fixed: each part is told the same format, and that is all.
No board has been tried; what the drivers want is taken from their source.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from signer.camera import exposure, v4l2
from signer.camera.bayer import Layout, Order, to_gray
from signer.wire.reader import Gray

_DRIVER: Final = b"unicam"
_SUBDEVICES: Final = Path("/sys/class/video4linux")
_BUFFERS: Final = 4
_SILENCE_SECONDS: Final = 5.0
_MOST_SUBDEVICES: Final = 16


def _letters(text: str) -> int:
    return int.from_bytes(text.encode(), "little")


_FORMATS: Final = {
    _letters("BA81"): (Order.BGGR, False),
    _letters("GBRG"): (Order.GBRG, False),
    _letters("GRBG"): (Order.GRBG, False),
    _letters("RGGB"): (Order.RGGB, False),
    _letters("pBAA"): (Order.BGGR, True),
    _letters("pGAA"): (Order.GBRG, True),
    _letters("pgAA"): (Order.GRBG, True),
    _letters("pRAA"): (Order.RGGB, True),
}
#: Raw formats that are not read, but do not make a node more than a bare sensor: ten to sixteen bits in two bytes.
_UNREAD: Final = frozenset(
    map(_letters, "BG10 GB10 BA10 RG10 BG12 GB12 BA12 RG12 BYR2 GB16 GR16 RG16 pBCC pGCC pgCC pRCC".split())
)
#: What goes over the ribbon (MEDIA_BUS_FMT_S*8_1X8, S*10_1X10) to what lies in memory.
_ON_RIBBON: Final = {
    0x3001: _letters("BA81"),
    0x3013: _letters("GBRG"),
    0x3002: _letters("GRBG"),
    0x3014: _letters("RGGB"),
    0x3007: _letters("pBAA"),
    0x300E: _letters("pGAA"),
    0x300A: _letters("pgAA"),
    0x300F: _letters("pRAA"),
}
#: Modes that see the whole of a sensor, two pixels joined each way, of Camera Module 2 (8 bits) and 1 (10 bits).
_WISHES: Final = ((1640, 1232, 0x3014), (1296, 972, 0x3007))


def open_raw(path: str, limit: int) -> RawCamera | None:
    """The camera at a device, frames coming; None for one that delivers pictures, or nothing that is read here.

    `limit` is the longest side. The sensor's own controls are taken from its sub-device, or from the node itself.
    """
    try:
        device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    sensor = device
    try:
        node = v4l2.identity(device)
        if not node.captures:
            raise OSError
        if node.by_controller:
            sensor, picture = _chain(device, node.driver)
        else:
            picture = _plain(device)
        order, packed = _FORMATS[picture.letters]
        layout = Layout(order, packed, picture.width, picture.height, picture.stride)
        return RawCamera(device, sensor, layout, limit)
    except (OSError, KeyError, ValueError):
        for descriptor in {device, sensor}:
            os.close(descriptor)
        return None


def _plain(device: int) -> v4l2.Picture:
    """A node that offers raw Bayer and nothing else, at the size it has. Raises OSError for any other."""
    offered = v4l2.offered(device)
    known = [one for one in offered if one in _FORMATS]
    if not known or not set(offered) <= _FORMATS.keys() | _UNREAD:
        raise OSError
    return v4l2.set_format(device, *_WISHES[0][:2], known[0])


def _chain(device: int, driver: bytes) -> tuple[int, v4l2.Picture]:
    """Set the sensor, the receiver and the node to one format; the sensor's sub-device. Raises OSError."""
    if driver != _DRIVER:  # another chip's chain, such as the Pi 5's, has links to be set
        raise OSError
    sensors: list[int] = []
    receivers: list[int] = []
    for entry in sorted(_SUBDEVICES.glob("v4l-subdev*"))[:_MOST_SUBDEVICES]:
        with suppress(OSError):
            one = os.open(f"/dev/{entry.name}", os.O_RDWR | os.O_CLOEXEC)
            (sensors if v4l2.control(one, v4l2.ANALOGUE_GAIN) else receivers).append(one)
    try:
        if len(sensors) != 1 or len(receivers) != 1:
            raise OSError
        wide, tall, code = _mode(sensors[0])
        if v4l2.set_pad(receivers[0], wide, tall, code) != (wide, tall, code):
            raise OSError
        picture = v4l2.set_format(device, wide, tall, _ON_RIBBON[code])
    except (OSError, KeyError):
        for one in sensors:
            os.close(one)
        raise
    finally:
        for one in receivers:
            os.close(one)
    return sensors[0], picture


def _mode(sensor: int) -> tuple[int, int, int]:
    """Width, height and bus format: the first wish that the sensor grants, else what it made of the last."""
    for wish in _WISHES:
        made = v4l2.set_pad(sensor, *wish)
        if made[:2] == wish[:2]:
            break
    return made


class RawCamera:
    """Gray frames of a bare sensor, always the newest, and its exposure kept."""

    live = True
    once = False
    folder: str | None = None

    def __init__(self, device: int, sensor: int, layout: Layout, limit: int) -> None:
        """Raises OSError where no frames can come, ValueError for a layout that the driver's memory cannot hold."""
        self._device, self._sensor, self._layout = device, sensor, layout
        self._memory = v4l2.map_buffers(device, _BUFFERS)
        if not self._memory or not layout.fits(limit, min(map(len, self._memory))):
            raise ValueError("layout")
        self._knobs = _knobs(sensor)
        v4l2.start(device)

    def frames(self) -> Iterator[Gray | None]:
        """Until the device is gone or silent."""
        age = 0
        while select.select([self._device], [], [], _SILENCE_SECONDS)[0]:
            try:
                index, whole = self._newest()
                frame = to_gray(np.frombuffer(self._memory[index], np.uint8), self._layout) if whole else None
                v4l2.give_back(self._device, index)
            except BlockingIOError:
                continue
            except (OSError, IndexError):
                return
            age += 1
            if frame is not None and age >= exposure.WAIT_FRAMES:
                age = 0
                self._expose(exposure.white(frame))
            yield frame

    def _newest(self) -> tuple[int, bool]:
        newest = v4l2.take(self._device)
        for _ in self._memory:
            try:
                later = v4l2.take(self._device)
            except BlockingIOError:
                break
            v4l2.give_back(self._device, newest[0])
            newest = later
        return newest

    def _expose(self, level: int) -> None:
        if self._knobs is None:
            return
        before = self._knobs
        self._knobs = exposure.step(level, *before)
        for which, old, new in zip((v4l2.EXPOSURE, v4l2.ANALOGUE_GAIN), before, self._knobs, strict=True):
            if new != old:
                with suppress(OSError):
                    v4l2.set_control(self._sensor, which, new.now)


def _knobs(sensor: int) -> tuple[exposure.Knob, exposure.Knob] | None:
    light, gain = v4l2.control(sensor, v4l2.EXPOSURE), v4l2.control(sensor, v4l2.ANALOGUE_GAIN)
    return (exposure.Knob(*light), exposure.Knob(*gain)) if light and gain else None
