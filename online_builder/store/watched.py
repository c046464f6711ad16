"""What an overseer remembers, as values: devices, their heads and responses, spends on chain, alarms, tags."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlarmKind(StrEnum):
    """Why somebody is called. The words are kept in the store: never renamed, only added to.

    SPEND_UNKNOWN: on chain, and no request of ours is this transaction. SPEND_UNSIGNED: it is one of ours, and the
    signatures on it never came back to us. CHECKPOINT: a response's checkpoint does not add up. JOURNAL: an audit
    found a journal that does not.
    """

    SPEND_UNKNOWN = "spend-unknown"
    SPEND_UNSIGNED = "spend-unsigned"
    CHECKPOINT = "checkpoint"
    JOURNAL = "journal"


class Temperature(StrEnum):
    """Whether an account's keys are online."""

    HOT = "hot"
    COLD = "cold"


class Owner(StrEnum):
    """Whose money it is."""

    CUSTOMER = "customer"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Device:
    """An appliance whose journal key is known: 32 bytes of Ed25519, and the journal's name made of it."""

    name: str
    origin: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A signed head of a device's journal as it was seen: `note` is the whole checkpoint."""

    origin: str
    size: int
    root: bytes
    note: bytes
    at: int


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """What a device answered: the request's digest, and how many records its journal had then."""

    origin: str
    digest: bytes
    size: int
    at: int


@dataclass(frozen=True, slots=True)
class SeenSpend:
    """A transaction on chain that spent from an account. `unsigned` is its id without signatures.

    `at` is the block's time, else when it was first seen; `height` is None while it waits.
    """

    account: str
    txid: str
    unsigned: str
    height: int | None
    at: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """`subject` is a txid or a journal's name, `at` when it happened, `found` when it was noticed.

    `settled_by` and `settled_why` are empty until somebody has looked into it and answers for that.
    """

    kind: AlarmKind
    subject: str
    account: str
    at: int
    found: int
    detail: str = ""
    settled_by: str = ""
    settled_why: str = ""

    @property
    def open(self) -> bool:
        return not self.settled_by


@dataclass(frozen=True, slots=True)
class Tag:
    """What a report needs to know of an account."""

    account: str
    temperature: Temperature
    owner: Owner
