"""What every generated page has: the note at its head, tables, and answers that a test backs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

NOTE = "<!-- Written by docs/generate.py from the code. Do not edit: `make docs`. -->"


class Answer(NamedTuple):
    """What some coins can or cannot, and the test that shows it."""

    coins: str
    says: str
    test: str


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(heads), line(("---",) * len(heads)), *map(line, rows)])
