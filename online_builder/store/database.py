"""What every table of the store stands on: changes that are whole or not at all, and errors in the builder's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from online_builder.errors import BuilderError, Trouble


@contextmanager
def changing(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction: all of it or none. Raises BuilderError(STORE)."""
    with translated(), db:
        db.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def translated() -> Iterator[None]:
    """SQLite's errors as BuilderError(STORE)."""
    try:
        yield
    except sqlite3.Error as error:
        raise BuilderError(Trouble.STORE, why=str(error)[:200]) from error
