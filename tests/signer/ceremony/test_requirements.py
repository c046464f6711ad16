"""The page of requirements: all 48 are there, each says how it stands, and what it points at exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "explanation" / "custody-requirements.md").read_text()
ROWS = [line.split("|") for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def test_every_requirement_is_there_once_and_in_order() -> None:
    assert [int(row[1]) for row in ROWS] == list(range(1, 49))


def test_each_says_how_it_stands() -> None:
    for row in ROWS:
        assert re.search(r"\*\*(met|partly|not yet)\*\*", row[3]), row[1]


def test_what_is_met_names_a_command() -> None:
    for row in ROWS:
        if row[3].strip().startswith("**met**"):
            assert "`pytest" in row[3] or "`kinko-" in row[3] or "`make" in row[3], row[1]


def test_every_test_it_names_exists() -> None:
    paths = set(re.findall(r"tests/[\w/]+(?:\.py)?", PAGE))
    assert len(paths) > 15
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_selection_it_names_selects_something() -> None:
    """`-k words` after files: at least one test function in those files or folders has one of the words in its name."""
    for command in re.findall(r"`pytest ([^`]+)`", PAGE):
        for files, words in re.findall(r'((?:tests/[\w/.]+ ?)+)-k ("[^"]+"|\S+)', command):
            sources = [source for path in files.split() for source in _sources(ROOT / path)]
            names = " ".join(
                re.findall(r"def (test_\w+)", "\n".join(source.read_text() for source in sources))
            )
            for word in words.strip('"').split(" or "):
                assert word in names, f"{command}: {word}"


def _sources(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("test_*.py"))
