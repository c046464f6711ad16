"""Which USB devices may speak: judged by what their interfaces are, before the kernel gives any of them a driver."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from supervisor import hid


class Kind(Enum):
    """What a USB interface is (class, subclass, protocol of the USB class code list)."""

    KEYBOARD = "keyboard"
    HID = "HID of its own kind"  # a FIDO token is one; so is much else, and `Gate` looks again
    CAMERA = "camera"
    SMART_CARD = "smart card"
    TOKEN = "token"
    HUB = "hub"
    OTHER = "other"


#: A token of a vendor's own class is known by vendor and product alone: YubiHSM 2.
TOKENS: Final = frozenset({(0x1050, 0x0030)})
MAX_INTERFACES: Final = 16
MAX_LIES: Final = 3  # HID devices that were no tokens; from then on none comes in


@dataclass(frozen=True, slots=True)
class Device:
    """A USB device as its descriptors tell: vendor, product and (class, subclass, protocol) of each interface."""

    vendor: int
    product: int
    interfaces: tuple[tuple[int, int, int], ...]


def kind(device: Device, interface: tuple[int, int, int]) -> Kind:
    """What an interface of the device is."""
    match interface:
        case (9, _, _):
            return Kind.HUB
        case (3, 1, 1):
            return Kind.KEYBOARD
        case (3, 0, 0):
            return Kind.HID
        case (14, _, _):
            return Kind.CAMERA
        case (11, _, _):
            return Kind.SMART_CARD
        case (255, _, _) if (device.vendor, device.product) in TOKENS:
            return Kind.TOKEN
        case _:
            return Kind.OTHER


def allowed(device: Device, *, started: bool) -> bool:
    """Whether the device may be used: every interface of it is allowed, and no keyboard comes after the start.

    A disk that is also a keyboard is refused whole. A keyboard that comes later may be one that types by itself.
    """
    kinds = {kind(device, interface) for interface in device.interfaces}
    if not kinds or len(device.interfaces) > MAX_INTERFACES or Kind.OTHER in kinds:
        return False
    return not (started and Kind.KEYBOARD in kinds)


def read_device(folder: Path) -> Device:
    """A device from its folder in /sys/bus/usb/devices. Its raw descriptors are readable before it is authorised.

    Raises ValueError when they do not add up, OSError when it is gone.
    """
    raw = (folder / "descriptors").read_bytes()
    if len(raw) < 18 or raw[0] != 18 or raw[1] != 1:
        raise ValueError("no device descriptor")
    interfaces, at = [], 18
    while at + 2 <= len(raw):
        length, what = raw[at], raw[at + 1]
        if length < 2 or at + length > len(raw):
            raise ValueError("a descriptor leaves its bounds")
        if what == 4 and length >= 9:
            interfaces.append((raw[at + 5], raw[at + 6], raw[at + 7]))
        at += length
    vendor = int.from_bytes(raw[8:10], "little")
    return Device(vendor, int.from_bytes(raw[10:12], "little"), tuple(dict.fromkeys(interfaces)))


class Gate:
    """Lets devices in, and out again when what they told the kernel then is not what may come in."""

    def __init__(self, bus: Path) -> None:
        """`bus` is /sys/bus/usb/devices."""
        self._bus = bus
        self._barred: set[tuple[str, str]] = set()  # folder, number: another one after it is plugged in again

    def sweep(self, *, started: bool) -> list[str]:
        """Authorise what is allowed among the devices that wait; the names of those refused."""
        refused = []
        for folder in sorted(self._bus.iterdir()):
            switch = folder / "authorized"
            try:
                if not switch.exists() or switch.read_text().strip() == "1":
                    continue
                if not self._let_in(folder, switch, started):
                    refused.append(folder.name)
            except (OSError, ValueError):
                refused.append(folder.name)
        return refused

    def _let_in(self, folder: Path, switch: Path, started: bool) -> bool:
        device = read_device(folder)
        key = folder.name, _line(folder / "devnum")
        kinds = {kind(device, interface) for interface in device.interfaces}
        full = Kind.HID in kinds and len(self._barred) >= MAX_LIES
        if key in self._barred or full or not allowed(device, started=started):
            return False
        switch.write_text("1")  # returns when the drivers have looked at it
        told = (found.parent for found in folder.glob(f"{folder.name}:*/*/report_descriptor"))
        if Kind.KEYBOARD in kinds or all(hid.says_fido(device) for device in told):
            return True  # a keyboard of the start may type whatever it has
        switch.write_text("0")
        self._barred.add(key)
        return False

    def readers(self) -> list[Path]:
        """The nodes below /dev/bus/usb of the smart-card readers that were let in."""
        found = []
        for folder in sorted(self._bus.iterdir()):
            try:
                if _line(folder / "authorized") != "1":
                    continue
                device = read_device(folder)
                if Kind.SMART_CARD in {kind(device, interface) for interface in device.interfaces}:
                    number = int(_line(folder / "busnum")), int(_line(folder / "devnum"))
                    found.append(Path("/dev/bus/usb", f"{number[0]:03}", f"{number[1]:03}"))
            except (OSError, ValueError):
                continue
        return found


def _line(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""
