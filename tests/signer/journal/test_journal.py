"""The record that cannot be cut: power cuts, kills, full disks on one side; somebody with the card on the other."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from signer.core.checkpoint import Checkpoint
from signer.core.errors import Broken, Lock, Malformed, Tampered, VaultError
from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice
from tests.signer.journal.conftest import event

Opened = Callable[[], FileJournal]
ROOT = Path(__file__).resolve().parents[3]


def state(home: Path) -> dict[Path, bytes]:
    """Everything an append changes on disk."""
    return {
        path: path.read_bytes()
        for path in (home / "journal" / "log", home / "journal" / "head", home / "device" / "journal")
    }


def restore(saved: dict[Path, bytes]) -> None:
    for path, data in saved.items():
        path.write_bytes(data)


def test_what_is_written_is_read(journal: FileJournal, opened: Opened) -> None:
    assert [journal.append(event(number)) for number in range(5)] == list(range(5))
    again = opened()
    assert [record.event for record in again.records()] == [event(number) for number in range(5)]
    assert [record.number for record in again.records(3)] == [3, 4]
    assert again.verify() == len(again) == 5
    assert again.checkpoint() == journal.checkpoint()


def test_an_empty_journal(journal: FileJournal, opened: Opened) -> None:
    assert journal.verify() == 0
    assert Checkpoint.from_bytes(opened().checkpoint()).head.size == 0
    assert list(opened().records()) == []


def test_two_processes_may_append(journal: FileJournal, opened: Opened) -> None:
    other = opened()
    assert [journal.append(event(0)), other.append(event(1)), journal.append(event(2))] == [0, 1, 2]
    assert other.verify() == 3


@pytest.mark.parametrize(
    "bad",
    [
        Event(EventKind.REVIEWED, 0, details=(("name", "a\nb"),)),
        Event(EventKind.REVIEWED, 0, details=(("name", "\u202e"),)),
        Event(EventKind.REVIEWED, -1),
        Event(EventKind.REVIEWED, 0, ("x" * 65,)),
        Event(EventKind.REVIEWED, 0, ("a",) * 65),
        Event(EventKind.REVIEWED, 0, subject=bytes(65)),
        Event(EventKind.REVIEWED, 0, details=(("n", "x" * 70_000),)),
        Event(EventKind.REVIEWED, 0, details=(("n", "x"),) * 33),
    ],
)
def test_what_could_not_be_read_back_is_not_written(journal: FileJournal, bad: Event) -> None:
    with pytest.raises(Malformed):
        journal.append(bad)
    assert journal.verify() == 0


# --- power ---------------------------------------------------------------------------------------------------------


def test_a_power_cut_at_any_byte_of_an_append(journal: FileJournal, home: Path, opened: Opened) -> None:
    """Log cut at every offset, head and counter still the old ones: nothing acknowledged is lost, and it goes on."""
    for number in range(3):
        journal.append(event(number))
    before = state(home)
    journal.append(event(3))
    after = state(home)
    log = home / "journal" / "log"
    for length in range(len(before[log]), len(after[log]) + 1):
        restore(before)
        log.write_bytes(after[log][:length])
        again = opened()
        assert len(again) == (4 if length == len(after[log]) else 3)
        assert again.append(event(9)) == len(again) - 1
        assert again.verify() == len(again)


@pytest.mark.parametrize("missing", ["head", "counter"])
def test_a_power_cut_after_the_log(journal: FileJournal, home: Path, opened: Opened, missing: str) -> None:
    journal.append(event(0))
    before = state(home)
    journal.append(event(1))
    path = {"head": home / "journal" / "head", "counter": home / "device" / "journal"}[missing]
    path.write_bytes(before[path])
    assert opened().verify() == 2
    assert (home / "device" / "journal").read_text() == "2"


@pytest.mark.parametrize("seed", range(8))
def test_garbage_behind_the_last_record_is_cut(
    journal: FileJournal, home: Path, opened: Opened, seed: int
) -> None:
    journal.append(event(0))
    log = home / "journal" / "log"
    whole = log.read_bytes()
    pick = random.Random(seed)
    log.write_bytes(whole + (bytes(512) if seed == 0 else pick.randbytes(pick.randrange(1, 300))))
    assert opened().append(event(1)) == 1
    assert log.read_bytes()[: len(whole)] == whole
    assert opened().verify() == 2


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice
home = Path(sys.argv[2])
device = FileDevice(home / "device")
journal = FileJournal.at(home / "journal", device.key, device.counter("journal"))
while True:
    event = Event(EventKind.REVIEWED, len(journal), (), b"", (("pad", "x" * (len(journal) % 97)),))
    print(journal.append(event), flush=True)
"""


