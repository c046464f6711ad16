"""What a HID device says it is, in its report descriptor (HID 1.11, section 6.2.2): FIDO tokens and nothing else pass.

The kernel has read the same bytes when it made an input device of it, or none. So a descriptor that speaks of anything
but FIDO's usage page (CTAP 2.1, section 11.2.8.1) is no token's: one key on another page would be a keyboard.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

MAX_DESCRIPTOR: Final = 4_096  # the kernel's own limit
FIDO_PAGE: Final = 0xF1D0
_LONG: Final = 0xFE
_USAGE_PAGE, _COLLECTION = (1, 0), (0, 10)  # type and tag: global and main items
_LOCAL: Final = 2
_USAGES: Final = (0, 1, 2)  # usage, and the two ends of a range


def is_fido(descriptor: bytes) -> bool:
    """Whether every usage in it is on FIDO's page, and there is one. False for bytes that are no descriptor."""
    pages = collections = at = 0
    if len(descriptor) > MAX_DESCRIPTOR:
        return False
    while at < len(descriptor):
        head = descriptor[at]
        size = (0, 1, 2, 4)[head & 3]
        value = int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")
        at += 1 + size
        if head == _LONG or at > len(descriptor):
            return False
        item = kind, tag = head >> 2 & 3, head >> 4
        if not pages and item != _USAGE_PAGE:
            return False  # it begins with what it speaks of
        pages += item == _USAGE_PAGE
        collections += item == _COLLECTION
        elsewhere = kind == _LOCAL and tag in _USAGES and size == 4 and value >> 16 != FIDO_PAGE
        if elsewhere or (item == _USAGE_PAGE and value != FIDO_PAGE):
            return False
    return collections > 0


def says_fido(device: Path) -> bool:
    """The same of a device's folder in sysfs; False when it is gone."""
    try:
        return is_fido((device / "report_descriptor").read_bytes())
    except OSError:
        return False
