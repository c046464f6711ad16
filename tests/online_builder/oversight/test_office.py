"""Appliances and builder as separate processes: their journals are exported, and the audit is what an auditor types."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from signer.journal import verifier
from tests.online_builder.conftest import MINER, OFFICERS, Office


def export(office: Office, name: str, folder: Path) -> Path:
    file = folder / f"{name}.journal"
    office.signer(name, "journal", "export", "--out", file)
    return file


def pay(office: Office, folder: Path) -> dict:
    request = folder / "request"
    made = office.propose(request)
    answers = [folder / f"answer-{name}" for name in ("aiko", "ben")]
    for name, answer in zip(("aiko", "ben"), answers, strict=True):
        office.sign(name, request, answer)
    office.builder("collect", *answers)
    office.builder("broadcast", made["id"])
    office.builder("mine", 1, "--to", MINER)
    return made


def test_the_audit_of_an_office(office: Office, tmp_path: Path) -> None:
    """The builder of this office saw everything that its devices ever signed, so all of it is explained."""
    for name in OFFICERS:
        added = office.builder("device", "add", export(office, name, tmp_path), "--name", name)
        shown = office.signer(name, "journal", "verify")
        assert (added["key"], added["words"]) == (shown["key"], shown["words"])
    pay(office, tmp_path)
    made = pay(office, tmp_path)
    exports = [export(office, name, tmp_path) for name in OFFICERS]
    audit = office.builder("audit", *exports)
    assert audit["sound"]
    assert [(j["name"], j["proven"]) for j in audit["journals"]] == [(name, True) for name in OFFICERS]
    assert audit["journals"][0]["checkpoints"] >= 2
    assert office.builder("status")["open"] == 0

    verify = tmp_path / "verify.py"
    shutil.copy(verifier.__file__, verify)
    key = office.builder("device", "list")["devices"][0]["key"]
    alone = [sys.executable, "-I", str(verify), str(exports[0]), "--key", key]
    assert subprocess.run(alone, capture_output=True, check=False, timeout=60).returncode == 0

    rows = verifier.parts(exports[0].read_bytes())
    digest = bytes.fromhex(made["digest"])
    place = max(place for place, row in enumerate(rows) if b"signed" in row and digest in row)
    rows[place] = rows[place].replace(b"signed", b"stored")
    edited = b"".join(len(row).to_bytes(4, "big") + row for row in rows)
    exports[0].write_bytes(verifier.MAGIC + edited)
    bad = office.builder("audit", exports[0], expect=6)
    assert "edited" in {row["fault"] for row in bad["found"]}
    assert subprocess.run(alone, capture_output=True, check=False, timeout=60).returncode == 1
    told = office.builder("status", expect=6)
    for alarm in told["alarms"]:
        office.builder("alarm", "settle", alarm["subject"], "--by", "Chie", "--why", "an exercise")
    assert office.builder("status")["open"] == 0
