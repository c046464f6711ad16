"""A sealed key as the outside knows it, and the forms its public keys are asked for in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Slot:
    """A sealed key: its master fingerprint (4 bytes), who can open it, how many of them it takes."""

    name: str
    fingerprint: bytes
    officers: tuple[str, ...]
    threshold: int


class KeyForm(Enum):
    """How a public key is written.

    XPUB: BIP 32 base58, `tpub` where the path's second step is coin type 1h (every coin's test network, SLIP 44).
    SECP256K1: 33 bytes, compressed, in hex. ED25519_KECCAK: NEM's 32 bytes in hex.
    """

    XPUB = "xpub"
    SECP256K1 = "secp256k1"
    ED25519_KECCAK = "ed25519-keccak"
