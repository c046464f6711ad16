"""What the child gives up before it looks at a pixel: memory, files, core dumps, new privileges."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from typing import Final

MEMORY_BYTES: Final = 1536 * 1024 * 1024
OPEN_FILES: Final = 64
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38


def enter(parent: int) -> None:
    """Take the limits on; everything later in this process has them. `parent` is the process to die with."""
    for name, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _lower(name, value)
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in (
        (_PR_SET_PDEATHSIG, signal.SIGKILL),
        (_PR_SET_DUMPABLE, 0),
        (_PR_SET_NO_NEW_PRIVS, 1),
    ):
        libc.prctl(option, int(value), 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was armed
        raise SystemExit(1)


def _lower(name: int, value: int) -> None:
    """Lower both limits; a limit that is lower already stays."""
    _, hard = resource.getrlimit(name)
    if hard != resource.RLIM_INFINITY and hard < value:
        value = hard
    resource.setrlimit(name, (value, value))
