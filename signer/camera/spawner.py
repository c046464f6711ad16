"""The service that starts the pixel child under a user of its own: `python -m signer.camera.spawner DOOR`.

It runs as that user, without a right that the child lacks. Who may enter the folder of DOOR may ask; one is served at
a time, since one camera is. The child ends with the connection, and the connection with the child.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from signer.camera.spawn import MAX_MESSAGE, launch

ASK_SECONDS: Final = 5.0
MAX_WORDS: Final = 12
_WAITING: Final = 4


def serve(door: Path) -> NoReturn:
    """Open the door and answer it for ever. Raises OSError where no socket can be made."""
    door.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(door))
        door.chmod(0o666)  # its folder says who may come in
        listener.listen(_WAITING)
        while True:
            line, _ = listener.accept()
            with line:
                _attend(line)


def _attend(line: socket.socket) -> None:
    """One connection, from what it asks to the end of the child."""
    child = _begin(line)
    if child is None:
        return
    ended = os.pidfd_open(child.pid)
    try:
        select.select([line.fileno(), ended], [], [])  # nothing more is said: either end is the end
    finally:
        os.close(ended)
        child.kill()
        child.wait()


def _begin(line: socket.socket) -> subprocess.Popen[bytes] | None:
    """The child that is asked for; None for anything that `spawn.start` would not have asked."""
    line.settimeout(ASK_SECONDS)
    given: list[int] = []
    try:
        message, given, _, _ = socket.recv_fds(line, MAX_MESSAGE + 1, 1, socket.MSG_CMSG_CLOEXEC)
        words = message.decode().split("\0")
        if len(given) != 1 or not message or len(message) > MAX_MESSAGE or len(words) > MAX_WORDS:
            return None
        return launch(words, given[0])
    except (OSError, ValueError):
        return None
    finally:
        for descriptor in given:
            with suppress(OSError):
                os.close(descriptor)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
