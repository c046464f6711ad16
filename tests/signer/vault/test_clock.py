"""Time that never goes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from signer.core.errors import Tampered
from signer.vault.clock import FileClock


def test_it_never_goes_back_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "device" / "clock"
    times = iter([1000.7, 900.0, 1005.0, 1100.0])
    clock = FileClock(path, lambda: next(times))
    assert [clock.now() for _ in range(4)] == [1000, 1000, 1005, 1100]
    assert FileClock(path, lambda: 5.0).now() == 1100


def test_it_is_written_now_and_then(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    times = iter([100.0, 105.0, 110.0])
    clock = FileClock(path, lambda: next(times))
    seen = []
    for _ in range(3):
        clock.now()
        seen.append(path.read_text())
    assert seen == ["100", "100", "110"]


@pytest.mark.parametrize("content", [b"", b"-5", b"abc", b"9" * 13])
def test_a_file_that_holds_no_time(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "clock").write_bytes(content)
    with pytest.raises(Tampered):
        FileClock(tmp_path / "clock").now()
