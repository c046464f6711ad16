"""The data partition: LUKS2, its key derived from the device secret; made at the first boot, never again by itself."""

from __future__ import annotations

import hashlib
import hmac
import os
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
_HEAD_BYTES: Final = 1 << 20
#: What stands before a `hardware.toml` that `firmware_image/hardware` wrote onto a card that has not started yet.
WISH_MARK: Final = b"kinko hardware 1\n"
MAX_WISH: Final = 4096
HOME: Final = Path("/data/home")


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


def wish(head: bytes) -> bytes | None:
    """The `hardware.toml` for the home of a partition that was never used, empty for none; None for a used one.

    Only where this is not None may the partition be made: a damaged one is not blank and stops the device. What the
    file may say is the signer's to judge.
    """
    if not head.startswith(WISH_MARK):
        return None if any(head) else b""
    text, _, rest = head.removeprefix(WISH_MARK).partition(b"\0")
    return text if len(text) <= MAX_WISH and not any(rest) else None


def open_data(device: Path, key: bytes) -> None:
    """Open and mount the data partition with the home in it; make it first if it is blank. Raises DataError."""
    with device.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    wished = wish(head)
    if wished is not None:
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
    make_home(HOME, wished or b"")


def make_home(home: Path, hardware: bytes) -> None:
    """The signer's folder, and in a new one what it is to know of its hardware. Raises DataError for a link."""
    if home.is_symlink():  # whoever wrote the card would choose what the signer's user is given
        raise DataError("the data partition's home leads elsewhere")
    home.mkdir(exist_ok=True)
    if hardware:
        told = home / "hardware.toml"
        told.write_bytes(hardware)
        os.chown(told, 1000, 1000)
        told.chmod(0o600)
    os.chown(home, 1000, 1000)
    home.chmod(0o700)


def _open(device: Path, key: bytes) -> None:
    _run(("cryptsetup", "open", "--type", "luks2", "--key-file", "-", str(device), NAME), key)


def _run(command: tuple[str, ...], given: bytes, fine: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(
        command, input=given, capture_output=True, check=False, env={"PATH": "/usr/sbin:/usr/bin"}
    )
    if done.returncode not in fine:
        raise DataError(f"{command[0]} answered {done.returncode}: not this device's card, or a damaged one")
