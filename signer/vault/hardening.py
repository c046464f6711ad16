"""What a child does to itself before it sees a secret: no core, no debugger, no swap, no network, no new powers."""

from __future__ import annotations

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_MCL_CURRENT_AND_FUTURE = 3
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# No limit on processes: Argon2id fills its lanes in threads, and the limit counts those too.
_LIMITS = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)


def harden(*, files: bool = False) -> tuple[bool, bool]:
    """Give up what signing does not need. Returns (memory locked, network cut): what the system may not grant.

    `files`: it may still write some.

    Raises OSError if one of the steps fails that every Linux grants; the child then ends before it opens anything.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in (
        (_PR_SET_PDEATHSIG, int(signal.SIGKILL)),
        (_PR_SET_DUMPABLE, 0),
        (_PR_SET_NO_NEW_PRIVS, 1),
    ):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    cut, locked = _cut_network(libc), _lock_memory(libc)
    for limit in _LIMITS:
        if not (files and limit == resource.RLIMIT_FSIZE):
            resource.setrlimit(limit, (0, 0))
    os.umask(0o077)
    return locked, cut


def _lock_memory(libc: ctypes.CDLL) -> bool:
    """All of it, now and later; not half of it: under a small limit every later allocation would fail."""
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY
    if unlimited:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    if not unlimited and os.geteuid() != 0:
        return False
    return int(libc.mlockall(_MCL_CURRENT_AND_FUTURE)) == 0


def _cut_network(libc: ctypes.CDLL) -> bool:
    """An empty network namespace, directly where allowed, else inside a user namespace of its own."""
    return bool(libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)
