"""What is to be signed, and what comes back: the only things a chain and the vault exchange."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from signer.core.account import KeyOrigin


class Algorithm(Enum):
    """How a task is signed.

    ECDSA: secp256k1 over a 32-byte digest, RFC 6979, low-S and low-R, answer compact (64 bytes, r then s).
    SCHNORR: BIP 340 over a 32-byte digest, key tweaked by `Task.tweak` as BIP 341 says, answer 64 bytes.
    ED25519_KECCAK: NEM's Ed25519 with Keccak-512 over the message itself, answer 64 bytes.
    """

    ECDSA = "ecdsa-secp256k1"
    SCHNORR = "schnorr-bip340"
    ED25519_KECCAK = "ed25519-keccak"


@dataclass(frozen=True, slots=True)
class Task:
    """One signature to make: `index` tells the chain where it belongs (an input, say).

    `origin` is the full path of the key, `public_key` what it must turn out to be.
    """

    index: int
    origin: KeyOrigin
    public_key: bytes
    algorithm: Algorithm
    message: bytes
    tweak: bytes = b""


@dataclass(frozen=True, slots=True)
class Signature:
    """The answer to one task: same `index` and `public_key`; `data` as the algorithm says."""

    index: int
    public_key: bytes
    data: bytes
