"""The same folder by the command that officers type: `kinko-signer review FILE --account NAME`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signer.__main__ import assemble, screen
from signer.cli.run import run
from tests.vectors.make_attacks import FOLDER

#: What this device says of any bare PSBT, and of any account that one key can spend from, whatever is asked.
OF_THE_DEVICE = {"request-unsigned", "account-one-key"}
INDEX = json.loads((FOLDER / "index.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for name, text in INDEX["accounts"].items():
        path = folder / f"{name}.txt"
        path.write_text(text, "utf-8")
        arguments = ["account", "add", str(path), "--name", name, "--network", INDEX["network"]]
        assert run(["--home", str(folder / "signer"), *arguments], assemble, screen) == 0
    return folder / "signer"


@pytest.mark.parametrize("row", INDEX["files"], ids=lambda row: row["file"])
def test_review_prints_the_finding_and_exits_as_told(
    row: dict[str, object], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    arguments = ["review", str(FOLDER / str(row["file"])), "--account", str(row["account"]), "--json"]
    assert run(["--home", str(home), *arguments], assemble, screen) == row["status"]
    shown = capsys.readouterr()
    told = json.loads(shown.out or shown.err)
    if row["status"] == 4:
        assert json.dumps(told).count(str(row["findings"][0])) >= 1  # type: ignore[index]
        return
    grave = {f["code"] for f in told["findings"] if f["severity"].lower() in ("stop", "warn")}
    assert grave - OF_THE_DEVICE == set(row["findings"])  # type: ignore[call-overload]