def test_killed_while_writing_it_keeps_what_it_acknowledged(home: Path, opened: Opened) -> None:
    pick, told = random.Random(7), -1
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(ROOT), str(home)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        told = max(told, int(process.stdout.readline()))
        time.sleep(pick.uniform(0.0, 0.15))
        process.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
        process.wait()
        process.stdout.close()
        assert len(opened()) in (told + 1, told + 2)
    assert opened().verify() > 5


def test_a_full_disk_is_a_refusal_and_leaves_no_trace(
    journal: FileJournal, home: Path, opened: Opened
) -> None:
    journal.append(event(0))
    size = (home / "journal" / "log").stat().st_size
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, limits[1]))
    try:
        with pytest.raises(VaultError) as caught:
            journal.append(event(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert caught.value.code is Lock.DEVICE
    assert (home / "journal" / "log").stat().st_size == size
    assert opened().append(event(1)) == 1


# --- somebody with the card ------------------------------------------------------------------------------------------


def broken(opened: Opened) -> str:
    with pytest.raises(Tampered) as caught:
        opened()
    assert caught.value.code is Broken.JOURNAL
    return str(caught.value.details["what"])


def test_every_cut_of_what_was_acknowledged_is_found(
    journal: FileJournal, home: Path, opened: Opened
) -> None:
    for number in range(3):
        journal.append(event(number))
    log = home / "journal" / "log"
    whole = log.read_bytes()
    for length in range(len(whole)):
        log.write_bytes(whole[:length])
        assert broken(opened) == "cut"


def test_every_changed_byte_is_found(journal: FileJournal, home: Path, opened: Opened) -> None:
    for number in range(2):
        journal.append(event(number))
    log = home / "journal" / "log"
    whole = bytearray(log.read_bytes())
    for index in range(len(whole)):
        whole[index] ^= 1 << index % 8
        log.write_bytes(whole)
        broken(opened)
        with pytest.raises(Tampered):
            journal.verify()
        whole[index] ^= 1 << index % 8


def chunks(data: bytes) -> list[bytes]:
    found, offset = [], 0
    while offset < len(data):
        length = int.from_bytes(data[offset : offset + 4], "big") + 20
        found.append(data[offset : offset + length])
        offset += length
    return found


CARDS = {
    "first removed": lambda rows: rows[1:],
    "middle removed": lambda rows: rows[:2] + rows[3:],
    "two swapped": lambda rows: [rows[1], rows[0], *rows[2:]],
    "one twice": lambda rows: [*rows[:2], rows[1], *rows[2:]],
    "last replaced by the first": lambda rows: [*rows[:-1], rows[0]],
    "emptied": lambda rows: [],
}


@pytest.mark.parametrize("how", CARDS)
def test_records_out_of_place_are_found(journal: FileJournal, home: Path, opened: Opened, how: str) -> None:
    for number in range(5):
        journal.append(event(number))
    log = home / "journal" / "log"
    log.write_bytes(b"".join(CARDS[how](chunks(log.read_bytes()))))
    broken(opened)


def test_a_record_of_another_device_is_not_taken(
    journal: FileJournal, home: Path, opened: Opened, tmp_path: Path
) -> None:
    journal.append(event(0))
    other = tmp_path / "other"
    device = FileDevice.create(other / "device")
    stranger = FileJournal.at(other / "journal", device.key, device.counter("journal"))
    stranger.append(event(0))
    stranger.append(event(1))
    log = home / "journal" / "log"
    log.write_bytes(log.read_bytes() + chunks((other / "journal" / "log").read_bytes())[1])
    assert len(opened()) == 1
    shutil.copy(other / "journal" / "log", log)
    assert broken(opened) == "cut"
    shutil.copy(other / "journal" / "head", home / "journal" / "head")
    assert broken(opened) == "head"


@pytest.mark.parametrize("what", ["log", "head", "both"])
def test_an_older_card_is_found_by_the_counter(
    journal: FileJournal, home: Path, opened: Opened, what: str
) -> None:
    journal.append(event(0))
    old = state(home)
    for number in range(1, 4):
        journal.append(event(number))
    for path, data in old.items():
        if path.parent.name == "journal" and what in (path.name, "both"):
            path.write_bytes(data)
    if what == "head":  # an older head alone is no harm: the log and the counter have more
        assert opened().verify() == 4
    else:
        assert broken(opened) == "cut"


def test_a_device_rolled_back_whole_is_found_by_what_others_remember(
    journal: FileJournal, home: Path, opened: Opened
) -> None:
    journal.append(event(0))
    old = state(home)
    journal.append(event(1))
    remembered = journal.checkpoint()
    restore(old)
    restored = opened()
    with pytest.raises(Tampered) as caught:
        restored.unseen(remembered)
    assert caught.value.details["what"] == "rolled back"
    restored.append(event(7))  # a fork of the same length
    with pytest.raises(Tampered):
        restored.checkpoint((remembered,))


def test_two_pasts_of_the_same_device_do_not_mix(journal: FileJournal, home: Path, opened: Opened) -> None:
    """Every tag is right and every count too: only the root in the head tells one history from the other."""
    journal.append(event(0))
    fork = state(home)
    journal.append(event(1))
    first = state(home)
    restore(fork)
    opened().append(event(2))
    head = home / "journal" / "head"
    head.write_bytes(first[head])
    assert broken(opened) == "changed"


@pytest.mark.parametrize("name", ["log", "head"])
def test_a_journal_that_was_removed_is_missed(
    journal: FileJournal, home: Path, opened: Opened, name: str
) -> None:
    journal.append(event(0))
    (home / "journal" / name).unlink()
    broken(opened)
    shutil.rmtree(home / "journal")
    assert broken(opened) == "missing"


# --- checkpoints -----------------------------------------------------------------------------------------------------


def test_each_checkpoint_proves_that_it_follows_the_last_one_seen(journal: FileJournal) -> None:
    seen = journal.checkpoint()
    for number in range(40):
        journal.append(event(number))
        if number % 3 == 0:
            fresh = journal.checkpoint((b"junk", seen))
            old, new = Checkpoint.from_bytes(seen), Checkpoint.from_bytes(fresh)
            assert new.follows(old.head)
            assert journal.unseen(seen) == new.head.size - old.head.size
            assert len(fresh) < 700
            seen = fresh


def test_a_strangers_checkpoint(journal: FileJournal, tmp_path: Path) -> None:
    device = FileDevice.create(tmp_path / "other" / "device")
    other = FileJournal.at(tmp_path / "other" / "journal", device.key, device.counter("journal"))
    for given in (other.checkpoint(), b"", b"junk"):
        assert journal.unseen(given) is None
    assert journal.checkpoint((other.checkpoint(), b"junk")) == journal.checkpoint()
    assert journal.origin != other.origin


def test_files_are_private(journal: FileJournal, home: Path) -> None:
    journal.append(event(0))
    assert all(os.stat(path).st_mode & 0o077 == 0 for path in (home / "journal").iterdir())
