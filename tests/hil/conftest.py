"""`pytest --device=rig` runs the scripts against real hardware, and fails where there is none; the simulator else."""

from __future__ import annotations

import pytest

from tests.hil.devices import Device, Rig, Simulator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--device", choices=("simulator", "rig"), default="simulator", help="what tests/hil runs against"
    )


@pytest.fixture
def device(request: pytest.FixtureRequest) -> Device:
    return Rig() if request.config.getoption("--device", default="simulator") == "rig" else Simulator()
