"""NEM's payloads by the command that officers type: `kinko-signer review FILE --account NAME`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signer.__main__ import assemble, screen
from signer.cli.run import run
from tests.vectors.make_nem_attacks import FOLDER


@pytest.mark.parametrize(
    ("data", "status", "told"),
    [
        ((FOLDER / "harmless.nem").read_bytes(), 3, "account-unknown"),
        (b"no transaction at all", 4, "unknown-format"),
        (b"psbt\xff" + bytes(20), 4, ""),
    ],
)
def test_on_a_device_without_accounts(
    data: bytes, status: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "payload"
    file.write_bytes(data)
    arguments = ["--home", str(tmp_path / "signer"), "review", str(file), "--account", "vault", "--json"]
    assert run(arguments, assemble, screen) == status
    shown = capsys.readouterr()
    assert told in json.dumps(json.loads(shown.out or shown.err))


def test_a_swapped_mosaic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "account.txt"
    text.write_text(json.loads((FOLDER / "index.json").read_text("utf-8"))["account"], "utf-8")
    home = ["--home", str(tmp_path / "signer")]
    enrol = ["account", "add", str(text), "--name", "vault", "--chain", "nem:testnet"]
    assert run([*home, *enrol], assemble, screen) == 0
    capsys.readouterr()
    review = ["review", str(FOLDER / "mosaic-swapped.nem"), "--account", "vault", "--json"]
    assert run([*home, *review], assemble, screen) == 3
    assert "mosaic-refused" in {f["code"] for f in json.loads(capsys.readouterr().out)["findings"]}
