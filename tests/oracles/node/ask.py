"""Asks the oracles in JavaScript: each call is one process of Node.js that reads JSON and answers JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LIBAUTH, DASHCORE, NEM = "libauth.mjs", "dashcore.cjs", "nem.cjs"
#: (amount in units, output script) of each input.
Spent = Sequence[tuple[int, bytes]]


@dataclass(frozen=True)
class Answer:
    """A verdict each, in order: True or what is wrong; a script in hex or what is wrong."""

    transactions: list[bool | str]
    addresses: list[str]


def ask(
    oracle: str, transactions: Sequence[tuple[bytes, Spent]] = (), addresses: Sequence[object] = ()
) -> Answer:
    """Raises where the oracle itself does not run: a test that needs it must not pass without it."""
    asked = {
        "transactions": [
            {
                "transaction": raw.hex(),
                "spent": [{"units": str(units), "script": script.hex()} for units, script in spent],
            }
            for raw, spent in transactions
        ],
        "addresses": list(addresses),
    }
    found = _run(oracle, asked)
    return Answer(found["transactions"], found["addresses"])


def ask_nem(rows: Sequence[dict]) -> list[bool | str]:
    """nem-sdk's verdict on transactions: `entity` as a node tells it, `data` and `signature` in hex."""
    return _run(NEM, list(rows))


def _run(oracle: str, asked: object) -> Any:
    if not (FOLDER / "node_modules").is_dir():
        raise RuntimeError("the oracles in JavaScript are not installed: make setup-test")
    done = subprocess.run(
        ["node", str(FOLDER / oracle)],
        input=json.dumps(asked).encode(),
        capture_output=True,
        timeout=300,
        check=True,
    )
    return json.loads(done.stdout)
