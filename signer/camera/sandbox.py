"""What the child gives up before it looks at a pixel: memory, files, system calls, new privileges.

Limits always; Landlock and seccomp where the kernel has them (docs/explanation/isolation.md tells what was measured).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from typing import Final

MEMORY_BYTES: Final = 1536 * 1024 * 1024
OPEN_FILES: Final = 64
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_MODE_FILTER: Final = 2

# Landlock (kernel 5.13 and later): system calls have the same numbers everywhere
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_RIGHTS_OF_VERSION: Final = (0, 13, 14, 15, 15, 16)  # number of file rights each version knows

# classic BPF
_LOAD, _EQUAL, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refuse: EPERM
_NUMBER_AT, _ARCH_AT, _SECOND_AT, _THIRD_AT = 0, 4, 24, 32
_PROT_EXEC: Final = 4
_V4L2: Final = ord("V") << 8  # the group of ioctls that a camera answers to

_NAMES: Final = (
    "read write close fstat lseek munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 readv writev "
    "sched_yield mremap madvise nanosleep getpid getppid gettid exit exit_group uname sigaltstack futex "
    "sched_getaffinity clock_gettime clock_nanosleep newfstatat getrandom statx membarrier set_robust_list "
    "gettimeofday pselect6 ppoll fcntl mmap mprotect ioctl openat"
).split()
_X86_64: Final = (
    "0 1 3 5 8 11 12 13 14 15 17 19 20 24 25 28 35 39 110 186 60 231 63 131 202 204 228 230 262 318 332 324 273 96 "
    "270 271 72 9 10 16 257"
)
_AARCH64: Final = (
    "63 64 57 80 62 215 214 134 135 139 67 65 66 124 216 233 101 172 173 178 93 94 160 132 98 123 113 115 79 278 291 "
    "283 99 169 72 73 25 222 226 29 56"
)
_EXTRA_X86_64: Final = (7, 23)  # poll and select, which other architectures do not have
_MACHINES: Final = {"x86_64": (0xC000003E, _X86_64, _EXTRA_X86_64), "aarch64": (0xC00000B7, _AARCH64, ())}
_GUARDED: Final = ("mmap", "mprotect", "ioctl", "openat")


def enter(parent: int) -> None:
    """Take the limits on; everything later in this process has them. `parent` is the process to die with."""
    for name, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _lower(name, value)
    for option, value in (
        (_PR_SET_PDEATHSIG, signal.SIGKILL),
        (_PR_SET_DUMPABLE, 0),
        (_PR_SET_NO_NEW_PRIVS, 1),
    ):
        _libc().prctl(option, int(value), 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was armed
        raise SystemExit(1)


def close_in(folder: str | None) -> tuple[str, ...]:
    """Give up files and system calls for good, once the source is open. Names what took effect.

    `folder` is the one place that may still be read, for a folder of pictures; None for a device or a video.
    """
    done = []
    if _landlock(folder):
        done.append("landlock")
    if _seccomp(files=folder is not None):
        done.append("seccomp")
    return tuple(done)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _lower(name: int, value: int) -> None:
    """Lower both limits; a limit that is lower already stays."""
    _, hard = resource.getrlimit(name)
    if hard != resource.RLIM_INFINITY and hard < value:
        value = hard
    resource.setrlimit(name, (value, value))


def _landlock(folder: str | None) -> bool:
    """No file can be opened any more, but for reading those under `folder`."""
    libc = _libc()
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    if version < 1:
        return False
    rights = (1 << _RIGHTS_OF_VERSION[min(version, len(_RIGHTS_OF_VERSION) - 1)]) - 1
    handled = ctypes.create_string_buffer(struct.pack("=Q", rights), 8)
    ruleset = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    if folder is not None:
        descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        rule = ctypes.create_string_buffer(struct.pack("=Qi", _READ_FILE | _READ_DIR, descriptor), 12)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        os.close(descriptor)
    taken = libc.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return bool(taken == 0)


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Filter)))


def _seccomp(*, files: bool) -> bool:
    """Refuse every system call but those that looking at pixels takes."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.maxsize < 1 << 32:
        return False
    lines = _program(*machine, files=files)
    array = (_Filter * len(lines))(*(_Filter(*line) for line in lines))
    program = _Program(len(lines), array)
    taken = _libc().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return bool(taken == 0)


def _program(
    arch: int, numbers: str, extra: tuple[int, ...], *, files: bool
) -> list[tuple[int, int, int, int]]:
    """The filter: each line is code, jump if true, jump if false, constant."""
    number_of = dict(zip(_NAMES, map(int, numbers.split()), strict=True))
    lines = [(_LOAD, 0, 0, _ARCH_AT), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER_AT)]
    for number in (*(n for name, n in number_of.items() if name not in _GUARDED), *extra):
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    if files:
        lines += [(_EQUAL, 0, 1, number_of["openat"]), (_RETURN, 0, 0, _ALLOW)]
    for name in ("mmap", "mprotect"):  # memory, but none that can be executed
        lines += [(_EQUAL, 0, 4, number_of[name]), (_LOAD, 0, 0, _THIRD_AT), (_ANY_BIT, 0, 1, _PROT_EXEC)]
        lines += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    lines += [(_EQUAL, 0, 4, number_of["ioctl"]), (_LOAD, 0, 0, _SECOND_AT), (_AND, 0, 0, 0xFF00)]
    lines += [(_EQUAL, 0, 1, _V4L2), (_RETURN, 0, 0, _ALLOW)]
    lines.append((_RETURN, 0, 0, _REFUSE))
    return lines
