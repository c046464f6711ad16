"""Other wallets beside Kinko, tried for real: their descriptor and PSBT go in, what comes out they finish and use."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path

import bdkpython as bdk
import pytest
from embit import bip32, ec, finalizer, script
from embit.descriptor import Descriptor
from embit.networks import NETWORKS
from embit.psbt import PSBT, DerivationPath
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from online_builder.plan.judge import Spent, failures
from tests.stage.process import SIGNER, ask

REGTEST = NETWORKS["regtest"]
PATH = "48h/1h/0h/2h"
UNITS = 7_000_000
SHAPES = {
    "wsh": "wsh(sortedmulti(2,{}))",
    "sh-wsh": "sh(wsh(sortedmulti(2,{})))",
    "sh": "sh(sortedmulti(2,{}))",
}


@dataclass(frozen=True)
class Treasury:
    """Two Kinko appliances and one key of another wallet, in one account."""

    kind: str
    folder: Path
    descriptor: Descriptor
    own: bip32.HDKey

    def sign(self, name: str, psbt: Path, out: Path) -> PSBT:
        secrets = [f"the long passphrase of {name}"]
        arguments = ("sign", psbt, "--officer", name, "--account", "shared", "--out", out)
        ask(SIGNER, self.folder / name, *arguments, secrets=secrets)
        return PSBT.parse(out.read_bytes())


@pytest.fixture(scope="module", params=list(SHAPES))
def treasury(request, tmp_path_factory) -> Treasury:
    """The other wallet writes the descriptor, and the appliances take it as it is."""
    folder = tmp_path_factory.mktemp(request.param)
    own = bip32.HDKey.from_seed(b"\x05" * 64, version=REGTEST["xprv"])
    fingerprint = own.child(0).fingerprint.hex()
    keys = [f"[{fingerprint}/{PATH}]{own.derive('m/' + PATH).to_public().to_base58()}/<0;1>/*"]
    for name in ("aiko", "ben"):
        secrets = [f"the long passphrase of {name}"]
        ask(SIGNER, folder / name, "ceremony", "genesis", "--development", "--officer", name, secrets=secrets)
        made = ask(
            SIGNER,
            folder / name,
            "ceremony",
            "export-key",
            "--officer",
            name,
            "--path",
            PATH,
            secrets=secrets,
        )
        keys.append(f"{made['key']}/<0;1>/*")
    descriptor = Descriptor.from_string(SHAPES[request.param].format(",".join(keys)))
    (folder / "shared.txt").write_text(str(descriptor))
    for name in ("aiko", "ben"):
        shown = ask(SIGNER, folder / name, "account", "add", folder / "shared.txt", "--network", "regtest")
        assert shown["addresses"][0] == descriptor.derive(0, branch_index=0).address(REGTEST)
    return Treasury(request.param, folder, descriptor, own)


def embit_psbt(treasury: Treasury) -> tuple[PSBT, Spent]:
    """embit as Creator and Updater: one coin at receive 3, a payee, change at 1/5."""
    at, back = treasury.descriptor.derive(3, branch_index=0), treasury.descriptor.derive(5, branch_index=1)
    previous = Transaction(
        2, [TransactionInput(b"\x07" * 32, 0)], [TransactionOutput(UNITS, at.script_pubkey())]
    )
    payee = script.p2wpkh(ec.PrivateKey(b"\x21" * 32))
    outputs = [TransactionOutput(5_000_000, payee), TransactionOutput(1_990_000, back.script_pubkey())]
    psbt = PSBT(Transaction(2, [TransactionInput(previous.txid(), 0)], outputs))
    for scope, derived in ((psbt.inputs[0], at), (psbt.outputs[1], back)):
        scope.witness_script, scope.redeem_script = derived.witness_script(), derived.redeem_script()
        for key in derived.keys:
            scope.bip32_derivations[key.get_public_key()] = DerivationPath(key.fingerprint, key.derivation)
    psbt.inputs[0].non_witness_utxo = previous
    if at.is_segwit:
        psbt.inputs[0].witness_utxo = previous.vout[0]
    return psbt, Spent(UNITS, at.script_pubkey().data)


def test_embit_makes_it_kinko_signs_embit_finishes(treasury: Treasury, tmp_path: Path) -> None:
    psbt, spent = embit_psbt(treasury)
    (tmp_path / "in.psbt").write_text(psbt.to_string())
    report = ask(SIGNER, treasury.folder / "aiko", "review", tmp_path / "in.psbt")
    assert [output["role"] for output in report["spend"]["outputs"]] == ["payee", "change"]
    signed = treasury.sign("aiko", tmp_path / "in.psbt", tmp_path / "out.psbt")
    assert signed.sign_with(treasury.own) == 1
    if treasury.kind == "sh":  # which embit signs and does not finish
        final = _finish(bdk.Psbt(signed.to_string()))
    else:
        final = finalizer.finalize_psbt(signed).serialize()
    assert failures(final, [spent]) == ()


def test_bdk_combines_and_finishes_what_two_appliances_signed(treasury: Treasury, tmp_path: Path) -> None:
    psbt, spent = embit_psbt(treasury)
    (tmp_path / "in.psbt").write_bytes(psbt.serialize())
    halves = [treasury.sign(name, tmp_path / "in.psbt", tmp_path / name) for name in ("aiko", "ben")]
    one, two = (bdk.Psbt(base64.b64encode(half.serialize()).decode()) for half in halves)
    assert failures(_finish(one.combine(two)), [spent]) == ()


def _finish(psbt: bdk.Psbt) -> bytes:
    finished = psbt.finalize()
    assert finished.could_finalize
    return bytes(finished.psbt.extract_tx().serialize())


def test_electrum_combines_and_finishes_what_two_appliances_signed(
    treasury: Treasury, tmp_path: Path
) -> None:
    psbt, spent = embit_psbt(treasury)
    (tmp_path / "in.psbt").write_bytes(psbt.serialize())
    for name in ("aiko", "ben"):
        half = treasury.sign(name, tmp_path / "in.psbt", tmp_path / f"{name}.psbt")
        (tmp_path / f"{name}.txt").write_text(half.to_string())
    tool, keys = (
        Path(__file__).with_name("electrum_tool.py"),
        [_electrum_key(k) for k in treasury.descriptor.keys],
    )
    files = [tmp_path / "aiko.txt", tmp_path / "ben.txt"]
    command = ["/usr/bin/python3", tool, treasury.kind, tmp_path / "final", *keys, *files]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)
    address = treasury.descriptor.derive(3, branch_index=0).address(REGTEST)
    assert done.stdout.split() == [address, "1"], done.stderr
    assert failures(bytes.fromhex((tmp_path / "final").read_text()), [spent]) == ()


def _electrum_key(key: object) -> str:
    """`[fingerprint/48h/..]tpub/<0;1>/*` with slashes only, and apostrophes."""
    return str(key).split("/<")[0].removeprefix("[").replace("]", "/").replace("h/", "'/")
