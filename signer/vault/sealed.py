"""The vault as bytes: officers' credentials and sealed slots, under one authenticated header.

The format is described in docs/reference/vault-format.md. Nothing here opens anything: that is `seal`, in the child.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from signer.core.codec import decode, encode
from signer.core.errors import Bad, Broken, Malformed, Tampered
from signer.core.fields import Fields
from signer.core.officer import Duty, Factor, Holding, Officer, check_name
from signer.core.slot import Slot

FORMAT = 1
ID_BYTES = 16
MAX_OFFICERS = 64
MAX_SLOTS = 64
MAX_SHARE = 128
MAX_SEALED = 256
MAX_HINT = 2048
FLOOR_KIB = 64 * 1024
_CEILING_KIB = 4 * 1024 * 1024
_WHAT = "vault"
_E = TypeVar("_E", bound=Enum)


@dataclass(slots=True)
class SecondFactor:
    """A factor just enrolled: its kind, what it needs to answer again (no secret), and its answer, 32 bytes."""

    kind: Factor
    hint: bytes
    secret: bytearray


def join_hints(seconds: Sequence[SecondFactor]) -> bytes:
    """What a credential keeps of the factors beside the passphrase."""
    if len(seconds) > 1:
        return encode([second.hint for second in seconds])
    return b"".join(second.hint for second in seconds)


class Mode(Enum):
    """WRAPPED: the sealed bytes are a 64-byte BIP 32 seed. TOKEN: they are the PIN of a token that keeps the key."""

    WRAPPED = 1
    TOKEN = 2


@dataclass(frozen=True, slots=True)
class Kdf:
    """Argon2id parameters (RFC 9106): memory in KiB, passes, lanes. The default is the RFC's second choice."""

    memory: int = FLOOR_KIB
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        """The floor holds for a header that was read as well: weaker parameters are never run."""
        bounded = (
            FLOOR_KIB <= self.memory <= _CEILING_KIB and 3 <= self.passes <= 64 and 1 <= self.lanes <= 16
        )
        if not bounded:
            raise Malformed(Bad.VALUE, what="argon2id")


@dataclass(frozen=True, slots=True)
class Credential:
    """How an officer is known: X25519 key pair, its private half sealed under the officer's factors.

    `hint` is what a factor needs to answer (a FIDO2 credential id, say); it is no secret. Of several it is
    CBOR of the list of theirs, in the order of `factors`.
    """

    officer: Officer
    kdf: Kdf
    salt: bytes
    factors: tuple[Factor, ...]
    hint: bytes
    public_key: bytes
    nonce: bytes = b""
    sealed: bytes = b""

    @property
    def holds(self) -> tuple[Holding, ...]:
        """What the officer shows beside his passphrase; which card, only its hint says."""
        return tuple(Holding(factor) for factor in self._held)

    @property
    def hints(self) -> tuple[tuple[Factor, bytes], ...]:
        """Each factor beside the passphrase with its own hint. Raises Malformed."""
        if len(self._held) < 2:
            return tuple((factor, self.hint) for factor in self._held)
        fields = _row(decode(self.hint), len(self._held))
        return tuple((factor, fields.octets(place, MAX_HINT)) for place, factor in enumerate(self._held))

    @property
    def _held(self) -> tuple[Factor, ...]:
        return tuple(factor for factor in self.factors if factor is not Factor.PASSPHRASE)

    def context(self, vault_id: bytes) -> bytes:
        """What the sealed key is bound to: everything said of the officer, and the vault."""
        return encode(["kinko officer", FORMAT, vault_id, *self._open_part()])

    def row(self) -> list[object]:
        return [*self._open_part(), self.nonce, self.sealed]

    def _open_part(self) -> list[object]:
        who, kdf = self.officer, self.kdf
        return [
            [who.name, [duty.value for duty in who.duties], who.site, who.organisation, who.until],
            [kdf.memory, kdf.passes, kdf.lanes],
            self.salt,
            [factor.value for factor in self.factors],
            self.hint,
            self.public_key,
        ]

    @classmethod
    def read(cls, row: object) -> Credential:
        fields = _row(row, 8)
        kdf = _row(fields.items[1], 3)
        return cls(
            _read_officer(fields.items[0]),
            Kdf(kdf.integer(0), kdf.integer(1), kdf.integer(2)),
            fields.octets(2, 16, 16),
            tuple(_member(Factor, value) for value in fields.items_of(3, len(Factor))),
            fields.octets(4, MAX_HINT),
            fields.octets(5, 32, 32),
            fields.octets(6, 12, 12),
            fields.octets(7, 48, 48),
        )


