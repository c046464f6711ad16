"""What the machine was started from: read from the kernel's command line, spoken, journaled, marked on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from signer.__main__ import assemble, started
from signer.core.event import EventKind
from signer.core.fingerprint import spoken
from signer.journal.journal import FileJournal
from signer.vault.image import for_tests, root_hash

HASH = "ac2309c49542ade4a897976a7f7258a98fe41784b26b1afe53b81f5dbc475418"
SALT = "11" * 32
UUID = "CRYPT-VERITY-6b696e6b-6f00-4000-8000-000000000001"


def line(value: str = HASH, name: str = "root") -> str:
    """The command line of a card, as firmware_image/image writes it."""
    table = f"0 163840 verity 1 /dev/vda2 /dev/vda2 4096 4096 20480 20480 sha256 {value} {SALT} 1 panic_on_corruption"
    return f'dm-mod.create="{name},{UUID},0,ro,{table}" dm-mod.waitfor=/dev/vda2 root=/dev/dm-0 ro quiet\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(), HASH),
        ("BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro\n", ""),
        (line(HASH[:-1]), ""),  # not a hash
        (line() + line("00" * 32), ""),  # two tables: which one counts is not for us to guess
        (line(name="other"), ""),
        ("", ""),
    ],
)
def test_the_root_hash_is_the_one_the_kernel_was_told(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "cmdline").write_text(text)
    assert root_hash(tmp_path / "cmdline").hex() == expected


def test_without_a_command_line_there_is_no_hash(tmp_path: Path) -> None:
    assert root_hash(tmp_path / "none") == b""


def test_a_mark_makes_a_test_image(tmp_path: Path) -> None:
    assert not for_tests(tmp_path / "mark")
    (tmp_path / "mark").touch()
    assert for_tests(tmp_path / "mark")


def test_every_start_is_in_the_journal_with_the_words(tmp_path: Path) -> None:
    appliance = assemble(tmp_path / "device")
    root = bytes.fromhex(HASH)
    assert started(appliance, root, False).words == spoken(root)
    started(appliance, root, True)
    books = appliance.books
    assert isinstance(books, FileJournal)
    found = [record.event for record in books.records(0, frozenset({EventKind.STARTED}))]
    assert [event.subject for event in found] == [root, root]
    assert dict(found[0].details) == {"image": " ".join(spoken(root))}


def test_a_machine_without_an_image_starts_without_a_record(tmp_path: Path) -> None:
    appliance = assemble(tmp_path / "device")
    assert started(appliance, b"", False).words == ()
    assert isinstance(appliance.books, FileJournal)
    assert not list(appliance.books.records())
