"""The parent's side of the pixel child: starts it, believes only bounded lines, kills and replaces it when it hangs."""

from __future__ import annotations

import os
import select
import stat
import time
from typing import Final

from signer.camera import lines, spawn
from signer.core.errors import Bad, Malformed
from signer.core.sight import CameraEvent, Ended, Ending, Hint, HintKind, Stats

START_SECONDS: Final = 120.0  # until the first line: imports, a slow card, the opening of a device
HANG_SECONDS: Final = 20.0  # between two lines: the smallest board may have much else to do
RETRY_SECONDS: Final = 1.0  # before a device is tried again
MAX_RESTARTS: Final = 8  # of a file's reader
NOISE_BYTES: Final = 8192  # of sixteen pairs of frames or more
NOISE_SECONDS: Final = 60.0
_CHUNK: Final = 1 << 18
_V4L2_MAJOR: Final = 81  # of character devices: video4linux


def open_camera(
    source: str, *, preview: tuple[int, int] | None = None, stats: bool = False, door: str = ""
) -> CameraProcess:
    """A camera on a V4L2 device (path or number), a named pipe of Motion JPEG, a video file, a folder of pictures,
    or one picture.

    `preview` asks for small pictures that fit (width, height); `door` is the spawner's socket, where there is one.
    Raises Malformed when there is no such source.
    """
    path, live = _place(source)
    if preview and preview[0] * preview[1] > lines.MAX_PREVIEW:
        raise Malformed(Bad.TOO_LARGE, what="preview", limit=lines.MAX_PREVIEW)
    return CameraProcess(path, live=live, preview=preview, stats=stats, door=door)


def gather_noise(
    source: str, wanted: int = NOISE_BYTES, seconds: float = NOISE_SECONDS, *, door: str = ""
) -> bytearray:
    """Raw noise of a camera, in bytes of eight samples: `wanted` of them, fewer if the source ends or time runs out.

    Whether it is any good is for health tests to say. Raises Malformed when there is no such source.
    """
    path, live = _place(source)
    camera = CameraProcess(path, live=live, preview=None, stats=False, noise=True, door=door)
    try:
        until = time.monotonic() + seconds
        while len(camera.noise) < wanted and time.monotonic() < until:
            if any(isinstance(event, Ended) for event in camera.poll(0.2)):
                break
    finally:
        camera.close()
    gathered = camera.noise[:wanted]
    camera.noise[:] = bytes(len(camera.noise))
    return gathered


def _place(source: str) -> tuple[str, bool]:
    """Where a source is, and whether it is live. Raises Malformed."""
    path = f"/dev/video{source}" if source.isascii() and source.isdigit() and len(source) < 4 else source
    path = os.path.abspath(path)
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        raise Malformed(Bad.UNREADABLE, what="camera", source=source) from None
    device = stat.S_ISCHR(found.st_mode)
    if not source or (device and os.major(found.st_rdev) != _V4L2_MAJOR):  # else it is waited for
        raise Malformed(Bad.UNREADABLE, what="camera", source=source)
    return path, device or stat.S_ISFIFO(found.st_mode)


