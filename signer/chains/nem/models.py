"""NEM's transactions as values, and their bytes: the non-verifiable form, which is what is hashed and signed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from signer.chains.nem.address import keccak_256


class Type(IntEnum):
    """Every transaction type of NIS1."""

    TRANSFER = 0x0101
    IMPORTANCE_TRANSFER = 0x0801
    COSIGNATORIES = 0x1001
    COSIGNATURE = 0x1002
    MULTISIG = 0x1004
    NAMESPACE = 0x2001
    MOSAIC_DEFINITION = 0x4001
    MOSAIC_SUPPLY = 0x4002


@dataclass(frozen=True, slots=True)
class Head:
    """What every transaction starts with. Times in seconds since NEM's epoch, the fee in micro-XEM."""

    type: Type
    version: int
    network: int
    timestamp: int
    signer: bytes
    fee: int
    deadline: int

    def to_bytes(self) -> bytes:
        version = bytes([self.version, 0, 0, self.network])
        times = _four(self.timestamp) + _sized(self.signer)
        return _four(self.type) + version + times + self.fee.to_bytes(8, "little") + _four(self.deadline)


@dataclass(frozen=True, slots=True)
class Message:
    """What goes with a transfer; kind 1 is plain, kind 2 encrypted."""

    kind: int
    data: bytes

    PLAIN = 1
    ENCRYPTED = 2


@dataclass(frozen=True, slots=True)
class Mosaic:
    """`quantity` in the mosaic's smallest units, before the transfer's amount multiplies it."""

    namespace: str
    name: str
    quantity: int

    @property
    def id(self) -> str:
        return f"{self.namespace}:{self.name}"


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount` is micro-XEM; with mosaics it is instead what multiplies them, in millionths."""

    head: Head
    recipient: str
    amount: int
    message: Message | None
    mosaics: tuple[Mosaic, ...]

    def to_bytes(self) -> bytes:
        body = (
            self.head.to_bytes() + _sized(self.recipient.encode("ascii")) + self.amount.to_bytes(8, "little")
        )
        inner = b"" if self.message is None else _four(self.message.kind) + _sized(self.message.data)
        body += _sized(inner)
        if self.head.version == 1:
            return body
        return body + _four(len(self.mosaics)) + b"".join(_sized(_mosaic(item)) for item in self.mosaics)


@dataclass(frozen=True, slots=True)
class Other:
    """A transaction that is known by its name alone; `body` is what follows the head."""

    head: Head
    body: bytes

    def to_bytes(self) -> bytes:
        return self.head.to_bytes() + self.body


@dataclass(frozen=True, slots=True)
class Change:
    """A cosignatory put in or taken out of an account."""

    key: bytes
    adds: bool


@dataclass(frozen=True, slots=True)
class Modification:
    """An aggregate modification: whose signatures an account needs from then on.

    Version 2 carries `relative`, what is added to the number of signatures needed; version 1 leaves that alone.
    """

    head: Head
    changes: tuple[Change, ...]
    relative: int | None

    def to_bytes(self) -> bytes:
        rows = [_sized(_four(1 if change.adds else 2) + _sized(change.key)) for change in self.changes]
        tail = b"" if self.relative is None else _sized(self.relative.to_bytes(4, "little", signed=True))
        return self.head.to_bytes() + _four(len(rows)) + b"".join(rows) + tail


Core: TypeAlias = Transfer | Modification | Other


@dataclass(frozen=True, slots=True)
class Multisig:
    """The initiator's wrapper: `inner` is what the account would do."""

    head: Head
    inner: Core

    def to_bytes(self) -> bytes:
        return self.head.to_bytes() + _sized(self.inner.to_bytes())

    @property
    def inner_hash(self) -> bytes:
        """What cosignatures are about."""
        return keccak_256(self.inner.to_bytes())


Transaction: TypeAlias = Multisig | Core


def cosignature(outer: Multisig, account: str, signer: bytes, fee: int) -> bytes:
    """The bytes another cosignatory signs: fixed by the wrapper, so that nobody need send them.

    Timestamp and deadline are the wrapper's own.
    """
    times = outer.head
    head = Head(Type.COSIGNATURE, 1, times.network, times.timestamp, signer, fee, times.deadline)
    return head.to_bytes() + _sized(_sized(outer.inner_hash)) + _sized(account.encode("ascii"))


def consent(change: Modification) -> bytes:
    """What each cosignatory signs before an account becomes multisig: no transaction begins like this.

    The chain does not ask them; a key that nobody holds would lock the account for ever.
    """
    return b"Kinko: I am a cosignatory of " + keccak_256(change.to_bytes())


def _mosaic(item: Mosaic) -> bytes:
    name = _sized(item.namespace.encode("ascii")) + _sized(item.name.encode("ascii"))
    return _sized(name) + item.quantity.to_bytes(8, "little")


def _four(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _sized(data: bytes) -> bytes:
    return _four(len(data)) + data
