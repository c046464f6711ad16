"""What a test image runs on the serial line, as the kernel's command line says with `kinko.test=`.

`inside` tells what a program can reach, `journal` appends for ever, `fill` leaves the data partition no room; anything
else is the signer itself. A home that the rig offers on the port `kinko.home` is unpacked first, on a new device only.
"""

from __future__ import annotations

import hashlib
import io
import os
import socket
import sys
import tarfile
import time
from pathlib import Path

from ports import find, read_exactly

from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice

_HOME = Path("/data/home")
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
_SIGNER = ("/usr/bin/python3", "-B", "-m", "signer", "--home", str(_HOME))


def main() -> None:
    """Do what the command line says."""
    told = dict(word.partition("=")[::2] for word in Path("/proc/cmdline").read_text().split())
    wanted = told.get("kinko.test", "")
    if wanted == "inside":
        _inside()
    elif wanted == "journal":
        _journal()
    _unpack_home()
    if wanted == "fill":
        _fill()
    os.execv(_SIGNER[0], _SIGNER)


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, ("RIG", *words))) + "\r\n")
    sys.stdout.flush()


def _unpack_home() -> None:
    path = find("kinko.home")
    if path is None or any(_HOME.iterdir()):
        return
    port = os.open(path, os.O_RDWR)
    os.write(port, b"h")
    length = int.from_bytes(read_exactly(port, 4), "big")
    with tarfile.open(fileobj=io.BytesIO(read_exactly(port, length))) as packed:
        packed.extractall(_HOME, filter="data")
    os.sync()
    os.close(port)


def _inside() -> None:
    """Everything a program here could try to reach the world with."""
    for family in _FAMILIES:
        number = getattr(socket, family, None)
        try:
            socket.socket(
                number, socket.SOCK_RAW if family in ("AF_PACKET", "AF_NETLINK") else socket.SOCK_STREAM
            )
        except (OSError, TypeError) as error:
            _say("socket", family, "refused:", error)
        else:
            _say("socket", family, "OPEN")
    folder = Path("/sys/class/net")
    _say("interfaces", *sorted(path.name for path in folder.iterdir()) if folder.exists() else ())
    for name in _CLOSED:
        try:
            with open(name, "rb") as stream:
                _say("open", name, "READ", len(stream.read(16)))
        except OSError as error:
            _say("open", name, "refused:", error.strerror)
    try:
        Path("/usr/lib/kinko/mark").write_text("x")
        _say("write", "root WRITTEN")
    except OSError as error:
        _say("write", "root refused:", error.strerror)
    _say("user", os.getuid(), "groups", *os.getgroups())
    _say(
        "setuid",
        "programs",
        sum(1 for path in Path("/usr").rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o6000),
    )
    _say("done")
    time.sleep(86_400)


def _journal() -> None:
    """Append records until the power goes; say each number once the journal has acknowledged it."""
    folder = _HOME / "device"
    device = FileDevice(folder) if folder.exists() else FileDevice.create(folder)
    journal = FileJournal.at(_HOME / "journal", device.key, device.counter("journal"))
    journal.verify()
    _say("have", len(journal), "as verified")
    for number in range(1 << 62):
        subject = hashlib.sha256(b"%d" % number).digest()
        _say("acknowledged", journal.append(Event(EventKind.REVIEWED, int(time.time()), (), subject)))


def _fill() -> None:
    """Take all the room there is, but for the last few bytes that no file can have."""
    with (_HOME / "filler").open("wb", buffering=0) as stream:
        for size in (1 << 20, 4096, 1):
            while True:
                try:
                    stream.write(bytes(size))
                except OSError:
                    break
        try:
            os.fsync(stream.fileno())
        except OSError as error:
            _say("filled", error.strerror)


if __name__ == "__main__":
    main()
