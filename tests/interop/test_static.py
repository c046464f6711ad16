"""One static code: what was asked for comes out, or the command says that it does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stage.process import BUILDER, SIGNER, ask, run


@pytest.mark.parametrize("program", [SIGNER, BUILDER])
@pytest.mark.parametrize(("size", "form"), [(1900, "static"), (9000, "ur")])
def test_static_is_one_code_however_large(program: str, size: int, form: str, tmp_path: Path) -> None:
    question = tmp_path / "question.psbt"
    question.write_bytes(b"psbt\xff" + bytes(size))
    frames = tmp_path / "frames"
    shown = ask(program, tmp_path / "home", "show", question, "--format", "static", "--frames", frames)
    assert shown["format"] == form
    assert (shown["frames"] == 1) == (form == "static")
    told = run(program, tmp_path / "home", "show", question, "--format", "static", "--frames", frames).text
    assert ("does not fit" in told) == (form != "static")
    back = tmp_path / "back"
    ask(program, tmp_path / "home", "scan", "--camera", frames, "--out", back)
    assert back.read_bytes() == question.read_bytes()
