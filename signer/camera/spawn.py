"""How a child that looks at pixels is started: by this process, or at the door of the spawner, whose user is another.

The spawner (`spawner.py`) is a service of the appliance. It is handed the writing end of a pipe and the words of a
command line, starts the child under its own user, and ends it when the connection ends. Nobody needs more rights.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import signer

MAX_MESSAGE: Final = 4_096  # bytes of all words
_ANSWER_SECONDS: Final = 5.0  # for the spawner to end a child too: the next one may want the same device
_BOOT: Final = "import sys; sys.path.insert(0, sys.argv.pop(1)); from signer.camera.child import main; main()"
_ENVIRONMENT: Final = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(1 << 26),
    "OPENCV_FFMPEG_THREADS": "1",
    "OPENCV_LOG_LEVEL": "SILENT",
}


class Child(Protocol):
    """A child that was started; `pipe` is the descriptor its lines come out of."""

    @property
    def pipe(self) -> int: ...

    @property
    def apart(self) -> bool:
        """Whether another user than this process's started it, as the kernel says."""
        ...

    def end(self) -> None:
        """Kill it, wait for that, close the pipe."""
        ...


def start(words: Sequence[str], door: str) -> Child:
    """A child for these words of a command line; `door` is the spawner's socket, empty where there is none.

    A spawner that does not answer is a child whose pipe is at its end.
    """
    reading, writing = os.pipe()
    try:
        return _Lent(reading, writing, words, door) if door else _Own(reading, writing, words)
    finally:
        os.close(writing)


def launch(words: Sequence[str], writing: int) -> subprocess.Popen[bytes]:
    """The child itself, writing its lines into `writing`; it dies with this process."""
    program = [sys.executable, "-I", "-c", _BOOT, str(Path(signer.__file__).parent.parent)]
    return subprocess.Popen(
        [*program, *words, "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
    )


class _Own:
    """This process's own child."""

    apart = False

    def __init__(self, reading: int, writing: int, words: Sequence[str]) -> None:
        self.pipe = reading
        self.process = launch(words, writing)

    def end(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self.pipe)


class _Lent:
    """The spawner's child, as long as the connection lasts."""

    def __init__(self, reading: int, writing: int, words: Sequence[str], door: str) -> None:
        self.pipe = reading
        self.apart = False
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(_ANSWER_SECONDS)
        with suppress(OSError):
            self._line.connect(door)
            self.apart = _user_behind(self._line) != os.getuid()
            socket.send_fds(self._line, ["\0".join(words).encode()], [writing])

    def end(self) -> None:
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_WR)
            self._line.recv(1)  # nothing comes but the end, once the child is gone
        self._line.close()
        os.close(self.pipe)


def _user_behind(line: socket.socket) -> int:
    """The user who opened the door, from the kernel (SO_PEERCRED of unix(7))."""
    layout = struct.Struct("3i")
    _, user, _ = layout.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, layout.size))
    return int(user)
