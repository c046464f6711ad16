"""Every file of the attack folder comes to exactly what its index says; the generator makes the same bytes."""

from __future__ import annotations

import json

import pytest

from signer.chains.registry import find_chain
from signer.core.errors import Malformed, Refused
from signer.core.finding import Severity
from signer.core.words import Language, finding_sentence
from tests.vectors.attacks_further import CATALOGUE
from tests.vectors.make_attacks import FOLDER, index

INDEX = json.loads((FOLDER / "index.json").read_text("utf-8"))
CHAIN = find_chain(INDEX["coin"], INDEX["network"])
ACCOUNTS = {name: CHAIN.enrol(text, name) for name, text in INDEX["accounts"].items()}
FILES = {row["file"]: row for row in INDEX["files"]}


def test_the_folder_is_what_the_generator_makes() -> None:
    assert index() == (FOLDER / "index.json").read_text("utf-8")
    assert {path.name for path in FOLDER.glob("*.psbt")} == FILES.keys()
    for attack in CATALOGUE:
        assert (FOLDER / f"{attack.name}.psbt").read_bytes() == attack.make(), attack.name
    assert sum(row["status"] in (3, 4) for row in INDEX["files"]) >= 60


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_seen_for_what_it_is(name: str) -> None:
    row = FILES[name]
    payload = (FOLDER / name).read_bytes()
    if row["status"] == 4:
        with pytest.raises(Malformed) as caught:
            CHAIN.read(payload, ())
        assert caught.value.code.value == row["findings"][0]
        return
    draft, account = CHAIN.read(payload, ()), ACCOUNTS[row["account"]]
    report = draft.inspect(account)
    if not report.signable:
        with pytest.raises(Refused):
            draft.tasks(account, frozenset(cosigner.origin.fingerprint for cosigner in account.cosigners))
    grave = {f.code.label for f in report.findings if f.severity > Severity.INFO}
    expected = set() if row["by"] == "policy" else set(row["findings"])
    assert grave == expected
    for finding in report.findings:
        for language in Language:
            assert "?" not in finding_sentence(finding, language), finding
    assert report.signable == (row["status"] == 0 or row["by"] == "policy")
