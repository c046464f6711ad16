"""What screens may know of showing codes: the transport's own animation, seen from a higher floor."""

from __future__ import annotations

from signer.wire.showing import SPEEDS, Showing, Symbol, largest_version, show

__all__ = ["SPEEDS", "Showing", "Symbol", "largest_version", "show"]
