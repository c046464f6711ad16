"""A transaction the network would not take any more stops, by the device's own clock."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from signer.ceremony import examine
from signer.core.finding import Code


@pytest.mark.parametrize(("now", "stops"), [(99, False), (100, True), (101, True)])
def test_a_past_deadline_stops(now: int, stops: bool) -> None:
    desk = SimpleNamespace(clock=SimpleNamespace(now=lambda: now))
    report = SimpleNamespace(spend=SimpleNamespace(deadline=100))
    found = [finding.code for finding in examine._late(desk, report)]  # type: ignore[arg-type]
    assert found == ([Code.DEADLINE_PAST] if stops else [])


def test_no_deadline_is_no_finding() -> None:
    report = SimpleNamespace(spend=SimpleNamespace(deadline=None))
    assert examine._late(SimpleNamespace(), report) == []  # type: ignore[arg-type]
