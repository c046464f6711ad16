"""The data partition: LUKS2, its key derived from the device secret; made at the first boot, never again by itself."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
from pathlib import Path
from typing import Final

from supervisor import kernel

NAME: Final = "data"
MAPPED: Final = f"/dev/mapper/{NAME}"
#: Memory (KiB) and passes of Argon2id: a serial number has few bits, so guessing it must cost something.
_COST: Final = (
    "--pbkdf",
    "argon2id",
    "--pbkdf-memory",
    "65536",
    "--pbkdf-force-iterations",
    "4",
    "--pbkdf-parallel",
    "1",
)
_MAGIC: Final = b"LUKS\xba\xbe"


class DataError(Exception):
    """The data partition is not this device's, or is damaged: the appliance stops and says so."""


def device_key(tree: Path) -> bytes:
    """The key (32 bytes) of this board, from its serial number in the device tree (/proc/device-tree).

    That binds a stolen card to its board and no more: whoever also holds the board can read the number. A TPM or
    the one-time memory does better; docs/explanation/secure-boot.md tells how much. Raises DataError without one.
    """
    try:
        serial = (tree / "serial-number").read_bytes().rstrip(b"\0")
    except OSError:
        raise DataError("this board tells no serial number") from None
    if not serial.strip(b"0"):
        raise DataError("this board's serial number is empty")
    return hmac.digest(b"kinko data partition 1", serial, hashlib.sha256)


def is_blank(head: bytes) -> bool:
    """Whether a partition was never used. Only then may it be made: a damaged one is not blank and stops the device."""
    return not any(head)


def open_data(device: Path, key: bytes) -> None:
    """Open and mount the data partition on /data; make it first if it is blank. Raises DataError."""
    with device.open("rb") as stream:
        head = stream.read(1 << 20)
    if is_blank(head):
        _run(
            (
                "cryptsetup",
                "luksFormat",
                "--batch-mode",
                "--type",
                "luks2",
                *_COST,
                "--key-file",
                "-",
                str(device),
            ),
            key,
        )
        _open(device, key)
        _run(("mke2fs", "-q", "-t", "ext4", "-m", "0", "-L", "data", MAPPED), b"")
    elif head.startswith(_MAGIC):
        _open(device, key)
    else:
        raise DataError("the data partition is damaged")
    _run(("e2fsck", "-p", MAPPED), b"", fine=(0, 1))
    kernel.mount(
        MAPPED, "/data", "ext4", kernel.NO_SUID | kernel.NO_DEV | kernel.NO_EXEC, "errors=remount-ro"
    )


def _open(device: Path, key: bytes) -> None:
    _run(("cryptsetup", "open", "--type", "luks2", "--key-file", "-", str(device), NAME), key)


def _run(command: tuple[str, ...], given: bytes, fine: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(
        command, input=given, capture_output=True, check=False, env={"PATH": "/usr/sbin:/usr/bin"}
    )
    if done.returncode not in fine:
        raise DataError(f"{command[0]} answered {done.returncode}: not this device's card, or a damaged one")
