"""The short genesis: no key that one officer opens, nor one that needs all of them, but for a flagged rehearsal."""

from pathlib import Path

import pytest

from signer.__main__ import assemble, rehearsing
from signer.core.event import EventKind
from signer.journal.journal import FileJournal
from tests.stage.process import SIGNER, ask

NAMES = ("aiko", "ben", "chie")


def genesis(home: Path, count: int, *more: object, others: tuple[str, ...] = (), expect: int = 0) -> dict:
    names = (*NAMES[:count], *others)
    officers = [part for name in names for part in ("--officer", name)]
    secrets = [f"the passphrase of {name}" for name in names]
    return ask(SIGNER, home, "ceremony", "genesis", *officers, *more, secrets=secrets, expect=expect)


@pytest.mark.parametrize(
    ("count", "more"), [(1, ()), (2, ()), (3, ("--threshold", 1)), (3, ("--threshold", 3))]
)
def test_no_key_without_a_quorum(tmp_path: Path, count: int, more: tuple[object, ...]) -> None:
    refused = genesis(tmp_path, count, *more, expect=5)
    assert refused["error"] == "quorum-unsound"
    assert assemble(tmp_path).bench.vault.slots() == ()


def test_a_rehearsal_is_flagged_in_the_journal_and_on_the_screens(tmp_path: Path) -> None:
    assert genesis(tmp_path, 1, "--development")["threshold"] == 1
    appliance = assemble(tmp_path)
    assert rehearsing(appliance)
    assert isinstance(appliance.books, FileJournal)
    made = [record.event for record in appliance.books.records() if record.event.kind is EventKind.GENESIS]
    assert [dict(event.details)["development"] for event in made] == ["yes", "yes"]
    assert not appliance.bench.vault.slots()[0].sound


def test_the_majority_opens_a_key_unless_told_otherwise(tmp_path: Path) -> None:
    assert genesis(tmp_path, 3)["threshold"] == 2
    assert assemble(tmp_path).bench.vault.slots()[0].sound
