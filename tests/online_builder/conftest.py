"""An office: a builder and three appliances with a 2-of-3 account, as separate processes with files between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from embit import ec, script

from tests.stage.process import BUILDER, SIGNER, Outcome, ask, run

OFFICERS = ("aiko", "ben", "chie")
MINER = script.p2wpkh(ec.PrivateKey(b"\x4d" * 32)).address({"bech32": "bcrt"})


def payee(number: int) -> str:
    return script.p2wpkh(ec.PrivateKey(bytes([number]) * 32)).address({"bech32": "bcrt"})


@dataclass(frozen=True)
class Office:
    """Commands on the builder and on each appliance."""

    folder: Path

    def builder(self, *arguments: object, expect: int = 0) -> dict:
        return ask(BUILDER, self.folder / "builder", *arguments, expect=expect)

    def signer(self, name: str, *arguments: object, secret: bool = False, expect: int = 0) -> dict:
        secrets = [self.secret(name)] if secret else []
        return ask(SIGNER, self.folder / name, *arguments, secrets=secrets, expect=expect)

    def say(self, name: str, *arguments: object, expect: int = 0) -> Outcome:
        return run(SIGNER, self.folder / name, *arguments, expect=expect)

    def secret(self, name: str) -> str:
        return f"the long passphrase of {name}"

    def sign(self, name: str, request: Path, answer: Path, expect: int = 0) -> dict:
        return self.signer(
            name, "sign", request, "--officer", name, "--out", answer, secret=True, expect=expect
        )

    def propose(self, out: Path, *extra: object, amount: str = "1", expect: int = 0) -> dict:
        return self.builder(
            "propose", "treasury", "--to", f"{payee(1)}:{amount}", "--out", out, *extra, expect=expect
        )


@pytest.fixture(scope="session")
def office(tmp_path_factory) -> Office:
    """Formed, enrolled on all sides and funded."""
    office = Office(tmp_path_factory.mktemp("office"))
    files = []
    for name in OFFICERS:
        office.signer(name, "ceremony", "genesis", "--development", "--officer", name, secret=True)
        files.append(office.folder / f"{name}.key")
        arguments = (
            "ceremony",
            "export-key",
            "--officer",
            name,
            "--path",
            "48h/1h/0h/2h",
            "--out",
            files[-1],
        )
        office.signer(name, *arguments, secret=True)
    office.builder("account", "add", *files, "--threshold", 2, "--name", "treasury", "--network", "regtest")
    descriptor = office.folder / "treasury.txt"
    office.builder("account", "show", "--out", descriptor)
    key = office.builder("key")["key"]
    for name in OFFICERS:
        office.signer(name, "account", "add", descriptor, "--network", "regtest")
        office.signer(name, "builder", "add", key, "--name", "desk")
    address = office.builder("address")["address"]
    office.builder("mine", 20, "--to", address)
    office.builder("mine", 100, "--to", MINER)
    return office
