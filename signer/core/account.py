"""An account as a ceremony enrolled it: chain, keys with their origins, threshold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from signer.core.codec import encode

HARDENED = 0x80000000


@dataclass(frozen=True, slots=True)
class KeyOrigin:
    """Where a key comes from: master fingerprint (4 bytes, BIP 32) and path; hardened steps have bit 31 set."""

    fingerprint: bytes
    path: tuple[int, ...]

    def __str__(self) -> str:
        return "/".join([self.fingerprint.hex(), *(_step(step) for step in self.path)])


@dataclass(frozen=True, slots=True)
class Cosigner:
    """One key of an account: `key` in the chain's own text form (xpub, hex public key, address)."""

    origin: KeyOrigin
    key: str


@dataclass(frozen=True, slots=True)
class Account:
    """What is enrolled. `terms` is the chain's canonical text of the account (a descriptor, say).

    `chain` is a CAIP-2 id. `name` is local to this device and not part of the identity.
    """

    name: str
    chain: str
    terms: str
    threshold: int
    cosigners: tuple[Cosigner, ...]

    @property
    def id(self) -> bytes:
        """SHA-256 of the canonical form, 32 bytes: the same on every device and on the builder."""
        return hashlib.sha256(encode([self.chain, self.terms])).digest()


def parse_path(text: str) -> tuple[int, ...]:
    """`48h/0h/0h/2h` or with apostrophes, with or without `m/`; raises ValueError."""
    steps = text.removeprefix("m").removeprefix("/")
    return tuple(_read_step(step) for step in steps.split("/")) if steps else ()


def _read_step(text: str) -> int:
    number = text.rstrip("hH'")
    if len(text) - len(number) > 1 or not number.isascii() or not number.isdigit() or int(number) >= HARDENED:
        raise ValueError(text)
    return int(number) + (HARDENED if number != text else 0)


def _step(step: int) -> str:
    return f"{step - HARDENED}h" if step >= HARDENED else str(step)
