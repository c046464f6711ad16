"""Time that never goes back."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

import pytest

from signer.core.errors import Broken, Tampered
from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from signer.vault.clock import FileClock
from signer.vault.secret import FileDevice

KEY = bytearray(b"k" * 32)


def clock_at(path: Path, system: Callable[[], float], floor: int = 0) -> FileClock:
    return FileClock(path, KEY, lambda: floor, system)


def test_it_never_goes_back_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "device" / "clock"
    times = iter([1000.7, 900.0, 1005.0, 1100.0])
    clock = clock_at(path, lambda: next(times))
    assert [clock.now() for _ in range(4)] == [1000, 1000, 1005, 1100]
    assert clock_at(path, lambda: 5.0).now() == 1100


def test_it_is_written_now_and_then(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    times = iter([100.0, 105.0, 110.0])
    clock = clock_at(path, lambda: next(times))
    seen = []
    for _ in range(3):
        clock.now()
        seen.append(path.read_bytes()[32:])
    assert seen == [b"100", b"100", b"110"]


def sealed(body: bytes) -> bytes:
    return hmac.digest(KEY, b"kinko clock" + body, "sha256") + body


@pytest.mark.parametrize(
    "content",
    [b"", b"1000", sealed(b""), sealed(b"-5"), sealed(b"abc"), sealed(b"9" * 13), sealed(b"5") + b"0"],
)
def test_a_file_that_is_not_this_devices_clock(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "clock").write_bytes(content)
    with pytest.raises(Tampered) as caught:
        clock_at(tmp_path / "clock", lambda: 2000.0).now()
    assert caught.value.code is Broken.COUNTER


def test_another_devices_clock_is_not_believed(tmp_path: Path) -> None:
    clock_at(tmp_path / "clock", lambda: 10.0).now()
    with pytest.raises(Tampered):
        FileClock(tmp_path / "clock", bytearray(32), lambda: 0).now()


def test_an_older_copy_stands_where_the_journal_does(tmp_path: Path) -> None:
    device = FileDevice.create(tmp_path / "device")

    def journal() -> FileJournal:
        return FileJournal.at(tmp_path / "journal", device.key, device.counter("journal"))

    path = tmp_path / "clock"
    assert journal().latest() == 0
    clock_at(path, lambda: 1000.0).now()
    old = path.read_bytes()
    later = FileClock(path, KEY, journal().latest, lambda: 5000.0)
    journal().append(Event(EventKind.REVIEWED, later.now()))
    for forget in (lambda: path.write_bytes(old), path.unlink):
        forget()
        assert FileClock(path, KEY, journal().latest, lambda: 1001.0).now() == 5000
