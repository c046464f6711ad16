"""The overseer's tables, in the same file as the requests. Nothing here is ever deleted."""

from __future__ import annotations

import sqlite3
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.store.database import changing, translated
from online_builder.store.watched import (
    Alarm,
    AlarmKind,
    Device,
    KeptResponse,
    Owner,
    SeenHead,
    SeenSpend,
    Tag,
    Temperature,
)

SCHEMA: Final = """
CREATE TABLE devices (origin TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, public_key BLOB NOT NULL);
CREATE TABLE heads (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (origin, size, root)
);
CREATE TABLE responses (
    origin TEXT NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (origin, digest, size)
);
CREATE TABLE spends (
    account TEXT NOT NULL REFERENCES accounts (name), txid TEXT NOT NULL, unsigned TEXT NOT NULL, height INTEGER,
    at INTEGER NOT NULL, PRIMARY KEY (account, txid)
);
CREATE TABLE alarms (
    kind TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL, at INTEGER NOT NULL, found INTEGER NOT NULL,
    detail TEXT NOT NULL, settled_by TEXT NOT NULL, settled_why TEXT NOT NULL, PRIMARY KEY (kind, subject, account)
);
CREATE TABLE tags (
    account TEXT PRIMARY KEY REFERENCES accounts (name), temperature TEXT NOT NULL, owner TEXT NOT NULL
);
CREATE TABLE days (number INTEGER PRIMARY KEY, day TEXT NOT NULL, record BLOB NOT NULL);
"""


class Oversight:
    """On the store's own connection. Raises BuilderError(STORE) when the file does not work."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # --- devices and their heads -----------------------------------------------------------------------------------

    def devices(self) -> tuple[Device, ...]:
        with translated():
            rows = self._db.execute("SELECT name, origin, public_key FROM devices ORDER BY name")
            return tuple(Device(name, origin, bytes(key)) for name, origin, key in rows)

    def add_device(self, device: Device) -> None:
        """Raises EXISTS when the name or the key is there already."""
        with translated():
            row = (device.origin, device.name, device.public_key)
            done = self._db.execute("INSERT OR IGNORE INTO devices VALUES (?, ?, ?)", row)
        if not done.rowcount:
            raise BuilderError(Trouble.EXISTS, name=f"a device {device.name}, or one with this key")

    def heads(self, origin: str = "") -> tuple[SeenHead, ...]:
        """Every head seen of a journal (of all, without a name), smallest first."""
        with translated():
            rows = self._db.execute(
                "SELECT origin, size, root, note, at FROM heads WHERE ? IN ('', origin) ORDER BY origin, size, root",
                (origin,),
            )
            return tuple(SeenHead(o, size, bytes(root), bytes(note), at) for o, size, root, note, at in rows)

    def keep_head(self, head: SeenHead) -> None:
        with translated():
            row = (head.origin, head.size, head.root, head.note, head.at)
            self._db.execute("INSERT OR IGNORE INTO heads VALUES (?, ?, ?, ?, ?)", row)

    def replace_note(self, head: SeenHead) -> None:
        """The same head with more signatures under it."""
        with translated():
            self._db.execute(
                "UPDATE heads SET note = ? WHERE origin = ? AND size = ? AND root = ?",
                (head.note, head.origin, head.size, head.root),
            )

    def responses(self) -> tuple[KeptResponse, ...]:
        with translated():
            rows = self._db.execute(
                "SELECT origin, digest, size, at FROM responses ORDER BY origin, size, digest"
            )
            return tuple(KeptResponse(o, bytes(digest), size, at) for o, digest, size, at in rows)

    def keep_response(self, response: KeptResponse) -> None:
        with translated():
            row = (response.origin, response.digest, response.size, response.at)
            self._db.execute("INSERT OR IGNORE INTO responses VALUES (?, ?, ?, ?)", row)

    # --- spends and alarms -----------------------------------------------------------------------------------------

    def spends(self) -> tuple[SeenSpend, ...]:
        with translated():
            rows = self._db.execute(
                "SELECT account, txid, unsigned, height, at FROM spends ORDER BY at, txid"
            )
            return tuple(SeenSpend(*row) for row in rows)

    def keep_spend(self, spend: SeenSpend) -> None:
        """A spend that waited gets the height and time of its block when it has one."""
        with translated():
            row = (spend.account, spend.txid, spend.unsigned, spend.height, spend.at)
            self._db.execute(
                "INSERT INTO spends VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, txid) DO UPDATE SET"
                " at = CASE WHEN excluded.height IS NULL THEN at ELSE excluded.at END,"
                " height = excluded.height, unsigned = excluded.unsigned",
                row,
            )

    def alarms(self) -> tuple[Alarm, ...]:
        """All of them, oldest first, settled ones too."""
        with translated():
            rows = self._db.execute(
                "SELECT kind, subject, account, at, found, detail, settled_by, settled_why FROM alarms"
                " ORDER BY at, kind, subject, account"
            )
            return tuple(Alarm(AlarmKind(row[0]), *row[1:]) for row in rows)

    def raise_alarm(self, alarm: Alarm) -> None:
        """Once for a kind, subject and account, however often it is found."""
        with translated():
            row = (alarm.kind, alarm.subject, alarm.account, alarm.at, alarm.found, alarm.detail, "", "")
            self._db.execute("INSERT OR IGNORE INTO alarms VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def settle(self, subject: str, by: str, why: str) -> int:
        """Somebody answers for every open alarm whose subject begins like this; returns how many."""
        with translated():
            done = self._db.execute(
                "UPDATE alarms SET settled_by = ?, settled_why = ?"
                " WHERE settled_by = '' AND substr(subject, 1, length(?)) = ?",
                (by, why, subject, subject),
            )
        return done.rowcount

    # --- tags and days ---------------------------------------------------------------------------------------------

    def tags(self) -> dict[str, Tag]:
        """By account."""
        with translated():
            rows = self._db.execute("SELECT account, temperature, owner FROM tags ORDER BY account")
            return {name: Tag(name, Temperature(heat), Owner(owner)) for name, heat, owner in rows}

    def tag(self, tag: Tag) -> None:
        with translated():
            row = (tag.account, tag.temperature, tag.owner)
            self._db.execute("INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", row)

    def days(self, beginning: str = "") -> tuple[bytes, ...]:
        """The daily records whose day begins like this (`2026-11`), in the order they were written."""
        with translated():
            rows = self._db.execute(
                "SELECT record FROM days WHERE substr(day, 1, length(?)) = ? ORDER BY number",
                (beginning, beginning),
            )
            return tuple(bytes(record) for (record,) in rows)

    def last_day(self) -> tuple[int, str, bytes] | None:
        """Number, day and bytes of the newest daily record."""
        with translated():
            row = self._db.execute(
                "SELECT number, day, record FROM days ORDER BY number DESC LIMIT 1"
            ).fetchone()
            return (row[0], row[1], bytes(row[2])) if row else None

    def keep_day(self, number: int, day: str, record: bytes) -> None:
        """Append a daily record. Raises STORE if another process took this number meanwhile."""
        with changing(self._db):
            self._db.execute("INSERT INTO days VALUES (?, ?, ?)", (number, day, record))
