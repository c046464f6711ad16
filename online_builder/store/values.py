"""The rows of the store as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How far a request is. Signatures are counted from the draft itself, not kept as a state.

    SUPERSEDED: a coin of it was spent by another transaction, or its deadline passed: this one can never confirm.
    """

    OPEN = "open"
    BROADCAST = "broadcast"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account, the source it is watched through, and the next index on its receive and change branch."""

    name: str
    chain: str
    terms: str
    backend: str
    receive: int
    change: int


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request. `draft` is the payload with every signature collected; `sealed` is what crosses the gap.

    `id` is the request id in hex, `digest` what fingerprint words and responses speak of, 32 bytes. `coins` are the
    outpoints it holds reserved. `txid` is that of the unsigned transaction until it is finished.
    """

    id: str
    account: str
    sequence: int
    digest: bytes
    sealed: bytes
    draft: bytes
    proofs: tuple[bytes, ...]
    coins: tuple[str, ...]
    txid: str
    state: State
    created: int
    purpose: str
    final: bytes = b""
