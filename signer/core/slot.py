"""A sealed key as the outside knows it, how a new one is backed up, and the forms its public keys are asked for in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from signer.core.errors import Lock, VaultError
from signer.core.quorum import is_quorum

MAX_GROUPS = 16
MAX_MEMBERS = 16


@dataclass(frozen=True, slots=True)
class Slot:
    """A sealed key: its master fingerprint (4 bytes), who can open it, how many of them it takes.

    `in_token`: one secp256k1 key that never leaves a PKCS#11 token, its path is empty; else a tree below a seed.
    """

    name: str
    fingerprint: bytes
    officers: tuple[str, ...]
    threshold: int
    in_token: bool = False

    @property
    def sound(self) -> bool:
        """Whether it takes a quorum to open it."""
        return is_quorum(self.threshold, len(self.officers))


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """SLIP 39 groups: how many groups are needed, and for each group (shares needed, shares made). Empty: no shares."""

    needed: int = 1
    groups: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """Raises VaultError(TOO_FEW) for a plan that SLIP 39 does not know: among others, one share of several."""
        sound = len(self.groups) <= MAX_GROUPS and 1 <= self.needed <= max(1, len(self.groups))
        for few, many in self.groups:
            sound = sound and 1 <= few <= many <= MAX_MEMBERS and (few > 1 or many == 1)
        if not sound:
            raise VaultError(Lock.TOO_FEW, needed=self.needed)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: `words` of BIP 39 and `shares` of SLIP 39 by group, to be written down once and forgotten."""

    slot: Slot
    words: str = ""
    shares: tuple[tuple[str, ...], ...] = ()


class Origin(Enum):
    """What a key is made of: fresh entropy, a 64-byte seed, the words of BIP 39, or shares of SLIP 39, one a line."""

    FRESH = 0
    SEED = 1
    WORDS = 2
    SHARES = 3


class KeyForm(Enum):
    """How a public key is written.

    XPUB: BIP 32 base58, `tpub` where the path's second step is coin type 1h (every coin's test network, SLIP 44).
    SECP256K1: 33 bytes, compressed, in hex. ED25519_KECCAK: NEM's 32 bytes in hex.
    """

    XPUB = "xpub"
    SECP256K1 = "secp256k1"
    ED25519_KECCAK = "ed25519-keccak"
