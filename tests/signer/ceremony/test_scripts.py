"""The life of a key, from a text script over the real vault and journal, against a golden transcript."""

from __future__ import annotations

import random
import re
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from signer.ceremony import keeping
from signer.ceremony.custody import Hall, Premise
from signer.ceremony.script import Rehearsal, read_script
from signer.core.errors import ExitStatus, KinkoError, Lock, Malformed, Refused, VaultError
from signer.core.event import EventKind
from signer.core.finding import Code, Finding
from signer.core.policy import BUILT_IN, Policy
from signer.core.policyfile import policy_digest, write_policy
from signer.core.transcript import Transcript
from signer.journal.journal import FileJournal
from signer.journal.records import Records
from signer.vault.secret import FileDevice
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature

SCRIPTS = Path(__file__).parents[2] / "scripts"


class Clock:
    def now(self) -> int:
        return 1_800_000_000


class Papers:
    """The people around the table: their passphrases, their dice, and what they wrote down."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}
        self.asked: list[str] = []
        self.fingerprint = ""
        self.pick = random.Random(11)
        self.use = ("share 1.1", "share 2.1", "share 2.3")

    def ask(self, name: str) -> bytearray:
        self.asked.append(name)
        if name.startswith("passphrase "):
            return bytearray(f"the {name}".encode())
        given = {
            "dice": "".join(self.pick.choice("123456") for _ in range(110)),
            "noise": "",
            "words": self.written.get("words", ""),
            "shares": "\n".join(self.written.get(name, "") for name in self.use),
            "fingerprint": self.fingerprint,
        }[name]
        return bytearray(self.pick.randbytes(9000)) if name == "noise" else bytearray(given.encode())

    def show(self, title: str, text: str) -> None:
        self.written[title] = text


def good() -> tuple[Premise, ...]:
    return (Premise("network", True), Premise("image", True))


def hall_at(home: Path, premises: tuple[Premise, ...] = good(), *, development: bool = False) -> Hall:
    vault = FileVault.at(home)
    device = FileDevice(home / "device")
    journal = FileJournal.at(home / "journal", device.key, device.counter("journal"))
    return Hall(vault, journal, Clock(), verify_signature, lambda: premises, development)


def play(hall: Hall, papers: Papers, script: str) -> tuple[Transcript, ...]:
    rehearsal = Rehearsal(hall, papers.ask, papers.show)
    stepwise = read_script(script)
    if "attest" in script:  # the second device shows the fingerprint: here, the screen of the first is copied
        cut = next(number for number, step in enumerate(stepwise) if step.verb == "attest")
        for step in stepwise[:cut]:
            rehearsal._one(step)
        papers.fingerprint = rehearsal.stage.fingerprint.hex()  # type: ignore[union-attr]
        stepwise = stepwise[cut:]
    return rehearsal.play(stepwise)


def masked(transcripts: tuple[Transcript, ...]) -> str:
    text = "\n".join(transcript.text for transcript in transcripts)
    return re.sub(
        r"\b[0-9a-f]{64}\b", "<hash>", re.sub(r"fingerprint [0-9a-f]{8}", "fingerprint <key>", text)
    )


def test_the_life_of_a_key(tmp_path: Path) -> None:
    papers, home = Papers(), tmp_path / "first"
    hall = hall_at(home)
    first = play(hall, papers, (SCRIPTS / "first-half.txt").read_text())
    fingerprint = hall.custody.slots()[0].fingerprint
    assert hall.custody.slots()[0].officers == ("aiko", "ben", "chie", "dai", "fumi")

    # the second device takes over from other shares than were read back before
    other, papers.use = hall_at(tmp_path / "second"), ("share 1.1", "share 2.2", "share 2.3")
    script = (
        f"witness hana ichiro\nrestore main 2 {fingerprint.hex()} shares ben chie dai\ncheck main ben dai\n"
    )
    restored = play(other, papers, script)
    assert other.custody.slots()[0].fingerprint == fingerprint

    last = play(hall, papers, (SCRIPTS / "second-half.txt").read_text())
    golden = SCRIPTS / "lifecycle.transcript"
    assert masked((*first, *restored, *last)) == golden.read_text()

    secrets = [word for text in papers.written.values() for word in (text,)]
    said = "\n".join(transcript.text for transcript in (*first, *restored, *last))
    assert not any(secret in said for secret in secrets)
    assert "the passphrase" not in said
    with pytest.raises(VaultError):
        hall.custody.session()
    with pytest.raises(KinkoError):
        hall_at(home)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Papers, tuple[Transcript, ...]]:
    """A home after the first half of the script, made once."""
    papers, home = Papers(), tmp_path_factory.mktemp("played")
    return home, papers, play(hall_at(home), papers, (SCRIPTS / "first-half.txt").read_text())


Played = tuple[Path, Papers, tuple[Transcript, ...]]


def test_the_journal_has_every_ceremony(played: Played) -> None:
    home, _, transcripts = played
    journal = hall_at(home).journal
    assert isinstance(journal, FileJournal)
    records = [record.event for record in journal.records()]
    concluded = [event for event in records if event.kind is EventKind.CEREMONY]
    assert [event.subject for event in concluded] == [transcript.digest for transcript in transcripts]
    assert [dict(event.details)["ceremony"] for event in concluded] == [
        "genesis",
        "check",
        "drill",
        "replace",
        "check",
    ]
    assert sum(event.kind is EventKind.GENESIS for event in records) == 1


def test_nothing_secret_is_on_the_disk(played: Played) -> None:
    home, papers, _ = played
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert len(papers.written) == 5
    for text in papers.written.values():
        words = text.split()
        assert not any(" ".join(words[i : i + 2]).encode() in data for i in range(len(words) - 1))
    assert b"the passphrase" not in data


GENESIS = (
    "genesis\nofficer aiko\nofficer ben\nofficer chie\ngather\n"
    "{entropy}\nmake main 2\nwrite-down\n{proof}\nconclude\n"
)


@pytest.mark.parametrize(
    ("entropy", "proof", "code"),
    [("", "prove words", Lock.ENTROPY), ("dice", "", Lock.BACKUP), ("dice", "prove shares", Lock.BACKUP)],
)
def test_no_key_without_entropy_and_a_proved_backup(
    tmp_path: Path, entropy: str, proof: str, code: Lock
) -> None:
    hall = hall_at(tmp_path)
    rehearsal = Rehearsal(hall, Papers().ask, Papers().show)
    with pytest.raises(VaultError) as caught:
        rehearsal.play(read_script(GENESIS.format(entropy=entropy, proof=proof)))
    assert caught.value.code is code
    rehearsal.stage.assembly.close()  # type: ignore[union-attr]
    assert hall.custody.slots() == ()
    assert hall.custody.officers() == ()


def test_a_backup_that_was_written_down_wrong_is_found(tmp_path: Path) -> None:
    papers, hall = Papers(), hall_at(tmp_path)
    rehearsal = Rehearsal(hall, papers.ask, papers.show)
    steps = read_script(GENESIS.format(entropy="dice", proof="prove words"))
    for step in steps[:8]:
        rehearsal._one(step)
    words = papers.written["words"].split()
    papers.written["words"] = " ".join([words[1], words[0], *words[2:]])
    with pytest.raises(VaultError) as caught:
        rehearsal._one(steps[8])
    assert caught.value.code is Lock.BACKUP
    papers.written["words"] = " ".join(words)
    for step in steps[8:]:
        rehearsal._one(step)
    assert len(hall.custody.slots()) == 1


def test_bad_premises_refuse_but_for_development(tmp_path: Path) -> None:
    premises = (Premise("network", False, "eth0"),)
    with pytest.raises(Refused) as caught:
        play(hall_at(tmp_path, premises), Papers(), "genesis")
    assert caught.value.findings == (Finding.of(Code.PREMISE, what="network: eth0"),)
    assert caught.value.exit_status is ExitStatus.REFUSED
    hall = hall_at(tmp_path, premises, development=True)
    script = GENESIS.format(entropy="dice", proof="prove words")
    (transcript,) = play(hall, Papers(), script)
    assert "DEVELOPMENT: not a ceremony for real keys" in transcript.text
    assert "network NOT as it must be eth0" in transcript.text


@pytest.mark.parametrize(
    "script",
    [
        "conclude",
        "genesis\nconclude",
        "genesis\nofficer",
        "genesis\ngather\ngather",
        "genesis\nofficer a duties=king",
        "genesis\nofficer aiko\ngather\ndice\nmake main two",
        "genesis\nofficer aiko\ngather\ndice\nmake main 1 backup=2;3",
        "restore main 1 nothex words aiko",
        "restore main 1 5436d7 words aiko",
        "read-back 5436d7 words",
        "read-back 5436d724 rhymes",
        "restore main",
        "drill main riddles",
        "wipe",
        "genesis",
        "x" * 501,
        "genesis\x1b[2J",
        "\n" * 1001,
    ],
)
def test_scripts_that_are_none(tmp_path: Path, script: str) -> None:
    hall = hall_at(tmp_path)
    rehearsal = Rehearsal(hall, Papers().ask, Papers().show)
    with pytest.raises(Malformed):
        rehearsal.play(read_script(script))
    if rehearsal.stage is not None:
        rehearsal.stage.assembly.close()  # type: ignore[union-attr]
    assert hall.custody.slots() == ()


@pytest.mark.parametrize(
    "line",
    [
        "officer aiko untill=1900000000",
        "officer aiko site=tokyo site=osaka",
        "make main 2 bakcup=1:2/3",
        "genesis backup=1:2/3",
        "witness hana site=tokyo",
        "restore main 2 c18fb5d8 shares aiko ben chie backup=1:2/3",
    ],
)
def test_what_a_step_does_not_know_is_not_passed_over(line: str) -> None:
    """A term, a site or a backup that was written wrong would be none."""
    with pytest.raises(Malformed) as caught:
        read_script(f"witness hana\n{line}")
    assert "script line 2" in str(caught.value.details)


@pytest.mark.parametrize("until", ["9" * 20, "9" * 400, "-1", "soon"])
def test_a_term_is_a_time(tmp_path: Path, until: str) -> None:
    rehearsal = Rehearsal(hall_at(tmp_path), Papers().ask, Papers().show)
    rehearsal.take(*read_script("genesis"))
    with pytest.raises(Malformed):
        rehearsal.take(*read_script(f"officer aiko until={until}"))
    rehearsal.leave()


def test_replacing_needs_the_quorum(played: Played, tmp_path: Path) -> None:
    home, papers, _ = played
    hall = hall_at(Path(shutil.copytree(home, tmp_path / "home")))
    with pytest.raises(VaultError) as caught:
        play(hall, papers, "replace dai goro aiko ben")
    assert caught.value.code is Lock.TOO_FEW
    assert "goro" not in [officer.name for officer in hall.custody.officers()]
    with closing(hall.custody.session()) as session:
        session.unlock("dai", papers.ask("passphrase dai"))


def test_a_drill_reveals_nothing_and_too_few_shares_fail(played: Played, tmp_path: Path) -> None:
    """What the journal then says of the key is what an overdue drill is judged by."""
    home, papers, _ = played
    hall = hall_at(Path(shutil.copytree(home, tmp_path / "home")))
    papers.use = ("share 1.1", "share 2.2")
    with pytest.raises(VaultError) as caught:
        play(hall, papers, "drill main shares")
    assert caught.value.code is Lock.BACKUP
    papers.use = ("share 1.1", "share 2.1", "share 2.3")
    (transcript,) = play(hall, papers, "drill main shares")
    assert not any(word in transcript.text for word in papers.written["share 1.1"].split()[3:6])
    assert isinstance(hall.journal, FileJournal)
    *_, failed, done = [
        dict(record.event.details)
        for record in hall.journal.records()
        if record.event.kind is EventKind.CEREMONY
    ]
    fingerprint = hall.custody.slots()[0].fingerprint
    assert (failed["state"], failed["reason"], "drilled" in failed) == ("failed", "backup-differs", False)
    assert done["drilled"] == fingerprint.hex()
    kept = Records(tmp_path / "enrolled", bytearray(32), hall.journal)
    assert kept.upkeep().drills == {fingerprint: hall.clock.now()}


def test_a_second_device_reads_the_backup_of_the_first(played: Played, tmp_path: Path) -> None:
    """It has no key, and gets none: it says whether the papers give the fingerprint that the first one showed."""
    home, papers, _ = played
    mark = hall_at(home).custody.slots()[0].fingerprint.hex()
    second = hall_at(tmp_path / "second")
    papers.use = ("share 1.1", "share 2.1", "share 2.3")
    for script in (f"read-back {mark} shares", f"read-back {mark} words"):
        (transcript,) = play(second, papers, script)
        assert transcript.lines[-1].endswith(f"give fingerprint {mark}")
        assert not any(word in transcript.text for word in papers.written["share 1.1"].split()[3:6])
    papers.use = ("share 1.1", "share 2.1")
    for script in (f"read-back {mark} shares", "read-back 00000000 words"):
        with pytest.raises(VaultError) as caught:
            play(second, papers, script)
        assert caught.value.code is Lock.BACKUP
    assert second.custody.slots() == ()


def test_a_device_whose_genesis_was_abandoned_can_restore(tmp_path: Path) -> None:
    hall, papers = hall_at(tmp_path), Papers()
    rehearsal = Rehearsal(hall, papers.ask, papers.show)
    for step in read_script("genesis\nofficer aiko"):
        rehearsal.take(step)
    rehearsal.leave()
    papers.written["words"] = "abandon " * 23 + "art"
    play(hall, papers, "restore main 2 5436d724 words aiko ben chie")
    assert hall.custody.slots()[0].officers == ("aiko", "ben", "chie")


def test_what_came_to_nothing_is_in_the_journal(played: Played, tmp_path: Path) -> None:
    home, papers, _ = played
    hall = hall_at(Path(shutil.copytree(home, tmp_path / "home")))
    with pytest.raises(VaultError):
        play(hall, papers, "check main aiko nobody fumi")
    with pytest.raises(Refused):
        play(
            replace(hall, survey=lambda: (Premise("network", False, "eth0"),)), papers, "check main aiko ben"
        )
    assert isinstance(hall.journal, FileJournal)
    wrong, first, second = [record.event for record in hall.journal.records()][-3:]
    assert (wrong.kind, wrong.officers) == (EventKind.FACTOR_WRONG, ("nobody",))
    assert dict(first.details) == {
        "ceremony": "check",
        "reason": "no-officer",
        "state": "failed",
        "step": "check main aiko nobody fumi",
    }
    assert dict(second.details)["reason"] == Code.PREMISE.label


def test_what_was_typed_is_wiped_whatever_becomes_of_the_step(played: Played, tmp_path: Path) -> None:
    home, papers, _ = played
    hall = hall_at(Path(shutil.copytree(home, tmp_path / "home")))
    bad = replace(hall, survey=lambda: (Premise("network", False, "eth0"),))
    typed: list[bytearray] = []

    def ask(name: str) -> bytearray:
        if name == "passphrase nobody":
            raise EOFError
        typed.append(papers.ask(name))
        return typed[-1]

    for where, script, error in (
        (bad, "check main aiko ben", Refused),
        (hall, "check main aiko nobody", EOFError),
        (hall, "replace dai goro aiko nobody", EOFError),
        (bad, "restore second 2 5436d724 words aiko ben chie", Refused),
        (bad, "drill main shares", Refused),
        (hall, "check main aiko ben fumi", None),
    ):
        rehearsal = Rehearsal(where, ask, papers.show)
        if error is None:
            rehearsal.play(read_script(script))
        else:
            with pytest.raises(error):
                rehearsal.play(read_script(script))
    assert len(typed) == 12
    assert not any(any(secret) for secret in typed)


def test_nobody_wipes_a_device_alone(played: Played, tmp_path: Path) -> None:
    home, papers, _ = played
    hall = hall_at(Path(shutil.copytree(home, tmp_path / "home")))
    for few in ("", "aiko", "aiko ben", "aiko aiko aiko"):
        with pytest.raises(VaultError) as caught:
            play(hall, papers, f"wipe hana sd-card-7 {few}")
        assert caught.value.code is Lock.TOO_FEW
        hall.custody.session().close()


def test_a_policy_changes_only_by_the_quorum_of_every_key(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    papers = Papers()
    play(hall, papers, GENESIS.format(entropy="dice", proof="prove words"))
    vault = FileVault.at(tmp_path)
    assert isinstance(hall.journal, FileJournal)
    store = Records(tmp_path / "enrolled", bytearray(32), hall.journal, vault.policy)
    text = write_policy(Policy(1, BUILT_IN.clauses))

    def change(*names: str, document: bytes = text) -> Transcript:
        present = {name: papers.ask(f"passphrase {name}") for name in names}
        return keeping.change_policy(hall, (), present, store, document)

    with pytest.raises(VaultError) as caught:
        change("aiko")
    assert caught.value.code is Lock.TOO_FEW
    assert store.current() == BUILT_IN
    for bad in (b"{}", write_policy(Policy(2, BUILT_IN.clauses))):
        with pytest.raises(Malformed):
            change("aiko", "ben", document=bad)
    transcript = change("aiko", "ben")
    assert f"policy: version 1, digest {policy_digest(Policy(1, BUILT_IN.clauses)).hex()}" in transcript.lines
    assert store.current().version == 1
    assert play(hall, papers, "check main aiko ben")


def test_nothing_leaves_a_key_without_a_quorum(tmp_path: Path) -> None:
    """Neither a revocation nor a restoration; and where development allows it, transcript and journal say so."""
    hall, papers = hall_at(tmp_path / "home"), Papers()
    play(hall, papers, GENESIS.format(entropy="dice", proof="prove words"))
    slot = hall.custody.slots()[0]
    alone = f"restore main 1 {slot.fingerprint.hex()} words aiko"
    for where, script in ((hall, "revoke chie aiko ben"), (hall_at(tmp_path / "other"), alone)):
        with pytest.raises(VaultError) as caught:
            play(where, papers, script)
        assert caught.value.code is Lock.QUORUM
    assert hall.custody.slots() == (slot,)
    rehearsal = replace(hall, development=True, any_quorum=True)
    (transcript,) = play(rehearsal, papers, "revoke chie aiko ben")
    assert "FLAG: 2 of 2 is no quorum: for development only" in transcript.lines
    assert not hall.custody.slots()[0].sound
    assert isinstance(hall.journal, FileJournal)
    last = [record.event for record in hall.journal.records()][-2:]
    assert [dict(event.details)["development"] for event in last] == ["yes", "yes"]


@pytest.mark.parametrize(("threshold", "sound"), [(1, False), (2, True), (3, False)])
def test_a_quorum_is_at_least_two_and_never_all(tmp_path: Path, threshold: int, sound: bool) -> None:
    hall = hall_at(tmp_path)
    script = GENESIS.format(entropy="dice", proof="prove words").replace("main 2", f"main {threshold}")
    papers = Papers()
    rehearsal = Rehearsal(hall, papers.ask, papers.show)
    if sound:
        rehearsal.play(read_script(script))
        return
    with pytest.raises(VaultError) as caught:
        rehearsal.play(read_script(script))
    assert caught.value.code is Lock.QUORUM
    rehearsal.stage.assembly.close()  # type: ignore[union-attr]
