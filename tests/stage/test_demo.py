"""`make demo COIN=...`: each story ends well, or raises where an appliance or a verifier says otherwise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.rules import ROOT

#: Who must be asked besides the builder, in each story.
JUDGES = {
    "bch": "libauth's virtual machine for Bitcoin Cash",
    "dash": "dashcore-lib's interpreter",
    "ltc": "Bitcoin Core's script verification",
    "mona": "Bitcoin Core's script verification",
}


@pytest.mark.slow
@pytest.mark.parametrize("coin", JUDGES)
def test_a_coin_plays_its_whole_story(coin: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.stage.demo", "--coin", coin, "--folder", str(tmp_path / "demo")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1_800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = " ".join(done.stdout.split())
    assert f"Asked independently, {JUDGES[coin]} accepts it." in told
    assert "refused before anybody could approve" in told
