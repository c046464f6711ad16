"""The image this machine was started from, as far as the running system can tell."""

from __future__ import annotations

import re
from pathlib import Path

_COMMAND_LINE = Path("/proc/cmdline")
_TEST_MARK = Path("/etc/kinko-test-image")
_MOST = 64 * 1024
#: The dm-verity table of the root (kernel: admin-guide/device-mapper/dm-init and verity), as the image writes it.
_TABLE = re.compile(
    r'dm-mod\.create="root,\S* ?0 \d+ verity 1 \S+ \S+ 4096 4096 \d+ \d+ sha256 ([0-9a-f]{64}) '
)


def root_hash(command_line: Path = _COMMAND_LINE) -> bytes:
    """The root hash (32 bytes) under which the kernel checks every block of the root; empty where it checks none.

    The kernel was told it by what started the kernel: where that is not signed, a forger tells another. So people
    compare its words with the published ones.
    """
    try:
        with command_line.open("rb") as stream:
            told = _TABLE.findall(stream.read(_MOST).decode("ascii", "replace"))
    except OSError:
        return b""
    return bytes.fromhex(told[0]) if len(told) == 1 else b""


def for_tests(mark: Path = _TEST_MARK) -> bool:
    """Whether this is an image for tests: it has a serial line, and no real key belongs on it."""
    return mark.exists()
