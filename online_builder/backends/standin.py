"""A chain without consensus: blocks in a file, no proof of work, nothing judged. It stands where no engine can.

Whoever adds to it must have judged what he adds (see `Embedded`). What it shows is that a payment goes its way;
that a real node would take it into a block, it does not show.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from online_builder.backends.engine import SUBSIDY, MinedBlock
from signer.chains.utxo.cursor import compact, sized
from signer.core.codec import decode, encode

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS blocks"
    " (height INTEGER PRIMARY KEY, hash TEXT NOT NULL, time INTEGER NOT NULL, transactions BLOB NOT NULL)"
)
_BLOCK: Final = "SELECT height, hash, time, transactions FROM blocks WHERE height = ?"


class Standin:
    """Has what `Engine` has. Only one process may have it open: the caller holds a lock."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute(_SCHEMA)
        if self.height < 0:
            self._add(0, 0, ())

    def close(self) -> None:
        self._db.close()

    @property
    def height(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(height), -1) FROM blocks").fetchone()[0])

    def hash_at(self, height: int) -> str:
        return self._block(height).hash

    def time_at(self, height: int) -> int:
        return self._block(height).time

    def blocks(self, start: int) -> Iterator[MinedBlock]:
        """From a height on."""
        for height in range(start, self.height + 1):
            yield self._block(height)

    def mine(self, script: bytes, transactions: Sequence[bytes], fees: int, now: int) -> str:
        """A block that pays `script` and holds the transactions; returns its name."""
        height = self.height + 1
        time = max(now, self.time_at(height - 1) + 1)
        return self._add(height, time, (_coinbase(height, script, SUBSIDY + fees), *transactions))

    def _add(self, height: int, time: int, transactions: Sequence[bytes]) -> str:
        """Its name covers the block before, the time and every transaction."""
        before = self.hash_at(height - 1) if height else ""
        data = encode(list(transactions))
        name = hashlib.sha256(encode([before, height, time, data])).hexdigest()
        self._db.execute("INSERT INTO blocks VALUES (?, ?, ?, ?)", (height, name, time, data))
        return name

    def _block(self, height: int) -> MinedBlock:
        height, name, time, data = self._db.execute(_BLOCK, (height,)).fetchone()
        listed = decode(bytes(data))
        transactions = listed if isinstance(listed, list) else []
        return MinedBlock(height, name, time, tuple(tx for tx in transactions if isinstance(tx, bytes)))


def _coinbase(height: int, script: bytes, units: int) -> bytes:
    """New money with the height in it (BIP 34), without witnesses."""
    unlocking = sized(height.to_bytes(4, "little")) + b"\x04knko"
    source = bytes(32) + b"\xff" * 4 + sized(unlocking) + b"\xff" * 4
    return (
        b"\x02\0\0\0"
        + compact(1)
        + source
        + compact(1)
        + units.to_bytes(8, "little")
        + sized(script)
        + bytes(4)
    )
