"""How commands end when what is around them ends first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("program", "arguments", "status"),
    [
        ("signer", ("account", "list"), 0),
        ("signer", ("account", "list", "--json"), 0),
        ("signer", ("review", "/nowhere", "--json"), 4),
        ("online_builder", ("account", "list"), 0),
        ("online_builder", ("collect", "/nowhere", "--json"), 4),
    ],
)
def test_a_reader_that_has_seen_enough(
    program: str, arguments: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    """As in `kinko-signer account list | head -0`: no traceback, and the command's own exit status."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", program, "--home", str(tmp_path / "home"), *arguments]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == status
