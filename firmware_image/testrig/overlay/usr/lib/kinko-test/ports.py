"""The lines to the machine that QEMU runs on: virtio-serial ports by name. They exist in a test image alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

_PORTS = Path("/sys/class/virtio-ports")


def find(name: str) -> Path | None:
    """The device of a port, None when this machine has none of that name."""
    for folder in sorted(_PORTS.glob("vport*")):
        if (folder / "name").read_text().strip() == name:
            return Path("/dev", folder.name)
    return None


def open_port(name: str) -> int:
    """A descriptor of the port, once there is one: at once, or never."""
    while (path := find(name)) is None:
        time.sleep(3600)
    return os.open(path, os.O_RDWR)


def read_exactly(port: int, length: int) -> bytes:
    """That many bytes. With nobody at the other end a read gives nothing: wait."""
    parts = []
    while length:
        got = os.read(port, min(length, 1 << 16))
        if got:
            parts.append(got)
            length -= len(got)
        else:
            time.sleep(0.05)
    return b"".join(parts)
