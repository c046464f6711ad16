"""The clock is set by the quorum, forward only, and the journal has both times; the appliance starts where it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signer.ceremony.custody import Hall
from signer.ceremony.script import Rehearsal, read_script
from signer.ceremony.timekeeping import LATEST, read_moment
from signer.core.errors import Bad, Lock, Malformed, VaultError
from signer.core.transcript import Transcript
from signer.journal.journal import FileJournal
from signer.journal.records import Records
from signer.vault.clock import FileClock
from tests.signer.ceremony.test_scripts import Papers, hall_at, play

MADE = 1_767_225_600  # 2026-01-01, when a board without a clock begins
NOW = read_moment("2026-11-26T04:53")


def clocked(home: Path, system: float = MADE) -> tuple[Hall, FileClock]:
    """A hall whose clock is a file's over a system clock that stands."""
    hall = hall_at(home)
    assert isinstance(hall.journal, FileJournal)
    clock = FileClock(home / "clock", bytearray(32), hall.journal.latest, lambda: system)
    return replace(hall, clock=clock, adjust=clock.adjust), clock


def hold(hall: Hall, script: str) -> tuple[Transcript, ...]:
    papers = Papers()
    return Rehearsal(hall, papers.ask, papers.show).play(read_script(script))


def with_key(home: Path) -> tuple[Hall, FileClock]:
    hall, clock = clocked(home)
    papers = Papers()
    officers = "genesis\nofficer aiko\nofficer ben\nofficer chie\ngather\n"
    play(hall, papers, officers + "dice\nmake main 2\nwrite-down\nprove words\nconclude")
    return hall, clock


def test_what_a_moment_is() -> None:
    assert NOW == 1_795_668_780
    for wrong in ("", "now", "2026-11-26", "2026-13-01T00:00", "2026-11-26T04:53+09:00", "1795668780"):
        with pytest.raises(ValueError, match=r".*"):
            read_moment(wrong)


def test_a_new_device_gets_the_time_before_its_first_key(tmp_path: Path) -> None:
    hall, clock = clocked(tmp_path)
    (transcript,) = hold(hall, "witness hana\nclock 2026-11-26T04:53")
    assert clock.now() == NOW
    assert "time: from 2026-01-01 00:00 UTC to 2026-11-26 04:53 UTC" in transcript.text
    assert clock.now() == NOW  # and goes on from there, not further


def test_with_a_key_it_takes_its_quorum_and_the_journal_has_both_times(tmp_path: Path) -> None:
    hall, clock = with_key(tmp_path)
    with pytest.raises(VaultError) as caught:
        hold(hall, "clock 2026-11-26T04:53 aiko")
    assert caught.value.code is Lock.TOO_FEW
    with pytest.raises(VaultError):
        hold(hall, "clock 2026-11-26T04:53")
    assert clock.now() == MADE
    hold(hall, "clock 2026-11-26T04:53 aiko chie")
    assert clock.now() == NOW
    assert isinstance(hall.journal, FileJournal)
    events = [record.event for record in hall.journal.records(0)]
    (said,) = [event for event in events if ("state", "set") in event.details]
    assert said.at == MADE
    assert said.officers == ("aiko", "chie")
    assert ("to", "2026-11-26 04:53 UTC") in said.details
    assert events[-1].at == NOW


def test_the_minute_that_it_is_confirms_the_clock(tmp_path: Path) -> None:
    """From then on the rule that asks when officers were last here has its answer; nobody else can give it."""
    hall, clock = with_key(tmp_path)
    assert isinstance(hall.journal, FileJournal)
    records = Records(tmp_path / "enrolled", bytearray(32), hall.journal)
    assert records.upkeep().attended == 0
    for alone in ("clock 2026-01-01T00:00", "clock 2026-01-01T00:00 aiko"):
        with pytest.raises(VaultError):
            hold(hall, alone)
    assert records.upkeep().attended == 0
    (transcript,) = hold(hall, "clock 2026-01-01T00:00 aiko chie")
    assert (clock.now(), records.upkeep().attended) == (MADE, MADE)
    assert "time: from 2026-01-01 00:00 UTC to 2026-01-01 00:00 UTC" in transcript.lines
    hold(hall, "clock 2026-11-26T04:53 aiko chie")
    assert records.upkeep().attended == NOW


@pytest.mark.parametrize(
    "moment", ["2025-12-31T23:58", "2025-12-31T23:59", "2100-01-01T00:00", "9999-12-31T23:59"]
)
def test_never_back_and_not_past_2100(moment: str, tmp_path: Path) -> None:
    hall, clock = clocked(tmp_path)
    before = len(hall.journal.checkpoint())
    with pytest.raises(Malformed) as caught:
        hold(hall, f"clock {moment}")
    assert caught.value.code is Bad.VALUE
    assert clock.now() == MADE
    assert len(hall.journal.checkpoint()) == before
    assert read_moment("2100-01-01T00:00") == LATEST


def test_it_runs_on_from_there_and_is_not_lost_with_the_process(tmp_path: Path) -> None:
    times = iter([100.0, 100.0, 160.0, 170.0])
    clock = FileClock(tmp_path / "clock", bytearray(32), lambda: 0, lambda: next(times))
    clock.adjust(5000)
    assert clock.now() == 5060
    assert clock.now() == 5070
    assert FileClock(tmp_path / "clock", bytearray(32), lambda: 0, lambda: 1.0).now() == 5070
    times = iter([200.0] * 9)
    clock.adjust(10)  # back
    assert clock.now() >= 5070


def test_where_the_clock_is_not_ours_it_says_so(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    with pytest.raises(VaultError) as caught:
        hold(hall, "clock 2099-11-26T04:53")
    assert caught.value.code is Lock.DEVICE
