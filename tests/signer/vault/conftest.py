"""A sealed home made once, and a fresh copy of it for each test: three officers, one key of 2 of 3, one of 1 of 1."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from signer.core.officer import Officer
from signer.vault.session import ChildSession
from signer.vault.vault import FileVault

#: BIP 32, test vector 2: the one with a 64-byte seed.
SEED = bytes.fromhex(
    "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2"
    "9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542"
)


def secret(name: str) -> bytearray:
    return bytearray(f"passphrase of {name}".encode())


@pytest.fixture(scope="session")
def sealed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sealed")
    vault = FileVault.at(home)
    vault.initialise()
    for name in ("aiko", "ben", "chie"):
        vault.appoint(Officer(name), secret(name))
    vault.create_slot("main", ("aiko", "ben", "chie"), 2, bytearray(SEED))
    vault.create_slot("solo", ("ben",), 1)
    return home


@pytest.fixture
def home(sealed_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed_home, tmp_path / "home"))


@pytest.fixture
def vault(home: Path) -> FileVault:
    return FileVault.at(home)


@pytest.fixture
def unlocked(vault: FileVault) -> Callable[..., ChildSession]:
    """A session in which these officers have unlocked."""

    def unlock(*names: str) -> ChildSession:
        session = vault.session()
        for name in names:
            session.unlock(name, secret(name))
        return session

    return unlock
