"""Where the image's scripts and the supervisor look for their parts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

IMAGE = Path(__file__).resolve().parents[2] / "firmware_image"


@pytest.fixture(autouse=True)
def _paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(IMAGE))
    monkeypatch.syspath_prepend(str(IMAGE / "overlay/usr/lib/kinko"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
