"""The auditor's one-file verifier, as a program of its own, against exports that somebody has worked on."""

from __future__ import annotations

import ast
import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.journal import verifier
from signer.journal.journal import FileJournal
from tests.signer.journal.conftest import event

SOURCE = Path(verifier.__file__)


@pytest.fixture
def export(journal: FileJournal) -> bytes:
    for number in range(5):
        journal.append(event(number))
    return journal.export()


def built(parts: list[bytes]) -> bytes:
    return verifier.MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def test_it_needs_nothing_of_this_house() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE.read_text()))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_as_a_program(journal: FileJournal, export: bytes, tmp_path: Path) -> None:
    """Copied away, run isolated: what an auditor does."""
    alone = tmp_path / "auditor"
    alone.mkdir()
    shutil.copy(SOURCE, alone / "verify.py")
    (alone / "export").write_bytes(export)
    (alone / "seen").write_bytes(journal.checkpoint())
    command = [
        sys.executable,
        "-I",
        "verify.py",
        "export",
        "--key",
        journal.public_key.hex(),
        "--seen",
        "seen",
        "--list",
    ]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "5 records, whole and signed, by the key given\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["number"] for row in rows] == list(range(5))
    assert rows[3] == {
        "version": 1,
        "number": 3,
        "at": 1_700_000_003,
        "kind": "reviewed",
        "officers": ["aiko"],
        "subject": "00" * 32,
        "details": [["n", "3"]],
    }
    (alone / "export").write_bytes(export[:-1])
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("WRONG: ")


WORK = {
    "the last cut": lambda rows: rows[:-1],
    "one in the middle hidden": lambda rows: rows[:3] + rows[4:],
    "two swapped": lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]],
    "one edited": lambda rows: [*rows[:3], rows[3].replace(b"aiko", b"anna"), *rows[4:]],
    "one added": lambda rows: [*rows, rows[-1]],
    "another key": lambda rows: [bytes(32), *rows[1:]],
    "another head": lambda rows: [rows[0], rows[1].replace(b"\n5\n", b"\n4\n"), *rows[2:-1]],
}


@pytest.mark.parametrize("how", WORK)
def test_what_somebody_did_to_it_is_found(export: bytes, how: str) -> None:
    rows = verifier.parts(export)
    assert verifier.verify(built(rows))
    with pytest.raises(verifier.Wrong):
        verifier.verify(built(WORK[how](rows)))


def test_every_changed_byte_of_head_and_records_is_found(export: bytes, journal: FileJournal) -> None:
    spoiled = bytearray(export)
    for index in range(len(spoiled)):
        spoiled[index] ^= 2
        with pytest.raises(verifier.Wrong):
            verifier.verify(bytes(spoiled), journal.public_key)
        spoiled[index] ^= 2


def test_an_older_or_a_forked_journal_is_found_by_a_checkpoint(
    journal: FileJournal, home: Path, opened: Callable[[], FileJournal]
) -> None:
    journal.append(event(0))
    paths = [home / "journal" / "log", home / "journal" / "head", home / "device" / "journal"]
    saved = [path.read_bytes() for path in paths]
    journal.append(event(1))
    seen, good = journal.checkpoint(), journal.export()
    for path, data in zip(paths, saved, strict=True):
        path.write_bytes(data)
    restored = opened()
    for _ in range(2):
        with pytest.raises(verifier.Wrong, match="rolled back or forked"):
            verifier.verify(restored.export(), seen=(seen,))
        restored.append(event(9))
    assert len(verifier.verify(good, seen=(seen,))) == 2


@given(st.binary(max_size=300))
def test_random_bytes_are_wrong_and_nothing_worse(data: bytes) -> None:
    for hostile in (data, verifier.MAGIC + data):
        with pytest.raises(verifier.Wrong):
            verifier.verify(hostile)
    with contextlib.suppress(verifier.Wrong):
        verifier._record(0, data)
