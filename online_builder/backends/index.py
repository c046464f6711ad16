"""What the validation engine does not keep: which coins are on which script, and what waits to be mined. SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pbk

from online_builder.backends.engine import MinedBlock
from online_builder.plan.ports import Coin

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tip (height INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
    txid TEXT PRIMARY KEY, raw BLOB NOT NULL, height INTEGER, fee INTEGER NOT NULL, position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS coins (
    txid TEXT NOT NULL, vout INTEGER NOT NULL, units INTEGER NOT NULL, script BLOB NOT NULL,
    coinbase INTEGER NOT NULL, spent_by TEXT, PRIMARY KEY (txid, vout)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS coins_by_script ON coins (script);
CREATE INDEX IF NOT EXISTS coins_by_spender ON coins (spent_by);
"""
_COINS: Final = (
    "SELECT c.txid, c.vout, c.units, c.script, t.height, c.coinbase, c.spent_by"
    " FROM coins c JOIN transactions t ON t.txid = c.txid"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A coin and who spends it, mined or waiting; None while nobody does."""

    coin: Coin
    spent_by: str | None


class Index:
    """Coins and transactions of one chain folder. Every change is one SQLite transaction.

    `lock(script)` is what locks an output, by which it is found: all of its script, but for what it carries before it.
    """

    def __init__(self, path: Path, lock: Callable[[bytes], bytes] = bytes) -> None:
        self._lock = lock
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + _SCHEMA)

    def close(self) -> None:
        self._db.close()

    # --- blocks ----------------------------------------------------------------------------------------------------

    def tip(self) -> tuple[int, str]:
        """Height and hash of the last block indexed; (-1, "") before the first."""
        return self._db.execute("SELECT height, hash FROM tip").fetchone() or (-1, "")

    def add_blocks(self, blocks: Iterable[MinedBlock]) -> None:
        """Index further blocks, all or none."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for block in blocks:
                for position, raw in enumerate(block.transactions):
                    self._add(raw, block.height, 0, position)
                self._db.execute("DELETE FROM tip")
                self._db.execute("INSERT INTO tip VALUES (?, ?)", (block.height, block.hash))

    # --- what waits ------------------------------------------------------------------------------------------------

    def add_waiting(self, raw: bytes, fee: int, replaced: Sequence[str]) -> None:
        """Let a checked transaction wait; those it replaces, and what hangs on them, are forgotten."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for txid in replaced:
                self._forget(txid)
            self._add(raw, None, fee, self._db.execute("SELECT count(*) FROM transactions").fetchone()[0])

    def waiting(self) -> list[tuple[bytes, int]]:
        """(raw transaction, fee) of everything that waits, parents first."""
        rows = self._db.execute("SELECT raw, fee FROM transactions WHERE height IS NULL ORDER BY position")
        return [(bytes(raw), fee) for raw, fee in rows]

    # --- looking up ------------------------------------------------------------------------------------------------

    def transaction(self, txid: str) -> tuple[bytes, int | None, int] | None:
        """Raw transaction, height (None while it waits), fee (0 once mined)."""
        row = self._db.execute("SELECT raw, height, fee FROM transactions WHERE txid = ?", (txid,)).fetchone()
        return (bytes(row[0]), row[1], row[2]) if row else None

    def entry(self, txid: str, vout: int) -> Entry | None:
        row = self._db.execute(f"{_COINS} WHERE c.txid = ? AND c.vout = ?", (txid, vout)).fetchone()
        return _entry(row) if row else None

    def unspent(self, script: bytes) -> list[Coin]:
        rows = self._db.execute(f"{_COINS} WHERE c.script = ? AND c.spent_by IS NULL", (script,))
        return [_entry(row).coin for row in rows]

    def spenders(self, script: bytes) -> list[str]:
        """The transactions, mined or waiting, that spend coins on a script."""
        rows = self._db.execute(
            "SELECT DISTINCT spent_by FROM coins WHERE script = ? AND spent_by IS NOT NULL", (script,)
        )
        return [txid for (txid,) in rows]

    def used(self, script: bytes) -> bool:
        return (
            self._db.execute("SELECT 1 FROM coins WHERE script = ? LIMIT 1", (script,)).fetchone() is not None
        )

    # --- inside a transaction --------------------------------------------------------------------------------------

    def _add(self, raw: bytes, height: int | None, fee: int, position: int) -> None:
        read = pbk.Transaction(raw)
        txid = str(read.txid)
        spends = [(str(source.out_point.txid), source.out_point.index) for source in read.inputs]
        for previous, vout in spends:
            rival = self._spender(previous, vout)
            if rival not in (None, txid):
                self._forget(str(rival))
            self._db.execute(
                "UPDATE coins SET spent_by = ? WHERE txid = ? AND vout = ?", (txid, previous, vout)
            )
        self._db.execute(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (txid) DO UPDATE SET height = excluded.height, position = excluded.position, fee = 0",
            (txid, raw, height, fee, position),
        )
        coinbase = spends[0][0] == "00" * 32
        for vout, output in enumerate(read.outputs):
            row = (txid, vout, int(output.amount), self._lock(bytes(output.script_pubkey)), coinbase)
            self._db.execute("INSERT OR IGNORE INTO coins VALUES (?, ?, ?, ?, ?, NULL)", row)

    def _spender(self, txid: str, vout: int) -> str | None:
        row = self._db.execute(
            "SELECT spent_by FROM coins WHERE txid = ? AND vout = ?", (txid, vout)
        ).fetchone()
        return row[0] if row else None

    def _forget(self, txid: str) -> None:
        """Drop a waiting transaction and everything that spends its outputs."""
        for (child,) in self._db.execute(
            "SELECT DISTINCT spent_by FROM coins WHERE txid = ? AND spent_by IS NOT NULL", (txid,)
        ).fetchall():
            self._forget(child)
        self._db.execute("UPDATE coins SET spent_by = NULL WHERE spent_by = ?", (txid,))
        self._db.execute("DELETE FROM coins WHERE txid = ?", (txid,))
        self._db.execute("DELETE FROM transactions WHERE txid = ? AND height IS NULL", (txid,))


def _entry(row: tuple[str, int, int, bytes, int | None, int, str | None]) -> Entry:
    txid, vout, units, script, height, coinbase, spent_by = row
    return Entry(Coin(txid, vout, units, bytes(script), height, bool(coinbase)), spent_by)
