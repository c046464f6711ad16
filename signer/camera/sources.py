"""Where frames come from, in the child: a V4L2 device, a video file, a folder of pictures, one picture, a named pipe.

A pipe carries Motion JPEG, as rpicam-vid or ffmpeg write it: the way to cameras that have no plain V4L2 device.
"""

from __future__ import annotations

import itertools
import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np

from signer.camera.raw import open_raw
from signer.core.errors import Malformed
from signer.wire.mjpeg import Splitter
from signer.wire.reader import Gray, opened

PICTURES: Final = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"))
MAX_PICTURES: Final = 100_000
MAX_PICTURE_BYTES: Final = 64 * 1024 * 1024
MAX_SIDE: Final = 8_192
_WIDTH, _HEIGHT, _RATE = 1920, 1080, 30
_CHUNK: Final = 1 << 16
_READS: Final = 256  # before what has come is looked at, however fast more comes


class Source(Protocol):
    """Frames one after the other."""

    live: bool
    once: bool  # no second look at what a frame shows
    folder: str | None  # what must still be readable once the source is open

    def frames(self) -> Iterator[Gray | None]:
        """Gray frames; None for one that could not be read. Ends with the source."""


def open_source(path: str) -> Source | None:
    """The source at a path, or None when it is not one."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return None
    if stat.S_ISCHR(mode):
        return open_raw(path, MAX_SIDE) or _captured(path, live=True)
    if stat.S_ISDIR(mode):
        return _Pictures(path, _listed(path))
    if stat.S_ISFIFO(mode):
        return _Piped(os.open(path, os.O_RDONLY))  # returns when somebody writes
    if not stat.S_ISREG(mode):
        return None
    if Path(path).suffix.lower() in PICTURES:
        return _Pictures(os.path.dirname(path), [path])
    return _captured(path, live=False)


def _listed(folder: str) -> list[str]:
    names = sorted(name for name in os.listdir(folder) if Path(name).suffix.lower() in PICTURES)
    paths = (os.path.join(folder, name) for name in names)
    return list(itertools.islice(filter(os.path.isfile, paths), MAX_PICTURES))  # no pipe, device or loop


class _Pictures:
    """Picture files, each once."""

    live = False
    once = True

    def __init__(self, folder: str, paths: list[str]) -> None:
        self.folder: str | None = folder
        self._paths = paths

    def frames(self) -> Iterator[Gray | None]:
        for path in self._paths:
            yield _picture(path)


def _picture(path: str) -> Gray | None:
    try:
        if os.path.getsize(path) > MAX_PICTURE_BYTES:
            return None
        raw = np.fromfile(path, dtype=np.uint8)
    except OSError:
        return None
    if not raw.size:
        return None
    return _gray_or_none(raw.reshape(1, -1))


def _captured(path: str, *, live: bool) -> Source | None:
    try:
        if live:
            capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, _WIDTH)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _HEIGHT)
            capture.set(cv2.CAP_PROP_FPS, _RATE)
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
            capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)  # colour would be made only to be thrown away
        else:
            capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    except cv2.error:
        return None
    return _Capture(capture, live) if capture.isOpened() else None


class _Capture:
    """A device or a video file."""

    once = False
    folder: str | None = None

    def __init__(self, capture: cv2.VideoCapture, live: bool) -> None:
        self._capture = capture
        self.live = live

    def frames(self) -> Iterator[Gray | None]:
        while True:
            try:
                good, frame = self._capture.read()
            except cv2.error:
                return
            if not good:
                return
            yield _gray_or_none(frame)


class _Piped:
    """Motion JPEG through a pipe: always the newest picture."""

    live = True
    once = False
    folder: str | None = None

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        os.set_blocking(pipe, False)

    def frames(self) -> Iterator[Gray | None]:
        splitter, open_end = Splitter(), True
        while open_end:
            select.select([self._pipe], [], [])
            newest: bytes | None = None
            for _ in range(_READS):
                try:
                    chunk = os.read(self._pipe, _CHUNK)
                except BlockingIOError:
                    break
                open_end = bool(chunk)
                try:
                    newest = splitter.feed(chunk) or newest
                except Malformed:
                    return
                if not chunk:
                    break
            if newest is not None:
                yield _gray_or_none(np.frombuffer(newest, np.uint8).reshape(1, -1))


def _gray_or_none(frame: Any) -> Gray | None:
    try:
        return _gray(frame)
    except cv2.error:
        return None


def _gray(frame: Any) -> Gray | None:
    """One plane of bytes, of a size that a decoder may be given, of what a device or file delivered.

    A device's frame comes as it is: a JPEG in one row, luma and chroma in pairs (YUYV), or a plane. Raises cv2.error.
    """
    if frame is None or frame.dtype != np.uint8:
        return None
    if frame.ndim == 2 and 1 in frame.shape:
        frame = opened(frame.reshape(-1))
        if frame is None:
            return None
    elif frame.ndim == 3 and frame.shape[2] == 2:
        frame = frame[:, :, 0]
    elif frame.ndim == 3 and frame.shape[2] == 3:
        frame = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    if frame.ndim != 2 or max(frame.shape) > MAX_SIDE or min(frame.shape) < 16:
        return None
    return np.ascontiguousarray(frame)
