"""Types every command of docs/tutorials/first-signature.md into a shell, as a reader would, and answers its prompts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.house.rules import ROOT

pytestmark = pytest.mark.slow  # fifty commands, each a process

PAGE = ROOT / "docs" / "tutorials" / "first-signature.md"
BLOCK = re.compile(r"^```sh(?: fails (\d))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "ready> "


def commands() -> Iterator[tuple[str, int]]:
    """Each command with the exit status the page promises."""
    for status, block in BLOCK.findall(PAGE.read_text("utf-8")):
        yield from ((line, int(status or 0)) for line in block.splitlines())


class Reader:
    """A person at a shell: types a line, gives the passphrase asked for, reads what comes and how it ended."""

    def __init__(self, folder: Path) -> None:
        tools = Path(sys.executable).parent
        environment = {"PATH": f"{tools}:/usr/bin:/bin", "PS1": "", "LANG": "C.UTF-8", "HOME": str(folder)}
        self._shell = pexpect.spawn(
            "/bin/bash", ["--norc", "--noprofile"], cwd=str(folder), env=environment, echo=False,
            encoding="utf-8", timeout=60, dimensions=(40, 400),
        )  # fmt: skip
        self._shell.sendline(f"PS1='{PROMPT}'; PS2=; bind 'set enable-bracketed-paste off'")
        self._shell.expect_exact(PROMPT)
        self.type("true")

    def type(self, line: str) -> tuple[str, int]:
        shown = self._run(line)
        return shown, int(self._run("echo status=$?").rpartition("status=")[2])

    def _run(self, line: str) -> str:
        self._shell.sendline(line)
        shown = ""
        while True:
            asked = self._shell.expect([re.escape(PROMPT), r"Passphrase of (\w+)(?:, again)?: "])
            shown += self._shell.before
            if asked == 0:
                return shown
            self._shell.sendline(f"a long passphrase of {self._shell.match.group(1)}")


Told = list[tuple[str, str]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What each command printed; every one of them ended as the page says."""
    folder = tmp_path_factory.mktemp("reader")
    reader, request, said = Reader(folder), "", []
    for line, expected in commands():
        shown, status = reader.type(line.replace("c71d874b", request))
        assert status == expected, f"{line}\n{shown}"
        said.append((line, shown))
        if line == "kinko-builder status":
            found = re.search(r"^([0-9a-f]{8})  ", shown, re.MULTILINE)
            request = request or (found[1] if found else "")
    assert not (folder / "first-signature" / "never").exists()
    return said


def test_the_tutorial_works_as_written(told: Told) -> None:
    story = "\n".join(shown for _, shown in told)
    assert "Refill of the hot wallet" in story
    assert "1 confirmations" in story
    assert "[request-signer-unknown]" in story
    assert "[request-replayed]" in story
    assert "journal is sound" in story


def test_both_sides_tell_the_words_to_compare(told: Told) -> None:
    words = [
        (line, found[1])
        for line, shown in told
        if (found := re.search(r"^Words +(.*\S)", shown, re.MULTILINE))
    ]
    account = [said for line, said in words if "account add" in line]
    asked = [said for line, said in words if "propose treasury" in line or "review" in line]
    assert (len(account), len(set(account))) == (4, 1)
    assert asked[0] == asked[1]
