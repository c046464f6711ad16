"""What a source can tell of the past: the transactions that took something out of an account, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from signer.chains.utxo.cursor import Cursor, compact
from signer.chains.utxo.transaction import MAX_PREVIOUS, sha256d, strip


@dataclass(frozen=True, slots=True)
class Spending:
    """A transaction that took something of ours: height and time of its block (None while it waits).

    `raw` is the transaction where the chain counts in coins, and empty elsewhere.
    """

    txid: str
    raw: bytes
    height: int | None
    time: int | None


@runtime_checkable
class Historian(Protocol):
    """A source that knows the past. Raises BuilderError (BACKEND_*)."""

    def spends(self, scripts: Sequence[bytes]) -> tuple[Spending, ...]:
        """Every transaction that spends an output on one of the scripts, each once, waiting ones too."""


@runtime_checkable
class LedgerHistorian(Protocol):
    """The same where accounts have balances."""

    def spends_of(self, address: str) -> tuple[Spending, ...]:
        """Every transaction that the account made, each once, waiting ones too."""


def unsigned_id(raw: bytes) -> str:
    """The id a transaction had before anybody signed it, as people write it: witnesses and scriptSigs left out.

    By this a draft, a journal's record and a transaction on chain are known to be the same. Raises Malformed.
    """
    cursor = Cursor(strip(raw), "transaction")
    parts = [cursor.take(4)]
    count = cursor.count(41, MAX_PREVIOUS)
    parts.append(compact(count))
    for _ in range(count):
        outpoint = cursor.take(36)
        cursor.skip(cursor.compact())
        parts += [outpoint, b"\x00", cursor.take(4)]
    parts.append(cursor.take(cursor.end - cursor.at))
    return sha256d(b"".join(parts))[::-1].hex()


def spent_coins(raw: bytes) -> tuple[str, ...]:
    """The outpoints a transaction spends, `txid:n` as people write them. Raises Malformed."""
    cursor = Cursor(strip(raw), "transaction")
    cursor.skip(4)
    found = []
    for _ in range(cursor.count(41, MAX_PREVIOUS)):
        txid, vout = cursor.take(32), cursor.number(4)
        cursor.skip(cursor.compact())
        cursor.skip(4)
        found.append(f"{txid[::-1].hex()}:{vout}")
    return tuple(found)
