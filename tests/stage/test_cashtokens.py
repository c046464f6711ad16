"""Tokens of Bitcoin Cash by the command lines alone: refused, agreed on in a ceremony, signed, limited, accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from online_builder.backends.embedded import Embedded
from online_builder.backends.registry import open_backend
from signer.chains.registry import find_chain
from signer.chains.utxo.transaction import read_plain, read_previous
from tests.oracles.node.ask import LIBAUTH
from tests.oracles.node.ask import ask as oracle
from tests.stage.process import BUILDER, SIGNER, ask
from tests.vectors.token_attacks import FUNGIBLE, UNIQUE, fungible, nft

pytestmark = pytest.mark.slow

CASH = find_chain("bitcoincash", "regtest")
NETWORK = ("--chain", "bitcoincash:regtest")
SECRETS = ["passphrase of aiko", "passphrase of ben", "passphrase of chie"]
TWO = ("--officer", "aiko", "--officer", "ben")
STRANGER = b"\x76\xa9\x14" + b"\x77" * 20 + b"\x88\xac"


@dataclass(frozen=True)
class Desk:
    """One appliance with a key, the accounts `treasury` and `spare` of it (one key each: a trial), and a builder."""

    folder: Path

    def signer(self, *words: object, expect: int = 0, secrets: list[str] | None = None) -> dict:
        return ask(SIGNER, self.folder / "signer", *words, expect=expect, secrets=secrets or ())

    def builder(self, *words: object, expect: int = 0) -> dict:
        return ask(BUILDER, self.folder / "builder", *words, expect=expect)

    @contextmanager
    def chain(self) -> Iterator[Embedded]:
        source = open_backend("embedded:", self.folder / "builder", CASH.network.chain)
        assert isinstance(source, Embedded)
        with source:
            yield source

    def account(self, name: str, path: str) -> None:
        key, text = self.folder / f"{name}.key", self.folder / f"{name}.txt"
        self.signer("ceremony", "export-key", *TWO, "--path", path, "--out", key, secrets=SECRETS[:2])
        form = ("--name", name, "--threshold", "1", "--script", "sh", "--backend", "embedded:")
        self.builder("account", "add", key, *NETWORK, *form)
        self.builder("account", "show", name, "--out", text)
        self.signer("account", "add", text, *NETWORK)

    def agree(self, version: int) -> None:
        def holding(name: str, units: int, window: int) -> dict[str, object]:
            limits = {"units": units, "seconds": 86_400, "window": window}
            return {"id": name, "decimals": 2, "supply": 10**9, "levy": [], **limits}

        assets = [holding(FUNGIBLE, 60_000, 100_000), holding(UNIQUE, 1, 1)]
        clause = {"applies_to": "*", "tiers": [{"units": 0, "approvals": 1}], "assets": assets}
        file = self.folder / "policy.json"
        file.write_text(json.dumps({"version": version, "delay": 0, "clauses": [clause]}), "utf-8")
        self.signer("ceremony", "policy", file, *TWO, "--development", secrets=SECRETS[:2])

    def ask_for(self, asset: str, to: str) -> Path:
        out = self.folder / "request"
        self.builder("propose", "treasury", "--asset", asset, "--to", to, "--fee-rate", "1", "--out", out)
        return out

    def codes(self, request: Path) -> set[str]:
        told = self.signer("review", request, expect=3)
        return {finding["code"] for finding in told["findings"] if finding["severity"].lower() == "stop"}

    def pay(self, request: Path) -> bytes:
        """Signed by the quorum, collected, broadcast, mined; the transaction as it went out."""
        answer = self.folder / "answer"
        self.signer("sign", request, *TWO, "--out", answer, secrets=SECRETS[:2])
        self.builder("collect", answer)
        (open_one,) = [r for r in self.builder("status")["requests"] if r["state"] == "open"]
        txid = self.builder("broadcast", open_one["id"])["txid"]
        with self.chain() as source:
            source.mine(1, STRANGER)
            row = source._index.transaction(txid)
            assert row is not None
            return row[0]

    def spent(self, raw: bytes) -> list[tuple[int, bytes]]:
        found = []
        with self.chain() as source:
            for item in read_plain(raw).inputs:
                row = source._index.transaction(item.txid[::-1].hex())
                assert row is not None
                found.append(tuple(read_previous(row[0]).outputs[item.vout]))
        return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("tokens"))
    three = (*TWO, "--officer", "chie", "--threshold", "2")
    desk.signer("ceremony", "genesis", *three, secrets=SECRETS)
    desk.account("treasury", "48h/1h/0h/0h")
    desk.signer("builder", "add", desk.builder("key")["key"], "--name", "front-office")
    desk.account("spare", "48h/1h/1h/0h")
    address = desk.builder("address", "treasury", "--tokens")["address"]
    assert desk.signer("account", "show", "treasury")["token_addresses"][0] == address
    script = CASH.lock(address)
    with desk.chain() as source:
        for prefix in (fungible(110_000), nft(b"number 7"), b""):
            source.mine(1, prefix + script)
        source.mine(100, STRANGER)
    return desk


def test_tokens_from_the_first_refusal_to_the_last_limit(desk: Desk) -> None:
    kept = CASH.with_tokens(str(CASH.spell(STRANGER) if CASH.spell else ""))
    request = desk.ask_for(FUNGIBLE, f"{kept}:55500")
    assert desk.codes(request) == {"input-refused", "output-refused", "asset-unlisted"}
    desk.agree(1)
    reviewed = desk.signer("review", request)
    assert reviewed["spend"]["others"] == [{"asset": FUNGIBLE, "amount": 55_500}]
    raw = desk.pay(request)
    assert oracle(LIBAUTH, [(raw, desk.spent(raw))]).transactions == [True]
    assert desk.codes(desk.ask_for(FUNGIBLE, f"{kept}:54500")) == {"limit-window"}
    desk.builder("cancel", desk.builder("status")["requests"][0]["id"])
    raw = desk.pay(desk.ask_for(FUNGIBLE, f"{kept}:44500"))
    assert oracle(LIBAUTH, [(raw, desk.spent(raw))]).transactions == [True]
    art = f"{FUNGIBLE}/{b'number 7'.hex()}"
    spare = desk.builder("address", "spare", "--tokens")["address"]
    raw = desk.pay(desk.ask_for(art, f"{spare}:1"))
    assert oracle(LIBAUTH, [(raw, desk.spent(raw))]).transactions == [True]
    assert {row["asset"]: row["amount"] for row in desk.builder("balance", "spare")["assets"]} == {art: 1}
    assert {row["asset"]: row["amount"] for row in desk.builder("balance", "treasury")["assets"]} == {
        FUNGIBLE: 10_000
    }
