"""What every generated page has: the note at its head, and tables."""

from __future__ import annotations

from collections.abc import Iterable

NOTE = "<!-- Written by docs/generate.py from the code. Do not edit: `make docs`. -->"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(heads), line(("---",) * len(heads)), *map(line, rows)])
