"""A policy agreed on from the command line: by the quorum, journaled, and the old one holds until its delay is over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signer.__main__ import assemble
from tests.stage.process import SIGNER, ask

SECRETS = ["passphrase of aiko", "passphrase of ben", "passphrase of chie"]
OFFICERS = ("--officer", "aiko", "--officer", "ben")
DAY = 86_400


def document(version: int, delay: int, approvals: int) -> bytes:
    clause = {"applies_to": "*", "tiers": [{"units": 0, "approvals": approvals}]}
    return json.dumps({"version": version, "delay": delay, "clauses": [clause]}).encode()


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("device")
    three = ("--officer", "aiko", "--officer", "ben", "--officer", "chie", "--threshold", "2")
    ask(SIGNER, home, "ceremony", "genesis", *three, secrets=SECRETS)
    return home


def change(home: Path, policy: bytes, secrets: list[str], expect: int = 0) -> dict:
    file = home.parent / "policy.json"
    file.write_bytes(policy)
    return ask(
        SIGNER, home, "ceremony", "policy", file, *OFFICERS, "--development", secrets=secrets, expect=expect
    )


def test_a_policy_is_agreed_on_and_the_old_one_goes_after_its_delay(home: Path) -> None:
    assert len(change(home, document(1, DAY, 2), SECRETS)["sha256"]) == 64
    desk = assemble(home).bench.desk
    now = desk.clock.now()
    assert [policy.version for policy in desk.policies.in_force(now)] == [1]  # the built-in one has no delay
    change(home, document(2, 0, 1), SECRETS)
    desk = assemble(home).bench.desk
    now = desk.clock.now()
    assert [policy.version for policy in desk.policies.in_force(now)] == [2, 1]
    assert [policy.version for policy in desk.policies.in_force(now + DAY + 60)] == [2]


def test_what_is_refused(home: Path) -> None:
    version = assemble(home).bench.desk.policies.current().version
    change(home, document(version + 1, 0, 1), ["wrong passphrase", SECRETS[1]], expect=5)
    change(home, document(version + 7, 0, 1), SECRETS, expect=4)
    change(home, b"{}", SECRETS, expect=4)
    file = home.parent / "policy.json"
    file.write_bytes(document(version + 1, 0, 1))
    alone = ("ceremony", "policy", file, "--officer", "aiko", "--development")
    ask(SIGNER, home, *alone, secrets=SECRETS[:1], expect=5)
    assert assemble(home).bench.desk.policies.current().version == version


def test_without_the_flag_a_development_machine_refuses(home: Path) -> None:
    file = home.parent / "policy.json"
    file.write_bytes(document(assemble(home).bench.desk.policies.current().version + 1, 0, 1))
    ask(SIGNER, home, "ceremony", "policy", file, *OFFICERS, secrets=SECRETS, expect=3)
