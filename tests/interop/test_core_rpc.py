"""A node of Bitcoin Core's family beside Kinko, as docs/how-to/bitcoin-core.md tells it.

The node builds, Kinko signs, the node ends it. It is Debian's litecoind in regtest, started here: it has no descriptor
wallet, so what `importdescriptors` does in Bitcoin Core is done by `importmulti`.
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stage.process import SIGNER, ask, run

OFFICERS = ("aiko", "ben", "chie")
PATH = "48h/1h/0h/2h"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Node:
    """litecoin-cli, with what it needs to find its node."""

    folder: Path
    port: int

    def __call__(self, method: str, *arguments: Any, wallet: str = "") -> Any:
        where = ["-regtest", f"-datadir={self.folder}", f"-rpcport={self.port}"]
        spoken = [a if isinstance(a, str) else json.dumps(a) for a in arguments]
        command = ["litecoin-cli", *where, *([f"-rpcwallet={wallet}"] if wallet else []), method, *spoken]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (command, done.stderr)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout.strip()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    assert shutil.which("litecoind"), "make setup-test installs it"
    folder, port = tmp_path_factory.mktemp("node"), free_port()
    flags = ["-regtest", f"-datadir={folder}", f"-rpcport={port}", "-listen=0", "-fallbackfee=0.0001"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(["litecoind", *flags], stdout=quiet, stderr=quiet)
    call = Node(folder, port)
    for _ in range(100):
        try:
            call("getblockchaininfo")
            break
        except AssertionError:
            time.sleep(0.2)
    try:
        call("createwallet", "miner")
        call("generatetoaddress", 101, call("getnewaddress", wallet="miner"))
        yield call
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def appliances(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three devices with one officer each, and the 2-of-3 account they form."""
    homes = {officer: tmp_path_factory.mktemp(officer) / "home" for officer in OFFICERS}
    keys = []
    for officer, home in homes.items():
        run(
            SIGNER,
            home,
            "ceremony",
            "genesis",
            "--development",
            "--officer",
            officer,
            secrets=[f"a long passphrase of {officer}"],
        )
        out = home.parent / "key"
        run(
            SIGNER, home, "ceremony", "export-key", "--officer", officer, "--path", PATH, "--out", out,
            secrets=[f"a long passphrase of {officer}"],
        )  # fmt: skip
        keys.append(out.read_text().strip())
    descriptor = f"wsh(sortedmulti(2,{','.join(f'{key}/<0;1>/*' for key in keys)}))"
    for home in homes.values():
        (home.parent / "treasury.txt").write_text(descriptor)
        add = (
            "account",
            "add",
            home.parent / "treasury.txt",
            "--name",
            "treasury",
            "--chain",
            "litecoin:regtest",
        )
        run(SIGNER, home, *add)
    return homes


def terms(home: Path) -> tuple[str, str]:
    """The account as the device prints it: its descriptor without the checksum, and its first address."""
    lines = run(SIGNER, home, "account", "show", "treasury").text.splitlines()
    said = {line.split()[0]: line.split()[-1] for line in reversed(lines)}
    return said["Terms"].partition("#")[0], said["Address"]


@pytest.fixture(scope="module")
def funded(node: Node, appliances: dict[str, Path]) -> str:
    """The node watches the account and has a payment to it; gives the address for change."""
    descriptor, first = terms(appliances["aiko"])
    both = [node("getdescriptorinfo", descriptor.replace("<0;1>", branch))["descriptor"] for branch in "01"]
    node("createwallet", "treasury", True, True)
    imports = [
        {"desc": both[0], "range": [0, 20], "timestamp": "now", "watchonly": True},
        {"desc": both[1], "range": [0, 20], "timestamp": "now", "watchonly": True, "internal": True},
    ]
    assert all(answer["success"] for answer in node("importmulti", imports, wallet="treasury"))
    assert node("deriveaddresses", both[0], [0, 0]) == [first], "node and device agree on the address"
    node("sendtoaddress", first, 10, wallet="miner")
    node("generatetoaddress", 1, node("getnewaddress", wallet="miner"))
    return str(node("deriveaddresses", both[1], [0, 0])[0])


def payment(node: Node, change: str, amount: float) -> bytes:
    options = {"fee_rate": 5, "changeAddress": change, "includeWatching": True, "replaceable": True}
    payee = node("getnewaddress", wallet="miner")
    made = node("walletcreatefundedpsbt", [], [{payee: amount}], 0, options, True, wallet="treasury")
    return base64.b64decode(made["psbt"])


def sign(officer: str, home: Path, question: Path) -> bytes:
    out = question.with_suffix(f".{officer}")
    secrets = [f"a long passphrase of {officer}"]
    run(SIGNER, home, "sign", question, "--officer", officer, "--out", out, secrets=secrets)
    return out.read_bytes()


def test_the_node_builds_two_devices_sign_the_node_ends_it(
    node: Node, appliances: dict[str, Path], funded: str, tmp_path: Path
) -> None:
    question = tmp_path / "payment.psbt"
    question.write_bytes(payment(node, funded, 3))
    report = run(SIGNER, appliances["aiko"], "review", question).text
    assert "3.00000000" in report
    assert "Change" in report

    answers = [sign(officer, appliances[officer], question) for officer in ("aiko", "chie")]
    one, two = (base64.b64encode(answer).decode() for answer in answers)
    half = node("finalizepsbt", one)
    assert half["complete"] is False
    done = node("finalizepsbt", node("combinepsbt", [one, two]))
    assert done["complete"] is True
    assert node("testmempoolaccept", [done["hex"]])[0]["allowed"] is True
    sent = node("sendrawtransaction", done["hex"])
    node("generatetoaddress", 1, node("getnewaddress", wallet="miner"))
    assert node("gettransaction", sent, True, wallet="treasury")["confirmations"] == 1


def test_a_psbt_of_the_node_without_previous_transactions_is_refused(
    node: Node, appliances: dict[str, Path], funded: str, tmp_path: Path
) -> None:
    """What strips the previous transactions to save codes also strips the proof of the amounts."""
    outputs = [{node("getnewaddress", wallet="miner"): 1}]
    coin = node("listunspent", 0, wallet="treasury")[0]
    bare = node("createpsbt", [{"txid": coin["txid"], "vout": coin["vout"]}], outputs)
    question = tmp_path / "bare.psbt"
    question.write_text(bare)
    told = ask(SIGNER, appliances["aiko"], "review", question, "--account", "treasury", expect=3)
    assert "previous-missing" in json.dumps(told)
