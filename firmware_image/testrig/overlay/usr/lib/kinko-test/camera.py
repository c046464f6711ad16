"""The test camera: frames from the rig, played into vivid's HDMI output, which is looped to its input, /dev/video0.

One byte `n` asks the rig for the next frame: WIDTH * HEIGHT bytes of luma. The signer sees an ordinary V4L2 camera.
vivid loops only where both ends have the same format: when the reader chose another one this program ends, is started
again by the supervisor, and takes that.
Numbers and layouts: the kernel's include/uapi/linux/videodev2.h, 64-bit.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
from pathlib import Path

from ports import open_port, read_exactly

WIDTH, HEIGHT = 640, 480
_BUFFERS = 3
_CAPTURE, _OUTPUT, _MMAP, _NO_FIELD = 1, 2, 1, 1
_BYTES = {0x56595559: 2, 0x33524742: 3, 0x33424752: 3}  # YUYV, BGR3, RGB3: bytes a pixel
_LOOK_EVERY = 8  # frames
_NEXT_CONTROL = 0x80000000
# 640x480 at 59.94 Hz (CEA-861, VIC 1): the smallest picture HDMI knows
_TIMINGS = struct.pack(
    "=I4IQ11I2I2B46x4x", 0, WIDTH, HEIGHT, 0, 0, 25_175_000, 16, 96, 48, 10, 2, 33, 0, 0, 0, 3, 0, 0, 0, 0, 0
)


def _number(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("V") << 8 | number


_G_FMT, _S_FMT, _REQBUFS, _QUERYBUF, _QBUF, _DQBUF = (
    _number(3, number, size) for number, size in ((4, 208), (5, 208), (8, 20), (9, 88), (15, 88), (17, 88))
)
_STREAMON, _S_CTRL, _QUERYCTRL, _S_TIMINGS = (
    _number(direction, number, size)
    for direction, number, size in ((1, 18, 4), (3, 28, 8), (3, 36, 68), (3, 87, 132))
)


def _controls(camera: int) -> dict[str, int]:
    """Every control of the camera: name to number."""
    found, number = {}, 0
    while True:
        asked = bytearray(struct.pack("=I64x", number | _NEXT_CONTROL))
        try:
            fcntl.ioctl(camera, _QUERYCTRL, asked)
        except OSError:
            return found
        number = struct.unpack_from("=I", asked)[0]
        found[asked[8:40].rstrip(b"\0").decode()] = number


def _join(camera: int) -> None:
    """Loop the input to the output and write no text over the picture."""
    for name, number in _controls(camera).items():
        if name.endswith("Is Connected To") or name == "OSD Text Mode":
            fcntl.ioctl(camera, _S_CTRL, struct.pack("=Ii", number, 2))


def _buffer(index: int, used: int = 0) -> bytearray:
    return bytearray(
        struct.pack("=5I4x16x16xIIQIIi4x", index, _OUTPUT, used, 0, _NO_FIELD, 0, _MMAP, 0, 0, 0, 0)
    )


def _format(camera: int) -> int:
    """The pixel format that the reader of the camera has chosen, as four letters in a number."""
    asked = bytearray(struct.pack("=I204x", _CAPTURE))
    fcntl.ioctl(camera, _G_FMT, asked)
    return int(struct.unpack_from("=I", asked, 16)[0])


def _draw(luma: bytes, picture: bytearray, wide: int) -> None:
    """Gray in a format of `wide` bytes a pixel."""
    for place in range(1 if wide == 2 else 3):
        picture[place::wide] = luma


def _settle(camera: int, output: int, letters: int) -> list[mmap.mmap]:
    """Size and buffers of the output; its memory."""
    for end in (output, camera):
        fcntl.ioctl(end, _S_TIMINGS, bytearray(_TIMINGS))
    picture = struct.pack("=II7I", WIDTH, HEIGHT, letters, _NO_FIELD, 0, 0, 0, 0, 0)
    fcntl.ioctl(output, _S_FMT, bytearray(struct.pack("=I4x", _OUTPUT) + picture.ljust(200, b"\0")))
    _join(camera)
    asked = bytearray(struct.pack("=III8x", _BUFFERS, _OUTPUT, _MMAP))
    fcntl.ioctl(output, _REQBUFS, asked)
    memory = []
    for index in range(struct.unpack_from("=I", asked)[0]):
        told = _buffer(index)
        fcntl.ioctl(output, _QUERYBUF, told)
        offset, length = struct.unpack_from("=I", told, 64)[0], struct.unpack_from("=I", told, 72)[0]
        memory.append(mmap.mmap(output, length, offset=offset))
    return memory


def _nodes() -> tuple[Path, Path] | None:
    """vivid's input and output: it makes them in this order. None when this machine has no test camera."""
    found = sorted(Path("/sys/class/video4linux").glob("video*"))
    vivid = [Path("/dev", node.name) for node in found if (node / "name").read_text().startswith("vivid")]
    return (vivid[0], vivid[1]) if len(vivid) >= 2 else None


def main() -> None:
    """Play frames for ever."""
    port = open_port("kinko.camera")
    nodes = _nodes()
    while nodes is None:
        time.sleep(3600)
    camera, output = (os.open(node, os.O_RDWR) for node in nodes)
    letters = _format(camera)
    wide = _BYTES[letters]
    memory = _settle(camera, output, letters)
    picture = bytearray(b"\x80" * (WIDTH * HEIGHT * wide))
    for number in range(1 << 62):
        os.write(port, b"n")
        _draw(read_exactly(port, WIDTH * HEIGHT), picture, wide)
        if number % _LOOK_EVERY == 0 and _format(camera) != letters:
            return
        if number < len(memory):
            index = number
        else:
            taken = _buffer(0)
            fcntl.ioctl(output, _DQBUF, taken)
            index = struct.unpack_from("=I", taken)[0]
        memory[index][: len(picture)] = bytes(picture)
        fcntl.ioctl(output, _QBUF, _buffer(index, len(picture)))
        if number == len(memory) - 1:
            fcntl.ioctl(output, _STREAMON, struct.pack("=i", _OUTPUT))


if __name__ == "__main__":
    main()
