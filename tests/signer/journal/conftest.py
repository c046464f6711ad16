"""A journal in a folder of its own, with keys that are the same in every process of a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice


def event(number: int) -> Event:
    return Event(EventKind.REVIEWED, 1_700_000_000 + number, ("aiko",), bytes(32), (("n", str(number)),))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    FileDevice.create(tmp_path / "device")
    return tmp_path


@pytest.fixture
def opened(home: Path) -> Callable[[], FileJournal]:
    """Opens the journal as a new process would."""

    def at() -> FileJournal:
        device = FileDevice(home / "device")
        return FileJournal.at(home / "journal", device.key, device.counter("journal"))

    return at


@pytest.fixture
def journal(opened: Callable[[], FileJournal]) -> FileJournal:
    return opened()
