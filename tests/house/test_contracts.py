"""The seven contracts hold over the tree as it is, and each one names itself when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.house.rules import PRODUCT, ROOT, project

BORROWED = {"core", "chains", "wire"}
SEEN = {"tui", "core", "ceremony"}
CHECKER = Path(sys.executable).with_name("lint-imports")


def check(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CHECKER, "--no-cache"], cwd=tree, capture_output=True, text=True, timeout=60, check=False
    )


@dataclass(frozen=True, slots=True)
class Plant:
    contract: int
    where: str
    line: str


# Two for each contract: the plain case, and one a hurried author would try.
PLANTS = (
    Plant(1, "signer/core/planted.py", "import signer.chains"),
    Plant(1, "signer/journal/planted.py", "import signer.vault"),
    Plant(2, "signer/cli/planted.py", "import online_builder"),
    Plant(2, "signer/wire/planted.py", "from online_builder import plan"),
    Plant(3, "online_builder/desk/planted.py", "import signer.vault"),
    Plant(3, "online_builder/plan/planted.py", "import signer.ceremony"),
    Plant(4, "signer/chains/bitcoin/planted.py", "import signer.chains.litecoin"),
    Plant(4, "signer/chains/utxo/planted.py", "import signer.chains.bitcoin"),
    Plant(5, "signer/tui/planted.py", "import signer.chains"),
    Plant(5, "signer/tui/planted.py", "from signer.wire import ur"),
    Plant(6, "signer/core/planted.py", "import os"),
    Plant(6, "signer/ceremony/planted.py", "from time import monotonic"),
    Plant(7, "online_builder/plan/planted.py", "import online_builder.desk"),
    Plant(7, "online_builder/store/planted.py", "import online_builder.backends"),
)


def contracts(kind: str) -> list[dict[str, Any]]:
    return [it for it in project()["tool"]["importlinter"]["contracts"] if it["type"] == kind]


def rooms() -> list[str]:
    """Every room that the floors name, as a path, the house before its rooms."""
    return [
        f"{contract['containers'][0].replace('.', '/')}/{room.strip().strip('()')}"
        for contract in sorted(contracts("layers"), key=lambda it: it["containers"][0].count("."))
        for layer in contract["layers"]
        for room in layer.split("|")
    ]


@pytest.fixture
def bare_house(tmp_path: Path) -> Path:
    """Every room, empty: so what breaks a contract is the plant and nothing else."""
    for room in (*PRODUCT, *rooms()):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    answer = check(ROOT)
    assert answer.returncode == 0, answer.stdout[-4000:]
    assert "7 kept, 0 broken" in answer.stdout


def test_the_bare_house_is_sound(bare_house: Path) -> None:
    assert "7 kept, 0 broken" in check(bare_house).stdout


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.contract}-{plant.where}")
def test_the_contract_bites(plant: Plant, bare_house: Path) -> None:
    planted = bare_house / plant.where
    planted.write_text(f"{plant.line}\n")

    answer = check(bare_house)

    assert answer.returncode == 1, answer.stdout[-4000:]
    broken = [line for line in answer.stdout.splitlines() if line.endswith(" BROKEN")]
    assert any(line.startswith(f"{plant.contract} ") for line in broken), broken


@pytest.mark.parametrize("room", ["signer/attic", "signer/chains/attic", "online_builder/attic"])
def test_a_new_room_must_be_given_its_floor(room: str, bare_house: Path) -> None:
    (bare_house / room).mkdir()
    (bare_house / room / "__init__.py").touch()

    answer = check(bare_house)

    assert answer.returncode == 1
    assert room.replace("/", ".") in answer.stdout


def test_the_forbidden_lists_name_every_room() -> None:
    """Contracts 3 and 5 list what is forbidden; a room added later must not slip through."""
    built = {path.stem for path in (ROOT / "signer").glob("*.py")} - {"__init__"}
    built |= {path.parent.name for path in (ROOT / "signer").glob("*/__init__.py")}
    forbidden = {contract["id"]: contract["forbidden_modules"] for contract in contracts("forbidden")}
    for name, allowed in (("builder-borrows", BORROWED), ("screens-draw", SEEN)):
        listed = {module.removeprefix("signer.") for module in forbidden[name]}
        assert built - allowed <= listed
        assert not allowed & listed
