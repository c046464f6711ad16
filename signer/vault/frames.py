"""What goes over the pipe to a child: frames of a length (4 bytes, big-endian) and that many bytes.

Messages are CBOR; a secret travels as a raw frame of its own, read straight into a bytearray that can be wiped.
"""

from __future__ import annotations

import os
import select
import time

MAX_FRAME = 4 * 1024 * 1024
MAX_SECRET = 4096


class PipeClosed(Exception):
    """The other end is gone, silent for too long, or does not speak frames."""


def send_frame(descriptor: int, data: bytes | bytearray) -> None:
    """Raises PipeClosed."""
    _write(descriptor, len(data).to_bytes(4, "big"))
    _write(descriptor, data)


def receive_frame(descriptor: int, limit: int = MAX_FRAME, timeout: float | None = None) -> bytearray:
    """The next frame, no longer than `limit`, within `timeout` seconds (None: for ever). Raises PipeClosed."""
    until = None if timeout is None else time.monotonic() + timeout
    length = int.from_bytes(_read(descriptor, 4, until), "big")
    if length > limit:
        raise PipeClosed
    return _read(descriptor, length, until)


def _write(descriptor: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as error:
        raise PipeClosed from error
    finally:
        view.release()


def _read(descriptor: int, length: int, until: float | None) -> bytearray:
    data = bytearray(length)
    with memoryview(data) as whole:
        filled = 0
        while filled < length:
            _wait(descriptor, until)
            with whole[filled:] as rest:
                try:
                    count = os.readv(descriptor, [rest])
                except OSError as error:
                    raise PipeClosed from error
            if not count:
                raise PipeClosed
            filled += count
    return data


def _wait(descriptor: int, until: float | None) -> None:
    if until is None:
        return
    ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
    if not ready:
        raise PipeClosed
