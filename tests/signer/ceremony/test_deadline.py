"""What the network will not take any more when the answer is back is refused before officers are called together."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from signer.ceremony import examine
from signer.core.finding import Severity

NOW = 1_790_000_000


def findings(deadline: int | None, made: int | None = None) -> list[tuple[str, Severity]]:
    desk = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOW))
    report = SimpleNamespace(spend=SimpleNamespace(deadline=deadline, made=made))
    found = examine._late(desk, report)  # type: ignore[arg-type]
    return [(finding.code.label, finding.severity) for finding in found]


@pytest.mark.parametrize(
    ("left", "label", "severity"),
    [
        (-1, "deadline-past", Severity.STOP),
        (0, "deadline-past", Severity.STOP),
        (1, "deadline-near", Severity.STOP),
        (examine.WAY_BACK - 1, "deadline-near", Severity.STOP),
        (examine.WAY_BACK, "deadline-left", Severity.INFO),
        (86_400, "deadline-left", Severity.INFO),
    ],
)
def test_the_time_left(left: int, label: str, severity: Severity) -> None:
    assert findings(NOW + left) == [(label, severity)]


def test_what_is_made_in_the_future() -> None:
    assert findings(None, NOW + examine.CLOCK_SKEW) == []
    assert findings(None, NOW + examine.CLOCK_SKEW + 1) == [("made-in-the-future", Severity.STOP)]


def test_no_deadline_is_no_finding() -> None:
    assert findings(None) == []
