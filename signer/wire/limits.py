"""Every bound the transport puts on what a stranger shows; docs/reference/limits.md lists them."""

from __future__ import annotations

from typing import Final

PAYLOAD_BYTES: Final = 2 * 1024 * 1024  # the largest message in any dialect, after inflation
TEXT_BYTES: Final = 7_089  # the largest text one QR code can carry (version 40, numeric)
UR_TYPE_CHARS: Final = 40
UR_PARTS: Final = 8_192
UR_FRAGMENT_BYTES: Final = 2_953
BBQR_PARTS: Final = 1_295  # two base-36 digits
SPECTER_PARTS: Final = 2_048
CBOR_DEPTH: Final = 12
CBOR_ITEMS: Final = 4_096
MISSING_SHOWN: Final = 32  # part numbers a Progress names at most
FILE_BYTES: Final = 8 * 1024 * 1024  # a file given on the command line, before decoding
KINKO_SYMBOLS: Final = 2_635  # follows from the payload's length
