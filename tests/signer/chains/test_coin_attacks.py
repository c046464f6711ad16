"""Every attack file of the coins beside Bitcoin comes to what its index says: by the reader, and by the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from signer.__main__ import assemble, screen
from signer.chains.registry import find_chain
from signer.cli.run import run
from signer.core.errors import Malformed, Refused
from signer.core.finding import Severity
from signer.core.known import Known, KnownAsset
from signer.core.words import Language, finding_sentence
from tests.stage.process import SIGNER, ask
from tests.vectors.coin_attacks import FIELDS, catalogue
from tests.vectors.make_coin_attacks import ATTACKS, index
from tests.vectors.token_attacks import FUNGIBLE, UNIQUE

INDEXES = {name: json.loads((ATTACKS / name / "index.json").read_text("utf-8")) for name in FIELDS}
ROWS = [(name, row) for name, read in INDEXES.items() for row in read["files"]]
CHAIN = find_chain("bitcoincash", "regtest").network.chain
SECRETS = ["passphrase of aiko", "passphrase of ben", "passphrase of chie"]
CASES = pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name}-{row['file']}" for name, row in ROWS])


@pytest.mark.parametrize("name", FIELDS)
def test_the_folder_is_what_the_generator_makes(name: str) -> None:
    assert index(name) == (ATTACKS / name / "index.json").read_text("utf-8")
    assert {path.name for path in (ATTACKS / name).glob("*.psbt")} == {
        f"{a.name}.psbt" for a in catalogue(name)
    }
    for attack in catalogue(name):
        assert (ATTACKS / name / f"{attack.name}.psbt").read_bytes() == attack.make(), attack.name
    assert sum(attack.status in (3, 4) for attack in catalogue(name)) >= 8


@CASES
def test_each_file_is_seen_for_what_it_is(name: str, row: dict[str, Any]) -> None:
    chain = find_chain(name, INDEXES[name]["network"])
    payload = (ATTACKS / name / row["file"]).read_bytes()
    if row["status"] == 4:
        with pytest.raises(Malformed) as caught:
            chain.read(payload, ())
        assert caught.value.code.value == row["findings"][0]
        return
    account = chain.enrol(INDEXES[name]["accounts"][row["account"]], "treasury")
    known = tuple(KnownAsset(name, 0, 0) for name in row.get("assets", ()))
    draft = chain.read(payload, ()).knowing(Known(assets=known))
    report = draft.inspect(account)
    if not report.signable:
        with pytest.raises(Refused):
            draft.tasks(account, frozenset(cosigner.origin.fingerprint for cosigner in account.cosigners))
    assert {f.code.label for f in report.findings if f.severity > Severity.INFO} == set(row["findings"])
    assert report.signable == (row["status"] == 0)
    for finding in report.findings:
        for language in Language:
            assert "?" not in finding_sentence(finding, language), finding


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A device that has enrolled the account of every coin, and whose policy names a category of tokens."""
    folder = tmp_path_factory.mktemp("home")
    officers = ("--officer", "aiko", "--officer", "ben")
    three = (*officers, "--officer", "chie", "--threshold", "2")
    ask(SIGNER, folder / "signer", "ceremony", "genesis", *three, secrets=SECRETS)
    clause = {"applies_to": "*", "tiers": [{"units": 0, "approvals": 1}], "assets": [holding(FUNGIBLE)]}
    nfts = {"applies_to": CHAIN, "tiers": [], "assets": [holding(UNIQUE)]}
    policy = folder / "policy.json"
    policy.write_text(json.dumps({"version": 1, "delay": 0, "clauses": [clause, nfts]}), "utf-8")
    agreed = ("ceremony", "policy", policy, *officers, "--development")
    ask(SIGNER, folder / "signer", *agreed, secrets=SECRETS)
    for name, read in INDEXES.items():
        path = folder / f"{name}.txt"
        path.write_text(read["accounts"]["treasury"], "utf-8")
        arguments = ["account", "add", str(path), "--name", name, "--chain", f"{name}:{read['network']}"]
        assert run(["--home", str(folder / "signer"), *arguments], assemble, screen) == 0
    return folder / "signer"


def holding(name: str) -> dict[str, object]:
    """A line of the policy that lets an asset move."""
    limits = {"units": 1_000, "seconds": 86_400, "window": 1_000}
    return {"id": name, "decimals": 0, "supply": 1_000_000, "levy": [], **limits}


@pytest.mark.parametrize(
    ("name", "row"),
    [(name, row) for name, row in ROWS if row["file"] != "nft-not-asked-for.psbt"],
    ids=lambda value: value if isinstance(value, str) else value["file"],
)
def test_review_prints_the_finding_and_exits_as_told(
    name: str, row: dict[str, Any], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    arguments = ["review", str(ATTACKS / name / row["file"]), "--account", name, "--json"]
    assert run(["--home", str(home), *arguments], assemble, screen) == row["status"]
    shown = capsys.readouterr()
    told = json.loads(shown.out or shown.err)
    if row["status"] == 4:
        assert row["findings"][0] in json.dumps(told)
        return
    grave = {f["code"] for f in told["findings"] if f["severity"].lower() in ("stop", "warn")}
    # What inspection refuses by name the policy may refuse once more.
    assert grave - {"request-unsigned", "asset-unlisted"} == set(row["findings"])
