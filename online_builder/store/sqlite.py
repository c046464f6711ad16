"""The store on SQLite: one file, every change one transaction, resumable after a kill."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.store.database import changing, translated
from online_builder.store.oversight import SCHEMA as OVERSIGHT
from online_builder.store.oversight import Oversight
from online_builder.store.values import KnownAccount, State, StoredRequest
from signer.core.codec import decode, encode
from signer.core.request import MAX_CHECKPOINTS

VERSION: Final = 2
_FIRST: Final = """
CREATE TABLE accounts (
    name TEXT PRIMARY KEY, chain TEXT NOT NULL, terms TEXT NOT NULL, backend TEXT NOT NULL,
    receive INTEGER NOT NULL, change INTEGER NOT NULL, UNIQUE (chain, terms)
);
CREATE TABLE requests (
    id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (name), sequence INTEGER NOT NULL UNIQUE,
    digest BLOB NOT NULL, sealed BLOB NOT NULL, draft BLOB NOT NULL, proofs BLOB NOT NULL, txid TEXT NOT NULL,
    state TEXT NOT NULL, created INTEGER NOT NULL, purpose TEXT NOT NULL, final BLOB NOT NULL
);
CREATE INDEX requests_by_digest ON requests (digest);
CREATE TABLE reserved (
    request TEXT NOT NULL REFERENCES requests (id), place INTEGER NOT NULL, coin TEXT NOT NULL,
    PRIMARY KEY (request, place)
);
CREATE TABLE checkpoints (origin TEXT PRIMARY KEY, checkpoint BLOB NOT NULL);
"""
_SECOND: Final = OVERSIGHT + "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
#: What each version added: a file of an older one is brought up to date when it is opened.
_SCHEMAS: Final = (_FIRST, _SECOND)
_HELD: Final = (
    "SELECT coin FROM reserved JOIN requests ON requests.id = reserved.request WHERE state IN (?, ?)"
)
_HOLDING: Final = (State.OPEN, State.BROADCAST)
_REQUEST: Final = (
    "SELECT id, account, sequence, digest, sealed, draft, proofs, txid, state, created, purpose, final"
    " FROM requests"
)


class Store:
    """Everything the builder remembers. Raises BuilderError(STORE) when the file does not work."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with translated():
            self._db = sqlite3.connect(path, isolation_level=None, timeout=15)
            self._db.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            )
            self._create()
        self.oversight = Oversight(self._db)

    def close(self) -> None:
        self._db.close()

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else changes anything meanwhile; what is kept inside is kept as a whole. Not to be nested."""
        return changing(self._db)

    def _create(self) -> None:
        with self._change():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if not 0 <= version <= VERSION:
                raise BuilderError(
                    Trouble.STORE, why=f"its version is {version}, this program reads {VERSION}"
                )
            for statement in ";".join(_SCHEMAS[version:]).split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    # --- accounts --------------------------------------------------------------------------------------------------

    def accounts(self) -> tuple[KnownAccount, ...]:
        with translated():
            rows = self._db.execute(
                "SELECT name, chain, terms, backend, receive, change FROM accounts ORDER BY name"
            )
            return tuple(KnownAccount(*row) for row in rows)

    def add_account(self, account: KnownAccount) -> None:
        """Raises EXISTS when the name or the account is there already."""
        row = (account.name, account.chain, account.terms, account.backend, account.receive, account.change)
        with translated():
            done = self._db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, ?, ?)", row)
        if not done.rowcount:
            raise BuilderError(
                Trouble.EXISTS, name=f"an account {account.name}, or the same under another name"
            )

    def take_receive(self, name: str) -> int:
        """The next receive index, handed out once however many processes ask."""
        with translated():
            row = self._db.execute(
                "UPDATE accounts SET receive = receive + 1 WHERE name = ? RETURNING receive - 1", (name,)
            ).fetchone()
        if row is None:
            raise BuilderError(Trouble.NO_ACCOUNT, name=name)
        return int(row[0])

    def move_counters(self, name: str, receive: int, change: int) -> None:
        """Set the next free indexes; they only go up, so that no address is handed out twice."""
        with translated():
            self._db.execute(
                "UPDATE accounts SET receive = max(receive, ?), change = max(change, ?) WHERE name = ?",
                (receive, change, name),
            )

    # --- requests --------------------------------------------------------------------------------------------------

    def next_sequence(self) -> int:
        """The next request's number, handed out once however many processes ask. One not used is a gap."""
        with translated():
            row = self._db.execute(
                "INSERT INTO counters VALUES ('sequence', (SELECT coalesce(max(sequence), 0) + 1 FROM requests))"
                " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
            ).fetchone()
        return int(row[0])

    def add_request(self, request: StoredRequest, change: int) -> None:
        """Keep a request, reserve its coins, move the account's change counter: all or none. Raises COIN_TAKEN."""
        r = request
        proofs = encode(list(r.proofs))
        row = (
            r.id,
            r.account,
            r.sequence,
            r.digest,
            r.sealed,
            r.draft,
            proofs,
            r.txid,
            r.state,
            r.created,
            r.purpose,
        )
        with self._change():
            self._db.execute(
                "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, r.final)
            )
            for place, coin in enumerate(r.coins):
                if self._db.execute(f"{_HELD} AND coin = ?", (*_HOLDING, coin)).fetchone():
                    raise BuilderError(Trouble.COIN_TAKEN, coin=coin)
                self._db.execute("INSERT INTO reserved VALUES (?, ?, ?)", (r.id, place, coin))
            self._db.execute(
                "UPDATE accounts SET change = max(change, ?) WHERE name = ?", (change, r.account)
            )

    def requests(self) -> tuple[StoredRequest, ...]:
        """All of them, newest first."""
        with translated():
            rows = self._db.execute(f"{_REQUEST} ORDER BY sequence DESC").fetchall()
            return tuple(self._request(row) for row in rows)

    def request(self, beginning: str) -> StoredRequest:
        """By the beginning of its id. Raises NO_REQUEST when there is none or more than one."""
        plain = beginning.lower() if beginning.isascii() and beginning.isalnum() else ""
        with translated():
            rows = self._db.execute(
                f"{_REQUEST} WHERE ? <> '' AND substr(id, 1, length(?)) = ? LIMIT 2", (plain, plain, plain)
            ).fetchall()
            if len(rows) != 1:
                raise BuilderError(Trouble.NO_REQUEST, what=beginning[:40])
            return self._request(rows[0])

    def by_digest(self, digest: bytes) -> StoredRequest:
        """The request that fingerprint words and responses speak of. Raises NO_REQUEST."""
        with translated():
            row = self._db.execute(f"{_REQUEST} WHERE digest = ?", (digest,)).fetchone()
            if row is None:
                raise BuilderError(Trouble.NO_REQUEST, what=digest.hex()[:16])
            return self._request(row)

    def keep(self, request_id: str, before: bytes, draft: bytes) -> bool:
        """Replace the draft `before` by one with more signatures; False if another process was faster."""
        with translated():
            done = self._db.execute(
                "UPDATE requests SET draft = ? WHERE id = ? AND draft = ?", (draft, request_id, before)
            )
        return done.rowcount == 1

    def move(self, request_id: str, state: State, final: bytes, txid: str) -> None:
        """A request goes on; its finished transaction is kept so that it can be broadcast again."""
        with translated():
            self._db.execute(
                "UPDATE requests SET state = ?, final = ?, txid = ? WHERE id = ?",
                (state, final, txid, request_id),
            )

    def reserved(self) -> frozenset[str]:
        """Outpoints held by requests that are open or waiting to confirm."""
        with translated():
            rows = self._db.execute(_HELD, _HOLDING)
            return frozenset(coin for (coin,) in rows)

    # --- checkpoints -----------------------------------------------------------------------------------------------

    def checkpoints(self) -> tuple[bytes, ...]:
        """The last one of every device that ever answered; of the newest ones, where there are too many."""
        with translated():
            rows = self._db.execute(
                "SELECT checkpoint FROM checkpoints ORDER BY rowid DESC LIMIT ?", (MAX_CHECKPOINTS,)
            )
            return tuple(bytes(c) for (c,) in rows)

    def keep_checkpoint(self, origin: str, checkpoint: bytes) -> None:
        with translated():
            self._db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?)", (origin, checkpoint))

    def _request(
        self, row: tuple[str, str, int, bytes, bytes, bytes, bytes, str, str, int, str, bytes]
    ) -> StoredRequest:
        coins = self._db.execute(
            "SELECT coin FROM reserved WHERE request = ? ORDER BY place", (row[0],)
        ).fetchall()
        proofs = decode(bytes(row[6]))
        return StoredRequest(
            id=row[0],
            account=row[1],
            sequence=row[2],
            digest=bytes(row[3]),
            sealed=bytes(row[4]),
            draft=bytes(row[5]),
            proofs=tuple(item for item in proofs if isinstance(item, bytes))
            if isinstance(proofs, list)
            else (),
            coins=tuple(coin for (coin,) in coins),
            txid=row[7],
            state=State(row[8]),
            created=row[9],
            purpose=row[10],
            final=bytes(row[11]),
        )

    def _change(self) -> AbstractContextManager[None]:
        return changing(self._db)
