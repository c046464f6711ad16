"""What screens may know of receiving codes: the transport's own receiver, seen from a higher floor."""

from __future__ import annotations

from signer.wire.reception import ABANDONED, SPENDS, Heard, Read, Receiver, Said, from_file
from signer.wire.values import Kind

#: What an address to be checked comes as.
NOTES = frozenset({Kind.TEXT})

__all__ = ["ABANDONED", "NOTES", "SPENDS", "Heard", "Read", "Receiver", "Said", "from_file"]
