"""What the journal says of the device's own keeping: witnesses, exports, trials of backups, accounts agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signer.core.cosignature import Witness


@dataclass(frozen=True, slots=True)
class Upkeep:
    """All of it read from the journal. `records` is its length, `exported` how many of them an auditor was given.

    `drills` is when the backup of a key was last read back, by the key's fingerprint (4 bytes). `cosigned` is by the
    witness's name: the newest (records covered, Unix seconds). `registered` are the ids of accounts and the keys of
    builders that a quorum of this device agreed to. `successors` leads from an account that was given up to the one
    that takes its coins, `spares` from an account to the one that would in an emergency; `named` says since when.
    `attended` is when a quorum last signed, or set or confirmed the clock.
    """

    records: int = 0
    exported: int = 0
    drills: Mapping[bytes, int] = field(default_factory=dict)
    witnesses: tuple[Witness, ...] = ()
    cosigned: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    registered: frozenset[bytes] = frozenset()
    successors: Mapping[bytes, bytes] = field(default_factory=dict)
    spares: Mapping[bytes, bytes] = field(default_factory=dict)
    attended: int = 0
    named: Mapping[tuple[bytes, bytes], int] = field(default_factory=dict)
