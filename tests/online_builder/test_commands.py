"""Commands in this process: the sweep, a request written again, and what is said when a library is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from embit.psbt import PSBT

from online_builder.cli.run import run
from signer.core.envelope import is_sealed
from signer.core.errors import ExitStatus
from tests.online_builder.room import CHAIN, Room, descriptor, open_room, payee, wish


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path) as room:
        room.fund(3)
        yield room


def ask(room: Room, capsys: pytest.CaptureFixture[str], *arguments: object, expect: int = 0) -> dict:
    words = ["--json", *map(str, arguments)]
    assert run(words, lambda _: nullcontext(room.desk), lambda *_: pytest.fail("no page")) == expect
    return json.loads(capsys.readouterr().out)


def test_sweep_writes_a_file_a_request(room: Room, tmp_path: Path, capsys) -> None:
    room.desk.add_account(CHAIN, descriptor(account=1), "cold", "embedded:")
    folder = tmp_path / "sweep"
    told = ask(room, capsys, "sweep", "treasury", "--into", "cold", "--coins", 2, "--out", folder)
    files = sorted(folder.iterdir())
    assert [str(file) for file in files] == [row["out"] for row in told["requests"]]
    assert [row["inputs"] for row in told["requests"]] == [2, 1]
    assert all(is_sealed(file.read_bytes()) for file in files)
    fees = sum(row["fee"] for row in told["requests"])
    assert told["moved"] + fees == 150 * 10**8
    ask(room, capsys, "sweep", "treasury", "--into", "cold", "--coins", 0, "--out", folder, expect=4)
    again = ask(room, capsys, "sweep", "treasury", "--into", "cold", "--out", folder, expect=3)
    assert again["error"] == "no-funds"


def test_a_request_is_written_again_with_what_was_signed(room: Room, tmp_path: Path, capsys) -> None:
    request = room.desk.propose("treasury", wish("1"))
    ask(room, capsys, "request", request.id[:8], "--out", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == request.sealed
    room.sign(request, 1)
    ask(room, capsys, "request", request.id[:8], "--format", "psbt", "--out", tmp_path / "psbt")
    (source,) = PSBT.parse((tmp_path / "psbt").read_bytes()).inputs
    assert len(source.partial_sigs) == 1


def test_a_request_that_could_not_be_written_holds_no_coins(room: Room, tmp_path: Path, capsys) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    arguments = ("propose", "treasury", "--to", f"{payee(1)}:1", "--out", blocked / "request")
    ask(room, capsys, *arguments, expect=4)
    assert not room.desk.store.reserved()


@pytest.mark.parametrize("library", ["bdkpython", "pbk"])
def test_a_missing_library_is_said_plainly(library: str) -> None:
    code = (
        f"import sys, runpy; sys.modules['{library}'] = None; "
        "runpy.run_module('online_builder', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == ExitStatus.USAGE
    assert library in done.stderr
    assert "Traceback" not in done.stderr
