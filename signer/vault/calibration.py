"""How costly a passphrase is to try: Argon2id measured on this machine when an officer is enrolled (RFC 9106, 4).

Memory is doubled from the floor for as long as one derivation stays within a moment that a person does not mind. What
was found is recorded in the credential, under its seal; nothing goes below the floor, and a slow machine stays on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from signer.vault.sealed import Kdf

#: A try may take so long, in seconds, on the machine it was calibrated on.
MOMENT = 0.5
MOST_KIB = 1024 * 1024
#: Of the memory that is free, so that other programs are not pushed out.
_SHARE = 4


def calibrated(seconds: Callable[[Kdf], float], free_kib: int) -> Kdf:
    """The costliest parameters whose time stays within MOMENT and whose memory within a quarter of what is free."""
    kdf = Kdf()
    while kdf.memory * 2 <= min(free_kib // _SHARE, MOST_KIB) and 2 * seconds(kdf) <= MOMENT:
        kdf = replace(kdf, memory=kdf.memory * 2)
    return kdf


def calibrate() -> Kdf:
    """For this machine, now. Takes about a moment; no secret is touched."""
    return calibrated(_seconds, _free_kib())


def _seconds(kdf: Kdf) -> float:
    began = time.monotonic()
    Argon2id(
        salt=os.urandom(16), length=32, iterations=kdf.passes, lanes=kdf.lanes, memory_cost=kdf.memory
    ).derive(b"no passphrase of anybody")
    return time.monotonic() - began


def _free_kib(table: Path = Path("/proc/meminfo")) -> int:
    """MemAvailable, 0 where nobody says."""
    try:
        rows = dict(line.split(":", 1) for line in table.read_text().splitlines())
        return int(rows["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        return 0
