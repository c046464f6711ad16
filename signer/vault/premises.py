"""Where a key is about to be made: no network but `lo`, a verified image, a device secret with hardware behind it."""

from __future__ import annotations

from pathlib import Path

from signer.vault.secret import DeviceSecret

_SYSTEM = Path("/sys")


def network_cut(system: Path = _SYSTEM) -> tuple[bool, str]:
    """Whether `lo` is the only interface there is, up or down; else the names of the others."""
    folder = system / "class" / "net"
    others = sorted(entry.name for entry in folder.iterdir() if entry.name != "lo") if folder.exists() else []
    return not others, ", ".join(others)


def image_verified(system: Path = _SYSTEM) -> tuple[bool, str]:
    """Whether the kernel checks every block of the root file system (dm-verity on dm-0)."""
    path = system / "block" / "dm-0" / "dm" / "uuid"
    try:
        kind = path.read_text()
    except OSError:
        return False, "no dm-verity"
    return kind.startswith("CRYPT-VERITY-"), ""


def hardware_secret(device: DeviceSecret) -> tuple[bool, str]:
    """Whether the device secret is in hardware."""
    return device.protects, "" if device.protects else "a file"