@dataclass(frozen=True, slots=True)
class SlotHeader:
    """What a sealed key is bound to. `holders` are (officer, X25519 public key); holder i has share number i + 1.

    `version` is the vault's at the time of sealing, `policy` the digest of the policy in force then.
    """

    vault_id: bytes
    version: int
    name: str
    mode: Mode
    fingerprint: bytes
    threshold: int
    policy: bytes
    holders: tuple[tuple[str, bytes], ...]

    @property
    def context(self) -> bytes:
        """SHA-256 of the header: the associated data of the seal and of every share."""
        return hashlib.sha256(encode(["kinko slot", FORMAT, self.vault_id, *self.row()])).digest()

    def row(self) -> list[object]:
        holders = [[name, key] for name, key in self.holders]
        return [
            self.version,
            self.name,
            self.mode.value,
            self.fingerprint,
            self.threshold,
            self.policy,
            holders,
        ]

    @classmethod
    def read(cls, vault_id: bytes, row: object) -> SlotHeader:
        fields = _row(row, 7)
        holders = tuple(_read_holder(holder) for holder in fields.items_of(6, MAX_OFFICERS))
        return cls(
            vault_id,
            fields.integer(0),
            check_name(fields.text(1, 32)),
            _member(Mode, fields.items[2]),
            fields.octets(3, 4, 4),
            fields.integer(4, 1, len(holders)),
            fields.octets(5, 32, 32),
            holders,
        )


@dataclass(frozen=True, slots=True)
class SealedSlot:
    """A key under a random data key (AES-256-GCM-SIV), and the data key's shares, one a holder (HPKE)."""

    header: SlotHeader
    shares: tuple[bytes, ...]
    nonce: bytes
    sealed: bytes

    def slot(self) -> Slot:
        header = self.header
        holders = tuple(name for name, _ in header.holders)
        return Slot(
            header.name, header.fingerprint, holders, header.threshold, in_token=header.mode is Mode.TOKEN
        )

    def row(self) -> list[object]:
        return [self.header.row(), list(self.shares), self.nonce, self.sealed]

    @classmethod
    def read(cls, vault_id: bytes, row: object) -> SealedSlot:
        fields = _row(row, 4)
        header = SlotHeader.read(vault_id, fields.items[0])
        shares = tuple(_octets(share, MAX_SHARE) for share in fields.items_of(1, MAX_OFFICERS))
        if len(shares) != len(header.holders):
            raise Malformed(Bad.INCONSISTENT, what=_WHAT)
        return cls(header, shares, fields.octets(2, 12, 12), fields.octets(3, MAX_SEALED, 17))


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in the vault's file. `version` goes up by one with every change; `policy` is a digest."""

    vault_id: bytes
    version: int
    policy: bytes
    credentials: tuple[Credential, ...] = ()
    slots: tuple[SealedSlot, ...] = ()

    def to_bytes(self, key: bytearray) -> bytes:
        """With HMAC-SHA256 under the device's key, so that no line of it can be changed elsewhere."""
        rows = [item.row() for item in self.credentials], [item.row() for item in self.slots]
        body = encode([FORMAT, self.vault_id, self.version, self.policy, *rows])
        return encode([body, _mac(key, body)])

    @classmethod
    def from_bytes(cls, data: bytes, key: bytearray) -> Contents:
        """Raises Tampered(VAULT) if a single bit is not as this device wrote it."""
        try:
            outer = _row(decode(data), 2)
            body, tag = outer.octets(0, len(data)), outer.octets(1, 32, 32)
            if not hmac.compare_digest(tag, _mac(key, body)):
                raise Tampered(Broken.VAULT, what="seal")
            return cls._read(_row(decode(body), 6))
        except Malformed as error:
            raise Tampered(Broken.VAULT, what=str(error.details.get("what", _WHAT))) from error

    @classmethod
    def _read(cls, fields: Fields) -> Contents:
        if fields.integer(0) != FORMAT:
            raise Malformed(Bad.UNSUPPORTED, what=_WHAT)
        vault_id = fields.octets(1, ID_BYTES, ID_BYTES)
        return cls(
            vault_id,
            fields.integer(2),
            fields.octets(3, 32, 32),
            tuple(Credential.read(row) for row in fields.items_of(4, MAX_OFFICERS)),
            tuple(SealedSlot.read(vault_id, row) for row in fields.items_of(5, MAX_SLOTS)),
        )


def _mac(key: bytearray, body: bytes) -> bytes:
    return hmac.digest(key, b"kinko vault" + body, "sha256")


def _row(value: object, length: int) -> Fields:
    if not isinstance(value, list) or len(value) != length:
        raise Malformed(Bad.FIELD, what=_WHAT)
    return Fields(_WHAT, dict(enumerate(value)))


def _octets(value: object, high: int) -> bytes:
    return Fields(_WHAT, {0: value}).octets(0, high, 1)


def _member(kind: type[_E], value: object) -> _E:
    try:
        return kind(value)
    except ValueError as error:
        raise Malformed(Bad.VALUE, what=_WHAT) from error


def _read_officer(row: object) -> Officer:
    fields = _row(row, 5)
    duties = tuple(_member(Duty, value) for value in fields.items_of(1, len(Duty)))
    return Officer(
        check_name(fields.text(0, 32)), duties, fields.text(2, 64), fields.text(3, 64), fields.integer(4)
    )


def _read_holder(row: object) -> tuple[str, bytes]:
    fields = _row(row, 2)
    return check_name(fields.text(0, 32)), fields.octets(1, 32, 32)
