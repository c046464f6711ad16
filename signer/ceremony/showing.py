"""What screens may know of showing codes: the transport's own animation, seen from a higher floor."""

from __future__ import annotations

from signer.wire.following import Follower
from signer.wire.reception import Read
from signer.wire.showing import GRIDS, SPEEDS, Room, Showing, Symbol, largest_version, show
from signer.wire.symbol import Sheet, lines, modules, symbol
from signer.wire.values import Dialect, Format, Kind, Payload

__all__ = [
    "GRIDS",
    "SPEEDS",
    "Follower",
    "Room",
    "Sheet",
    "Showing",
    "Symbol",
    "as_code",
    "as_descriptor",
    "as_text",
    "largest_version",
    "lines",
    "modules",
    "show",
]


def as_code(text: bytes) -> Symbol:
    """One small symbol."""
    return symbol(text)


def as_text(text: str) -> Read:
    """Plain text in one code where it fits: an address, a checkpoint."""
    return Read(Payload(Kind.TEXT, text.encode()), Dialect(Format.STATIC))


def as_descriptor(text: str) -> Read:
    """An account for another device or wallet."""
    return Read(Payload(Kind.DESCRIPTOR, text.encode()), Dialect(Format.UR))
