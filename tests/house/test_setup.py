"""Setting up: the package script asks apt for what is missing and no more, and says so."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.house.rules import ROOT


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of commands that stand in for a Debian machine where all but litecoind and tmux is installed."""
    _command(
        tmp_path / "dpkg-query",
        'for name; do :; done; case "$name" in litecoind | tmux) exit 1 ;; *) echo installed ;; esac',
    )
    _command(tmp_path / "apt-get", f'echo "$@" >>{tmp_path}/asked')
    _command(tmp_path / "id", "echo 0")
    for name in ("sh", "env", "dirname", "grep"):
        (tmp_path / name).symlink_to(Path("/usr/bin") / name)
    return tmp_path


def _command(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def install(machine: Path, needed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "setup" / "system-packages", needed],
        env={"PATH": str(machine)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_only_what_is_missing_is_installed_and_named(machine: Path) -> None:
    answer = install(machine, "test")
    assert answer.returncode == 0, answer.stderr
    assert "system package litecoind: a real node" in answer.stdout
    assert (machine / "asked").read_text().split() == (
        "update -qq install -y -qq --no-install-recommends litecoind tmux".split()
    )


def test_the_demo_needs_no_test_packages(machine: Path) -> None:
    assert install(machine, "run").stdout == ""
    assert not (machine / "asked").exists()


def test_without_root_and_sudo_it_says_what_to_do(machine: Path) -> None:
    _command(machine / "id", "echo 1000")
    answer = install(machine, "test")
    assert answer.returncode == 1
    assert "apt-get install litecoind tmux" in answer.stderr
    assert not (machine / "asked").exists()


def test_on_another_system_it_says_what_is_needed(machine: Path) -> None:
    (machine / "dpkg-query").unlink()
    answer = install(machine, "test")
    assert answer.returncode == 0
    assert "libzbar0" in answer.stderr


def test_every_package_line_has_a_reason() -> None:
    lines = (ROOT / "setup" / "packages.txt").read_text().splitlines()
    for line in lines:
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9.+-]+ +(run|test|node|image) +\S.{10,}", line), (
            line
        )


def test_continuous_integration_runs_everything() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec make test")
