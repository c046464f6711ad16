"""The few system calls that the standard library lacks."""

from __future__ import annotations

import ctypes
import os
from typing import Final

READ_ONLY, NO_SUID, NO_DEV, NO_EXEC = 1, 2, 4, 8
_PR_SET_NO_NEW_PRIVS: Final = 38
_LIBC: Final = ctypes.CDLL("libc.so.6", use_errno=True)


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """mount(2). Raises OSError."""
    if _LIBC.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def no_new_privileges() -> None:
    """Nothing started from here on gains a right by executing a file. Raises OSError."""
    if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