class CameraProcess:
    """The port `Camera` over a child process. A device that goes away is waited for; a file ends with `Ended`."""

    def __init__(
        self,
        path: str,
        *,
        live: bool,
        preview: tuple[int, int] | None,
        stats: bool,
        noise: bool = False,
        door: str = "",
    ) -> None:
        self._path = path
        self._door = door
        self._live = live
        self._preview = preview
        self._wants_stats = stats
        self._wants_noise = noise
        self.noise = bytearray()
        self._child: spawn.Child | None = None
        self._buffer = b""
        self._deadline = 0.0
        self._retry_at = 0.0
        self._restarts = 0
        self._frame = -1
        self._ended = False
        self.isolation: tuple[str, ...] = ()  # what stands around the child, beside limits
        self._before = Stats(0, 0, 0, 0.0, "none")  # what children before this one did
        self._latest = self._before
        self._begin()

    def poll(self, timeout: float) -> tuple[CameraEvent, ...]:
        """Events since the last call; waits at most `timeout` seconds for the first. Empty after `Ended`."""
        if self._ended:
            return ()
        if self._child is None:
            return self._wait_for_device(timeout)
        found = self._read(timeout)
        if self._child is not None and time.monotonic() > self._deadline:
            found += self._lost()
        return tuple(found)

    @property
    def replaced(self) -> int:
        """How many children hung, died or lied and had another put in their place."""
        return self._restarts

    def close(self) -> None:
        """End the child. Harmless when repeated."""
        self._ended = True
        self._end_child()

    def _begin(self) -> None:
        words = [self._path, "--skip", str(self._frame + 1)]
        if self._preview:
            words += ["--preview", str(self._preview[0]), str(self._preview[1])]
        if self._wants_noise:
            words.append("--noise")
        self._child = spawn.start(words, self._door)
        self._buffer = b""
        self._deadline = time.monotonic() + START_SECONDS

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _wait_for_device(self, timeout: float) -> tuple[CameraEvent, ...]:
        now = time.monotonic()
        if now < self._retry_at:
            time.sleep(min(timeout, self._retry_at - now))
            return ()
        self._retry_at = now + RETRY_SECONDS
        if not os.path.exists(self._path):
            return (Hint(HintKind.NO_CAMERA),)
        self._begin()
        return ()

    def _read(self, timeout: float) -> list[CameraEvent]:
        if self._child is None:
            return []
        pipe = self._child.pipe
        if not select.select([pipe], [], [], max(0.0, timeout))[0]:
            return []
        chunk = os.read(pipe, _CHUNK)
        if not chunk:
            return self._lost()
        self._deadline = time.monotonic() + HANG_SECONDS
        *whole, self._buffer = (self._buffer + chunk).split(b"\n")
        found: list[CameraEvent] = []
        try:
            if len(self._buffer) > lines.MAX_LINE:
                raise Malformed(Bad.TOO_LARGE, what="camera")
            for line in whole:
                event = lines.read(line)
                found += self._told(event)
                if isinstance(event, Ended):  # what it says behind its end is not heard
                    break
        except Malformed:  # it lies: away with it
            found += self._lost()
        return found

    def _told(self, event: lines.Told) -> list[CameraEvent]:
        match event:
            case lines.Alive(frame):
                self._frame = frame if not self._live else -1
                return []
            case lines.Closed(by):
                apart = self._child is not None and self._child.apart
                self.isolation = ("user", *by) if apart else by
                return []
            case lines.Noise(data):
                if not self._wants_noise:
                    raise Malformed(Bad.FIELD, what="camera")
                self.noise += data
                return []
            case Stats():
                self._latest = _add(self._before, event)
                return [self._latest] if self._wants_stats else []
            case Ended(reason):
                return self._finished(reason)
        return [event]

    def _finished(self, reason: Ending) -> list[CameraEvent]:
        """The child says its source ended: a device may come back, a file does not."""
        self._end_child()
        if self._live:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._before = self._latest
            return [Hint(HintKind.NO_CAMERA)]
        self._ended = True
        return [Ended(reason)]

    def _lost(self) -> list[CameraEvent]:
        """The child hung, died or lied: a new one goes on behind the frame that did it."""
        self._end_child()
        self._before = self._latest
        self._restarts += 1
        if self._live:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            return []
        if self._restarts > MAX_RESTARTS:
            self._ended = True
            return [Ended(Ending.FAILED)]
        self._begin()
        return []


def _add(before: Stats, now: Stats) -> Stats:
    decoder = now.decoder if now.decoder != "none" else before.decoder
    return Stats(
        before.frames_seen + now.frames_seen,
        before.decoded + now.decoded,
        before.used + now.used,
        before.seconds + now.seconds,
        decoder,
    )
