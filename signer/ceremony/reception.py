"""What screens may know of receiving codes: the transport's own receiver, seen from a higher floor."""

from __future__ import annotations

from signer.wire.reception import ABANDONED, SPENDS, Heard, Read, Receiver, Said, from_file

__all__ = ["ABANDONED", "SPENDS", "Heard", "Read", "Receiver", "Said", "from_file"]
