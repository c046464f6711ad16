"""Writes tests/vectors/attacks/<coin> from the catalogue: python -m tests.vectors.make_coin_attacks."""

from __future__ import annotations

import json
from pathlib import Path

from tests.vectors.coin_attacks import FIELDS, NETWORK, catalogue

ATTACKS = Path(__file__).parent / "attacks"


def index(name: str) -> str:
    """What each file must come to, as JSON."""
    rows = [
        {
            "file": f"{attack.name}.psbt",
            "defect": attack.defect,
            "account": attack.account,
            "status": attack.status,
            "findings": sorted(attack.findings),
            "by": "inspection",
        }
        | ({"assets": list(attack.assets)} if attack.assets else {})
        for attack in catalogue(name)
    ]
    field = FIELDS[name]
    accounts = {"treasury": field.treasury.descriptor, "other": field.other.descriptor}
    whole = {"coin": name, "network": NETWORK, "accounts": accounts, "files": rows}
    return json.dumps(whole, indent=1) + "\n"


def write(name: str) -> int:
    """Write every file and the index of a coin; returns how many files there are."""
    folder = ATTACKS / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.psbt"):
        old.unlink()
    for attack in catalogue(name):
        (folder / f"{attack.name}.psbt").write_bytes(attack.make())
    (folder / "index.json").write_text(index(name), "utf-8")
    return len(catalogue(name))


if __name__ == "__main__":
    for coin in FIELDS:
        print(f"{write(coin)} files in {ATTACKS / coin}")
