"""The same bytes and signatures as npm `nem-sdk`, another implementation: ours, and those the tests pack themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signer.chains.nem import CHAINS
from signer.chains.nem.models import Multisig
from signer.chains.nem.network import NETWORKS
from signer.chains.nem.read import read_transaction
from tests.vectors import nem_workshop as w

FILE = Path(w.__file__).parent / "nem" / "nem_sdk.json"
SDK = {name: bytes.fromhex(text) for name, text in json.loads(FILE.read_text("utf-8")).items()}
INNER = w.transfer(fee=100_000, note=w.message(b"invoice 17"))
PACKED = {
    "transfer": INNER,
    "transfer_of_mosaics": w.transfer(amount=1_000_000, mosaics=(w.mosaic(b"nem", b"xem", 25_000_000),)),
    "wrapper": w.wrap(INNER),
}


@pytest.mark.parametrize("name", PACKED)
def test_transactions(name: str) -> None:
    assert PACKED[name] == SDK[name]
    assert read_transaction(NETWORKS[1], SDK[name]).to_bytes() == SDK[name]


def test_what_is_signed_and_the_signatures() -> None:
    chain = CHAINS[1]
    account = chain.enrol(w.terms(), "vault")
    everyone = frozenset(cosigner.origin.fingerprint for cosigner in account.cosigners)
    draft = chain.read(w.payload(SDK["wrapper"], (w.AIKO, SDK["wrapper_signature"])), ())
    report = draft.inspect(account)
    assert report.signable
    assert len(report.signed) == 1
    messages = {task.public_key: task.message for task in draft.tasks(account, everyone)}
    assert messages[w.CHIE.public] == SDK["cosignature"]
    assert w.CHIE.sign(SDK["cosignature"]) == SDK["cosignature_signature"]
    assert isinstance(read_transaction(NETWORKS[1], SDK["wrapper"]), Multisig)
