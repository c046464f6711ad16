"""The few requests to Linux's camera drivers that a bare sensor needs and OpenCV does not make.

Numbers and layouts: the kernel's include/uapi/linux/videodev2.h, v4l2-subdev.h, v4l2-mediabus.h and
media-bus-format.h, for 64-bit machines. All are in the group `V`, which the child's filter lets through.
"""

from __future__ import annotations

import fcntl
import mmap
import struct
from dataclasses import dataclass
from typing import Final

EXPOSURE: Final = 0x00980911
ANALOGUE_GAIN: Final = 0x009E0903
_CAPTURE, _MMAP, _NO_FIELD, _ACTIVE = 1, 1, 1, 1
_IS_CAPTURE, _BY_CONTROLLER, _STREAMS = 0x1, 0x20000000, 0x04000000
_BROKEN: Final = 0x40  # a buffer whose frame did not arrive whole


def number(direction: int, index: int, size: int) -> int:
    """A request's number; direction 1 writes, 2 reads, 3 both."""
    return direction << 30 | size << 16 | ord("V") << 8 | index


QUERYCAP, ENUM_FMT, S_FMT = number(2, 0, 104), number(3, 2, 64), number(3, 5, 208)
REQBUFS, QUERYBUF, QBUF, DQBUF = (
    number(3, index, size) for index, size in ((8, 20), (9, 88), (15, 88), (17, 88))
)
STREAMON, S_CTRL, QUERYCTRL, G_CTRL = number(1, 18, 4), number(3, 28, 8), number(3, 36, 68), number(3, 27, 8)
SUBDEV_S_FMT: Final = number(3, 5, 88)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a capture node settled on: pixels, four letters as a number, bytes a line and a frame."""

    width: int
    height: int
    letters: int
    stride: int
    length: int


@dataclass(frozen=True, slots=True)
class Node:
    """What a node says it is."""

    driver: bytes
    captures: bool
    by_controller: bool  # formats are set along a chain of sub-devices, not here alone


def identity(device: int) -> Node:
    """Raises OSError for what is no V4L2 node."""
    told = bytearray(104)
    fcntl.ioctl(device, QUERYCAP, told)
    able = struct.unpack_from("=I", told, 88)[0]
    captures = able & _IS_CAPTURE and able & _STREAMS
    return Node(bytes(told[:16]).rstrip(b"\0"), bool(captures), bool(able & _BY_CONTROLLER))


def offered(device: int, most: int = 64) -> tuple[int, ...]:
    """The formats that a node lists, as letters in a number."""
    found: list[int] = []
    for index in range(most):
        asked = bytearray(struct.pack("=II56x", index, _CAPTURE))
        try:
            fcntl.ioctl(device, ENUM_FMT, asked)
        except OSError:
            break
        found.append(struct.unpack_from("=I", asked, 44)[0])
    return tuple(found)


def set_format(device: int, width: int, height: int, letters: int) -> Picture:
    """Ask for a format; what the driver made of it. Raises OSError."""
    asked = bytearray(struct.pack("=I4xIIII", _CAPTURE, width, height, letters, _NO_FIELD).ljust(208, b"\0"))
    fcntl.ioctl(device, S_FMT, asked)
    return Picture(*struct.unpack_from("=III4xII", asked, 8))


def set_pad(subdevice: int, width: int, height: int, code: int) -> tuple[int, int, int]:
    """Ask pad 0 of a sub-device for width, height and bus format; what it made of them. Raises OSError."""
    asked = bytearray(struct.pack("=IIIIII", _ACTIVE, 0, width, height, code, _NO_FIELD).ljust(88, b"\0"))
    fcntl.ioctl(subdevice, SUBDEV_S_FMT, asked)
    wide, tall, made = struct.unpack_from("=III", asked, 8)
    return wide, tall, made


def control(device: int, which: int) -> tuple[int, int, int] | None:
    """Least, most and present value of a control; None where there is no such control."""
    asked, value = bytearray(struct.pack("=I64x", which)), bytearray(struct.pack("=Ii", which, 0))
    try:
        fcntl.ioctl(device, QUERYCTRL, asked)
        fcntl.ioctl(device, G_CTRL, value)
    except OSError:
        return None
    least, most = struct.unpack_from("=ii", asked, 40)
    return least, most, struct.unpack_from("=i", value, 4)[0]


def set_control(device: int, which: int, value: int) -> None:
    """Raises OSError."""
    fcntl.ioctl(device, S_CTRL, bytearray(struct.pack("=Ii", which, value)))


def _buffer(index: int) -> bytearray:
    return bytearray(struct.pack("=II52xI24x", index, _CAPTURE, _MMAP))


def map_buffers(device: int, count: int) -> list[mmap.mmap]:
    """Memory that the driver fills, each buffer queued. Raises OSError."""
    asked = bytearray(struct.pack("=III8x", count, _CAPTURE, _MMAP))
    fcntl.ioctl(device, REQBUFS, asked)
    memory = []
    for index in range(struct.unpack_from("=I", asked)[0]):
        told = _buffer(index)
        fcntl.ioctl(device, QUERYBUF, told)
        offset, length = struct.unpack_from("=I4xI", told, 64)
        memory.append(mmap.mmap(device, length, prot=mmap.PROT_READ, offset=offset))
        give_back(device, index)
    return memory


def start(device: int) -> None:
    """Let frames come. Raises OSError."""
    fcntl.ioctl(device, STREAMON, struct.pack("=i", _CAPTURE))


def take(device: int) -> tuple[int, bool]:
    """The buffer that was filled next, and whether its frame is whole. Raises OSError (EAGAIN: none yet)."""
    told = _buffer(0)
    fcntl.ioctl(device, DQBUF, told)
    index, _, _, flags = struct.unpack_from("=IIII", told)
    return index, not flags & _BROKEN


def give_back(device: int, index: int) -> None:
    """Queue a buffer again. Raises OSError."""
    fcntl.ioctl(device, QBUF, _buffer(index))
