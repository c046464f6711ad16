"""Where the signer's home is, and how the rig is told something: a line that begins with RIG."""

from __future__ import annotations

import sys
from pathlib import Path

HOME = Path("/data/home")


def say(*words: object) -> None:
    """One line to the rig."""
    sys.stdout.write(" ".join(map(str, ("RIG", *words))) + "\r\n")
    sys.stdout.flush()
