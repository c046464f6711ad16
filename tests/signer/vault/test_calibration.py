"""Argon2id is as costly as this machine bears, and never cheaper than the floor."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from signer.core.officer import Officer
from signer.vault import calibration
from signer.vault.calibration import MOMENT, MOST_KIB, calibrate, calibrated
from signer.vault.sealed import FLOOR_KIB, Kdf
from signer.vault.vault import FileVault
from tests.signer.vault.conftest import secret

GIB = 1024 * 1024


@pytest.mark.parametrize(
    ("floor_seconds", "free", "memory"),
    [
        (10.0, 64 * GIB, FLOOR_KIB),  # slower than a moment already
        (MOMENT / 2 + 0.01, 64 * GIB, FLOOR_KIB),
        (MOMENT / 2, 64 * GIB, 2 * FLOOR_KIB),
        (MOMENT / 8, 64 * GIB, 8 * FLOOR_KIB),
        (MOMENT / 8, 1 * GIB, 4 * FLOOR_KIB),  # a quarter of what is free
        (MOMENT / 8, FLOOR_KIB, FLOOR_KIB),
        (MOMENT / 8, 0, FLOOR_KIB),
        (0.0, 4096 * GIB, MOST_KIB),
    ],
)
def test_memory_doubles_while_time_and_memory_allow(floor_seconds: float, free: int, memory: int) -> None:
    measured: list[int] = []

    def seconds(kdf: Kdf) -> float:
        measured.append(kdf.memory)
        return floor_seconds * kdf.memory / FLOOR_KIB

    found = calibrated(seconds, free)
    assert (found.memory, found.passes, found.lanes) == (memory, 3, 4)
    assert measured == sorted(measured)
    assert not measured or measured[-1] <= memory


def test_this_machine_gets_no_less_than_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibrate().memory >= FLOOR_KIB
    assert calibration._free_kib() > 0
    assert calibration._free_kib(Path("/nowhere")) == 0


def test_what_was_found_is_recorded_and_opens(home: Path) -> None:
    vault = replace(FileVault.at(home), kdf=lambda: Kdf(2 * FLOOR_KIB))
    with closing(vault.assembly()) as assembly:
        assembly.appoint(Officer("dai"), secret("dai"))
        assembly.create("his", ("dai",), 1)
        assembly.commit()
    kept = {item.officer.name: item.kdf.memory for item in vault._contents().credentials}
    assert (kept["dai"], kept["ben"]) == (2 * FLOOR_KIB, FLOOR_KIB)
    with closing(
        FileVault.at(home).session()
    ) as session:  # by what the header says, not by what is measured today
        session.unlock("dai", secret("dai"))
        assert session.public_keys("his", [()])
