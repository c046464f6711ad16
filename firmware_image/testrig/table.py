"""The table of a run as files: BUILD/check-table.json, which further runs on the same image add to, and .md to read."""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

NAME: Final = "check-table"


@dataclass(frozen=True, slots=True)
class Row:
    """What one check showed: seconds of wall time, the load when it began, what was seen or went wrong."""

    check: str
    passed: bool
    seconds: int
    load: float
    seen: str

    @property
    def line(self) -> str:
        seen = self.seen.replace("|", "/").replace("\n", " ")
        return f"| {self.check} | {'pass' if self.passed else '**FAIL**'} | {self.seconds} | {self.load:.0f} | {seen} |"


def add(build: Path, row: Row, images: dict[str, str], order: list[str]) -> None:
    """Put a row into the table of these images (name to SHA-256); the rows of other images are dropped."""
    store = build / f"{NAME}.json"
    with (build / f".{NAME}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # checks may run side by side
        kept = json.loads(store.read_text()) if store.exists() else {}
        rows = kept.get("rows", {}) if kept.get("images") == images else {}
        rows[row.check] = asdict(row)
        store.write_text(json.dumps({"images": images, "rows": rows}, indent=1) + "\n")
        (build / f"{NAME}.md").write_text(
            text([Row(**rows[name]) for name in order if name in rows], images, len(order))
        )


def text(rows: list[Row], images: dict[str, str], wanted: int) -> str:
    """The table in Markdown."""
    failed = sum(not row.passed for row in rows)
    told = f"{len(rows)} of {wanted} checks, {failed} failed. Written by `make image-check`."
    head = [told, "", "SHA-256 of the whole files:", ""]
    head += [f"- {name}: `{digest}`" for name, digest in sorted(images.items())]
    table = [
        "",
        "| check | | seconds | load | seen |",
        "| --- | --- | --- | --- | --- |",
        *(row.line for row in rows),
    ]
    return "\n".join([*head, *table]) + "\n"
