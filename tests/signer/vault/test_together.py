"""Several processes of one device at once: its secret is made once, its clock keeps the latest time of all of them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from signer.vault.clock import FileClock

ROOT = Path(__file__).parents[3]
KEY = "bytearray(b'k' * 32)"
FIRST = """
from signer.vault.vault import FileVault
print(bytes(FileVault.at(home).device.key(b"vault seal")).hex())
"""
CLOCK = f"""
import itertools
from signer.vault.clock import FileClock
for step in range(150):
    FileClock(home / "clock", {KEY}, lambda: 0, lambda: 1_000_000 + 10 * step).now()
print("kept")
"""


def together(home: Path, count: int, told: str) -> list[str]:
    """What each of the processes says that begin at the same moment."""
    begin = home.with_name(home.name + ".begin")
    wait = "import sys, time; from pathlib import Path; home, begin = map(Path, sys.argv[1:])\n"
    go = "print('ready', flush=True)\nwhile not begin.exists(): time.sleep(0.001)\n"
    imports = "from signer.vault import vault, clock\n"
    command = [sys.executable, "-c", wait + imports + go + told, str(home), str(begin)]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begin.touch()
    said = [process.communicate(timeout=120) for process in started]
    begin.unlink()
    assert [errors for _, errors in said if "Error" in errors] == []
    return [out.strip() for out, _ in said]


@pytest.mark.slow
def test_a_new_home_gets_one_secret(tmp_path: Path) -> None:
    for turn in range(5):
        assert len(set(together(tmp_path / str(turn), 3, FIRST))) == 1


@pytest.mark.slow
def test_the_clock_is_kept_by_all_of_them(tmp_path: Path) -> None:
    assert together(tmp_path, 3, CLOCK) == ["kept"] * 3
    clock = FileClock(tmp_path / "clock", bytearray(b"k" * 32), lambda: 0, lambda: 5.0)
    assert clock.now() == 1_000_000 + 10 * 149


def test_a_process_that_was_behind_does_not_put_the_clock_back(tmp_path: Path) -> None:
    """The system's clock was set back between two programs that were both running."""
    early = [1000.0, 1020.0]
    behind = FileClock(tmp_path / "clock", bytearray(32), lambda: 0, lambda: early.pop(0))
    assert behind.now() == 1000
    assert FileClock(tmp_path / "clock", bytearray(32), lambda: 0, lambda: time.time()).now() > 1_700_000_000
    assert behind.now() > 1_700_000_000
    assert FileClock(tmp_path / "clock", bytearray(32), lambda: 0, lambda: 5.0).now() > 1_700_000_000
