"""Writes tests/vectors/attacks/bitcoin from the catalogue: python -m tests.vectors.make_attacks. Always the same."""

from __future__ import annotations

import json
from pathlib import Path

from tests.vectors.attacks_further import CATALOGUE, GROUPS

FOLDER = Path(__file__).parent / "attacks" / "bitcoin"
NETWORK = "regtest"


def index() -> str:
    """What each file must come to, as JSON."""
    rows = [
        {
            "file": f"{attack.name}.psbt",
            "defect": attack.defect,
            "account": attack.account,
            "status": attack.status,
            "findings": sorted(attack.findings),
            "by": "policy" if attack.policy else "inspection",
        }
        for attack in CATALOGUE
    ]
    accounts = {name: group.descriptor for name, group in GROUPS.items()}
    return (
        json.dumps({"coin": "bitcoin", "network": NETWORK, "accounts": accounts, "files": rows}, indent=1)
        + "\n"
    )


def write() -> int:
    """Write every file and the index; returns how many files there are."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.psbt"):
        old.unlink()
    for attack in CATALOGUE:
        (FOLDER / f"{attack.name}.psbt").write_bytes(attack.make())
    (FOLDER / "index.json").write_text(index(), "utf-8")
    return len(CATALOGUE)


if __name__ == "__main__":
    print(f"{write()} files in {FOLDER}")
