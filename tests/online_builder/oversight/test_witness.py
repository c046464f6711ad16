"""Two witnesses at work in one home at the same moment: the second sees what the first has kept, or waits."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from online_builder.key import open_key
from online_builder.oversight.checkpoints import keep, register
from online_builder.oversight.witness import Desk
from online_builder.store.database import changing
from online_builder.store.sqlite import Store
from signer.core.checkpoint import Checkpoint
from signer.core.errors import Tampered
from signer.core.event import EventKind
from tests.online_builder.oversight.appliance import NOW, Appliance


def test_two_histories_are_not_both_cosigned_at_the_same_moment(tmp_path: Path) -> None:
    """While one process has judged a head and keeps it, another is asked about a fork of the same length."""
    aiko = Appliance.make(tmp_path / "aiko", 0)
    clone = aiko.copy(tmp_path / "clone")
    aiko.append(EventKind.REVIEWED, bytes(32))
    clone.append(EventKind.REVIEWED, b"\x01" * 32)
    home = tmp_path / "witness.sqlite"
    first = Store(home)
    register(first.oversight, "aiko", aiko.journal.public_key)
    key, found = open_key(tmp_path / "key"), []
    opened, locked = threading.Event(), threading.Event()

    def second() -> None:
        store = Store(home)
        opened.set()
        locked.wait(30)
        try:
            found.append(Desk(store, key, "auditor.example/kinko", NOW).cosign(clone.journal.checkpoint()))
        except Tampered as error:
            found.append(error)
        found.append(store.oversight.alarms())
        store.close()

    with sqlite3.connect(home, isolation_level=None) as other:
        waiting = threading.Thread(target=second)
        waiting.start()
        opened.wait(30)
        with changing(first._db):
            locked.set()
            time.sleep(0.5)  # long enough to have read what was there before
            head = Checkpoint.from_bytes(aiko.journal.checkpoint())
            keep(first, head, head.to_bytes(), NOW)
        waiting.join(30)
        (count,) = other.execute("SELECT count(*) FROM heads").fetchone()
    first.close()
    refused, alarms = found
    assert isinstance(refused, Tampered), "both histories were cosigned"
    assert "forked" in str(refused.details["what"])
    assert len(alarms) == 1
    assert count == 1


def test_an_alarm_stays_although_nothing_else_of_the_refusal_does(tmp_path: Path) -> None:
    aiko = Appliance.make(tmp_path / "aiko", 0)
    store = Store(tmp_path / "witness.sqlite")
    register(store.oversight, "aiko", aiko.journal.public_key)
    desk = Desk(store, open_key(tmp_path / "key"), "auditor.example/kinko", NOW)
    note = bytearray(aiko.journal.checkpoint())
    note[-10] = ord("B") if note[-10] == ord("A") else ord("A")
    with pytest.raises(Tampered):
        desk.cosign(bytes(note))
    assert len(store.oversight.alarms()) == 1
    assert not store.oversight.heads()
    store.close()
