"""What a device knows, by commands: who agreed to it, which network it is taken for, what witnesses have said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signer.core.checkpoint import Checkpoint
from signer.core.cosignature import Witness, cosign
from tests.stage.process import SIGNER, ask
from tests.vectors.workshop import Group

NAMES = ("aiko", "ben", "chie")
SECRETS = [f"the passphrase of {name}" for name in NAMES]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Witness("witness.example/w1", KEY.public_key().public_bytes_raw())
QUORUM = ("--officer", "aiko", "--officer", "ben", "--development")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("registry") / "home"
    officers = [part for name in NAMES for part in ("--officer", name)]
    ask(SIGNER, home, "ceremony", "genesis", *officers, secrets=SECRETS)
    (home.parent / "treasury").write_text(Group().descriptor)
    (home.parent / "single").write_text(Group(threshold=1).descriptor)
    return home


def codes(document: dict) -> set[str]:
    return {finding["code"] for finding in document["findings"]}


def test_a_network_nobody_named_is_said(home: Path) -> None:
    shown = ask(SIGNER, home, "account", "add", home.parent / "treasury", "--name", "guessed")
    assert shown["network"] == "testnet"
    assert codes(shown) == {"network-assumed", "account-unregistered"}


def test_who_agreed_to_an_account(home: Path) -> None:
    add = ("account", "add", home.parent / "treasury", "--name", "treasury", "--network", "regtest")
    assert codes(ask(SIGNER, home, *add)) == {"account-unregistered"}
    ask(SIGNER, home, *add, "--officer", "aiko", "--development", secrets=SECRETS[:1], expect=5)
    assert codes(ask(SIGNER, home, *add, *QUORUM, secrets=SECRETS)) == set()
    ask(SIGNER, home, *add, *QUORUM, secrets=SECRETS, expect=5)  # once is enough


def test_who_agreed_to_a_builder(home: Path) -> None:
    add = ("builder", "add", "ab" * 32, "--name", "desk")
    assert codes(ask(SIGNER, home, *add)) == {"builder-unregistered"}
    ask(SIGNER, home, *add, "--officer", "aiko", "--development", secrets=SECRETS[:1], expect=5)
    assert codes(ask(SIGNER, home, *add)) == {"builder-unregistered"}
    assert codes(ask(SIGNER, home, *add, *QUORUM, secrets=SECRETS)) == set()
    assert codes(ask(SIGNER, home, *add)) == set()
    ask(SIGNER, home, *add, *QUORUM, secrets=SECRETS, expect=5)  # once is enough
    assert [row["name"] for row in ask(SIGNER, home, "builder", "list")["builders"]] == ["desk"]


def test_an_account_that_one_key_can_spend_from_is_flagged(home: Path) -> None:
    add = ("account", "add", home.parent / "single", "--network", "regtest")
    assert "account-one-key" in codes(ask(SIGNER, home, *add, *QUORUM, secrets=SECRETS))


def test_a_checkpoint_goes_out_and_comes_back_cosigned(home: Path) -> None:
    folder = home.parent
    (folder / "script").write_text("witness-key\nagree aiko chie\n")
    (folder / "w1").write_text(WITNESS.text)
    play = ("ceremony", "script", folder / "script", "--development")
    ask(SIGNER, home, *play, "--read", f"witness={folder / 'w1'}", secrets=[SECRETS[0], SECRETS[2]])
    ask(SIGNER, home, *play, "--read", "riddle=x", expect=4)
    ask(SIGNER, home, *play, expect=4)
    out = folder / "checkpoint"
    for round_trip in range(2):
        ask(SIGNER, home, "journal", "checkpoint", "--witness", WITNESS.name, "--out", out)
        read = Checkpoint.from_bytes(out.read_bytes())
        assert bool(read.old) is bool(round_trip)
        (folder / "back").write_bytes(cosign(read, WITNESS, KEY.sign, 1_700_000_000).to_bytes())
        told = ask(SIGNER, home, "journal", "cosigned", folder / "back")["cosigned"]
        assert told == [{"name": WITNESS.name, "records": read.head.size, "time": 1_700_000_000}]
    (listed,) = ask(SIGNER, home, "journal", "witnesses")["witnesses"]
    assert (listed["key"], listed["records"]) == (WITNESS.text, read.head.size)
    ask(SIGNER, home, "journal", "checkpoint", "--witness", "nobody", expect=4)
    ask(SIGNER, home, "journal", "cosigned", out, expect=4)
