"""A further key on a device that has keys: only with the quorum of every key there is; and who holds a restored one."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from signer.ceremony.custody import Hall
from signer.ceremony.script import Rehearsal, read_script
from signer.core.errors import Lock, Malformed, VaultError
from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from tests.signer.ceremony.test_scripts import GENESIS, Papers, hall_at, play
from tests.signer.cli.test_genesis_cli import genesis

FIRST = GENESIS.format(entropy="dice", proof="prove words")
SECOND = (
    "genesis {agree}\nofficer chie\nofficer dai\nofficer emi site=osaka\ngather\n"
    "dice\nmake second 2\nwrite-down\nprove words\nconclude\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Papers]:
    """A device with the key `main`: two of aiko, ben and chie."""
    home, papers = tmp_path_factory.mktemp("made"), Papers()
    play(hall_at(home), papers, FIRST)
    return home, papers


@pytest.fixture
def home(made: tuple[Path, Papers], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "home"))


def events(hall: Hall) -> list[Event]:
    assert isinstance(hall.journal, FileJournal)
    return [record.event for record in hall.journal.records()]


@pytest.mark.parametrize("agree", ["", "aiko"])
def test_no_further_key_without_the_quorum(home: Path, agree: str) -> None:
    hall = hall_at(home)
    with pytest.raises(VaultError) as caught:
        play(hall, Papers(), SECOND.format(agree=agree))
    assert caught.value.code is Lock.TOO_FEW
    assert [slot.name for slot in hall.custody.slots()] == ["main"]
    assert [officer.name for officer in hall.custody.officers()] == ["aiko", "ben", "chie"]
    hall.custody.assembly().close()  # nothing is held


def test_who_cannot_prove_himself_does_not_agree(home: Path) -> None:
    hall = hall_at(home)
    rehearsal = Rehearsal(hall, lambda name: bytearray(b"not the passphrase"), lambda title, text: None)
    with pytest.raises(VaultError) as caught:
        rehearsal.play(read_script("genesis aiko ben"))
    assert caught.value.code is Lock.WRONG_FACTOR
    assert [event.kind for event in events(hall)[-2:]] == [EventKind.FACTOR_WRONG, EventKind.CEREMONY]


def test_the_quorum_agrees_and_others_may_hold_it(home: Path) -> None:
    """Chie serves already: she holds the second key too, under what she has."""
    hall, papers = hall_at(home), Papers()
    (done,) = play(hall, papers, SECOND.format(agree="aiko ben"))
    assert done.lines[3:6] == (
        "present: aiko",
        "present: ben",
        "agreed: by the quorum of every key on this device",
    )
    assert "serves already, and holds this key too: chie" in done.lines
    assert [slot.officers for slot in hall.custody.slots()] == [
        ("aiko", "ben", "chie"),
        ("chie", "dai", "emi"),
    ]
    assert papers.asked.count("passphrase chie") == 0
    told = [event for event in events(hall) if dict(event.details).get("state") == "agreed"]
    assert [event.officers for event in told] == [("aiko", "ben")]
    appointed = [e.officers for e in events(hall) if dict(e.details).get("change") == "appointed"]
    assert appointed == [("aiko",), ("ben",), ("chie",), ("dai",), ("emi",)]
    play(hall, papers, "check second chie emi\ncheck main chie aiko")


def test_who_serves_already_is_not_described_anew(home: Path) -> None:
    rehearsal = Rehearsal(hall_at(home), Papers().ask, Papers().show)
    rehearsal.take(*read_script("genesis aiko ben"))
    with pytest.raises(Malformed):
        rehearsal.take(*read_script("officer chie site=osaka"))
    rehearsal.leave()


def other_key(tmp_path: Path) -> tuple[str, Papers]:
    papers = Papers()
    hall = hall_at(tmp_path / "other")
    play(hall, papers, FIRST)
    return hall.custody.slots()[0].fingerprint.hex(), papers


def test_no_further_key_is_restored_without_the_quorum(home: Path, tmp_path: Path) -> None:
    hall = hall_at(home)
    fingerprint, papers = other_key(tmp_path)
    for holders in ("dai emi fumi", "aiko dai emi"):
        with pytest.raises(VaultError) as caught:
            play(hall, papers, f"restore second 2 {fingerprint} words {holders}")
        assert caught.value.code is Lock.TOO_FEW
    assert len(hall.custody.slots()) == 1
    (done,) = play(hall, papers, f"restore second 2 {fingerprint} words aiko ben dai")
    assert "agreed: by the quorum of every key on this device" in done.lines
    assert hall.custody.slots()[1].officers == ("aiko", "ben", "dai")


def test_each_who_holds_a_restored_key_has_his_own_site(tmp_path: Path) -> None:
    fingerprint, papers = other_key(tmp_path)
    hall = hall_at(tmp_path / "restored")
    script = (
        "officer aiko site=tokyo organisation=kinko duties=administrator,officer\nofficer ben site=tokyo\n"
        f"restore main 2 {fingerprint} words aiko ben chie\n"
    )
    (done,) = play(hall, papers, script)
    places = [(o.name, o.site, o.organisation) for o in hall.custody.officers()]
    assert places == [("aiko", "tokyo", "kinko"), ("ben", "tokyo", ""), ("chie", "", "")]
    assert "appointed: aiko (administrator, officer) of tokyo, kinko" in done.lines
    assert "FLAG: the officers of site tokyo alone are enough" in done.lines
    with closing(hall.custody.session()) as session:
        session.unlock("ben", papers.ask("passphrase ben"))


@pytest.mark.parametrize(
    "script",
    [
        "officer aiko site=tokyo",
        "officer aiko site=tokyo\nwitness hana",
        "officer aiko\nofficer aiko",
        "officer dai site=tokyo\nrestore main 2 {key} words aiko ben chie",
        "restore main 2 {key} words aiko ben chie site=tokyo",
        "restore main 2 {key} words aiko ben chie holds=fido2",
    ],
)
def test_nobody_is_described_in_vain_or_for_all(tmp_path: Path, script: str) -> None:
    hall = hall_at(tmp_path)
    with pytest.raises(Malformed):
        play(hall, Papers(), script.format(key="c18fb5d8"))
    assert hall.custody.slots() == ()


def test_the_short_genesis_asks_the_quorum_too(tmp_path: Path) -> None:
    genesis(tmp_path, 3)
    for count, others in ((0, ("dai", "emi", "fumi")), (1, ("dai", "emi"))):
        refused = genesis(tmp_path, count, "--slot", "second", others=others, expect=5)
        assert refused["error"] == "too-few-officers"
    assert genesis(tmp_path, 3, "--slot", "second")["slot"] == "second"
