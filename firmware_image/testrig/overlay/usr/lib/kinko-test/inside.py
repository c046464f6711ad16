"""Tells the rig everything that a program of the signer's user could try to reach the world with."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from telling import say

_FAMILIES = ("AF_INET", "AF_INET6", "AF_PACKET", "AF_BLUETOOTH", "AF_CAN", "AF_NETLINK", "AF_VSOCK", "AF_ALG")
_CLOSED = (
    "/dev/mem",
    "/dev/kmem",
    "/dev/port",
    "/proc/kcore",
    "/proc/modules",
    "/proc/kallsyms",
    "/sys/kernel/debug/gpio",
)


def main() -> None:
    """Everything a program here could try to reach the world with."""
    for family in _FAMILIES:
        number = getattr(socket, family, None)
        try:
            socket.socket(
                number, socket.SOCK_RAW if family in ("AF_PACKET", "AF_NETLINK") else socket.SOCK_STREAM
            )
        except (OSError, TypeError) as error:
            say("socket", family, "refused:", error)
        else:
            say("socket", family, "OPEN")
    folder = Path("/sys/class/net")
    say("interfaces", *sorted(path.name for path in folder.iterdir()) if folder.exists() else ())
    for name in _CLOSED:
        try:
            with open(name, "rb") as stream:
                say("open", name, "READ", len(stream.read(16)))
        except OSError as error:
            say("open", name, "refused:", error.strerror)
    try:
        Path("/usr/lib/kinko/mark").write_text("x")
        say("write", "root WRITTEN")
    except OSError as error:
        say("write", "root refused:", error.strerror)
    say("user", os.getuid(), "groups", *os.getgroups())
    say(
        "setuid",
        "programs",
        sum(1 for path in Path("/usr").rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o6000),
    )
    say("done")
    time.sleep(86_400)


if __name__ == "__main__":
    main()
