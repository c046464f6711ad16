"""The builder's own camera: anything with pixels to the texts of QR codes. It holds no key worth stealing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from signer.core.errors import Bad, Malformed
from signer.wire.mjpeg import Splitter
from signer.wire.reader import Code, Gray, Reader, opened

_PICTURES: Final = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"))
_MAX_PICTURE: Final = 64 * 1024 * 1024
_MAX_SIDE: Final = 8_192
_CHUNK: Final = 1 << 16


def looks(source: str) -> Iterator[list[Code]]:
    """The codes of each frame. `source` is a folder of pictures (by name, each once), a picture, a video, a device,
    or a named pipe of Motion JPEG.

    Ends with the source; a device goes on until the caller stops. Raises Malformed(UNREADABLE).
    """
    # OpenCV reads it with its first picture: a larger one would be made whole before its size is known here
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(_MAX_SIDE**2)
    path = Path(
        f"/dev/video{source}" if source.isascii() and source.isdigit() and len(source) < 4 else source
    )
    try:
        if not source:
            raise ValueError
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise Malformed(Bad.UNREADABLE, what="camera", source=source) from error
    return _read(path, mode)


def _read(path: Path, mode: int) -> Iterator[list[Code]]:
    live = stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)
    reader, once = Reader(hasty=live), stat.S_ISDIR(mode) or path.suffix.lower() in _PICTURES
    for frame in _frames(path, mode):
        yield reader.read(frame, hard=once) if frame is not None else []


def _frames(path: Path, mode: int) -> Iterator[Gray | None]:
    if stat.S_ISDIR(mode):
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in _PICTURES and each.is_file())
        return (_picture(each) for each in found)
    if stat.S_ISFIFO(mode):
        return _piped(path)
    return iter((_picture(path),)) if path.suffix.lower() in _PICTURES else _video(path, mode)


def _picture(path: Path) -> Gray | None:
    """None for a file that is no picture: a folder may hold other things."""
    try:
        if path.stat().st_size > _MAX_PICTURE:
            return None
        return _decoded(path.read_bytes())
    except OSError as error:
        raise Malformed(Bad.UNREADABLE, what="picture") from error


def _decoded(data: bytes) -> Gray | None:
    image = opened(np.frombuffer(data, np.uint8))
    return None if image is None else _bounded(image)


def _bounded(image: Gray) -> Gray | None:
    return image if min(image.shape) >= 16 and max(image.shape) <= _MAX_SIDE else None


def _piped(path: Path) -> Iterator[Gray | None]:
    """The newest picture of what has come; the pipe ends with its writer."""
    splitter = Splitter()
    with path.open("rb", buffering=0) as pipe:
        while chunk := os.read(pipe.fileno(), _CHUNK):
            whole = splitter.feed(chunk)
            if whole is not None:
                yield _decoded(whole)


def _video(path: Path, mode: int) -> Iterator[Gray | None]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2 if stat.S_ISCHR(mode) else cv2.CAP_FFMPEG)
    if stat.S_ISCHR(mode):
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, 1920)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, 1080)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    try:
        if not capture.isOpened():
            raise Malformed(Bad.UNREADABLE, what="camera")
        while True:
            there, frame = capture.read()
            if not there:
                return
            yield _bounded(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8))
    finally:
        capture.release()
