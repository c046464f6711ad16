"""Every file of NEM's attack folder comes to exactly what its index says; the generator makes the same bytes."""

from __future__ import annotations

import json

import pytest

from signer.chains.nem import CHAINS
from signer.core.errors import Malformed, Refused
from signer.core.finding import Severity
from signer.core.words import Language, finding_sentence
from tests.vectors.make_nem_attacks import FOLDER, attacks, index

INDEX = json.loads((FOLDER / "index.json").read_text("utf-8"))
CHAIN = CHAINS[1]
ACCOUNT = CHAIN.enrol(INDEX["account"], "vault")
EVERYONE = frozenset(cosigner.origin.fingerprint for cosigner in ACCOUNT.cosigners)


def test_the_folder_is_what_the_generator_makes() -> None:
    assert index() == (FOLDER / "index.json").read_text("utf-8")
    assert {path.stem for path in FOLDER.glob("*.nem")} == INDEX["files"].keys()
    for name, (payload, _, _) in attacks().items():
        assert (FOLDER / f"{name}.nem").read_bytes() == payload, name


@pytest.mark.parametrize("name", INDEX["files"])
def test_each_file_is_seen_for_what_it_is(name: str) -> None:
    row = INDEX["files"][name]
    payload = (FOLDER / f"{name}.nem").read_bytes()
    if row["status"] == 4:
        with pytest.raises(Malformed) as caught:
            CHAIN.read(payload, ())
        assert caught.value.code.value == row["findings"][0]
        return
    draft = CHAIN.read(payload, ())
    report = draft.inspect(ACCOUNT)
    assert {f.code.label for f in report.findings if f.severity > Severity.INFO} == set(row["findings"])
    assert report.signable == (row["status"] == 0)
    if not report.signable:
        with pytest.raises(Refused):
            draft.tasks(ACCOUNT, EVERYONE)
    for finding in report.findings:
        for language in Language:
            assert "?" not in finding_sentence(finding, language), finding
