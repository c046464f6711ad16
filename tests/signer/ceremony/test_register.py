"""What a quorum agrees to know: accounts formed between three devices, builders, witnesses, policies, successors."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signer.ceremony.control import check_control
from signer.ceremony.custody import Hall, Premise
from signer.ceremony.emergency import plan_for
from signer.ceremony.examine import Desk
from signer.ceremony.forming import KeyRecord
from signer.ceremony.register import Office
from signer.ceremony.script import Rehearsal, read_script
from signer.ceremony.table import Paper, Table
from signer.chains.registry import READERS, find_chain
from signer.core.checkpoint import Checkpoint
from signer.core.cosignature import Witness, cosign
from signer.core.errors import Bad, KinkoError, Lock, Malformed, Refused, Tampered, VaultError
from signer.core.event import EventKind
from signer.core.finding import Code
from signer.core.policy import BUILT_IN, Policy
from signer.core.policyfile import write_policy
from signer.core.transcript import Transcript
from signer.core.words import Language
from signer.journal import verifier
from signer.journal.journal import FileJournal
from signer.journal.records import Records
from signer.vault.devices import verify_ed25519
from signer.vault.secret import FileDevice
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature
from tests.oracles.test_bip322 import verified

NAMES = ("aiko", "ben", "chie")
NOW = 1_800_000_000
CHAIN = find_chain("bitcoin", "regtest")
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Witness("witness.example/w1", WITNESS_KEY.public_key().public_bytes_raw())

# BIP 129, "Mode: NO_ENCRYPTION", round 1.
BSMS = (
    "BSMS 1.0\n00\n[1cf0bf7e/48'/0'/0'/2']xpub6FL8FhxNNUVnG64YurPd16AfGyvFLhh7S2uSsDqR3Qfcm6o9jtcMYwh6DvmcBF9qozxNQmTCV"
    "vWtxLpKTnhVLN3Pgnu2D3pAoXYFgVyd8Yz\nSigner 1 key\n"
    "IB7v+qi1b+Xrwm/3bF+Rjl8QbIJ/FMQ40kUsOOQo1SqUWn5QlFWbBD8BKPRetfo1L1N7DmYjVscZNsmMrqRJGWw="
)


class Clock:
    def now(self) -> int:
        return NOW


@dataclass
class Device:
    """A device of real parts, and what its people laid on the table and took from it."""

    home: Path
    hall: Hall
    office: Office
    journal: FileJournal
    records: Records
    papers: list[bytes] = field(default_factory=list)
    compared: list[tuple[str, ...]] = field(default_factory=list)
    carried: list[tuple[Paper, str]] = field(default_factory=list)
    asked: list[Paper] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, home: Path) -> Device:
        vault, device = FileVault.at(home), FileDevice(home / "device")
        journal = FileJournal.at(home / "journal", device.key, device.counter("journal"))
        records = Records(home / "enrolled", bytearray(32), journal, vault.policy)
        hall = Hall(vault, journal, Clock(), verify_signature, lambda: (Premise("network", True),))
        desk = Desk(Clock(), records, records, READERS, verify_ed25519, vault.slots)
        return cls(home, hall, Office(hall, desk, records, records), journal, records)

    def _read(self, paper: Paper) -> bytes:
        self.asked.append(paper)
        return self.papers.pop(0)

    def _ask(self, name: str) -> bytearray:
        self.secrets.append(name)
        return bytearray(f"the {name}".encode())

    def _compare(self, title: str, facts: Sequence[str]) -> None:
        self.compared.append(tuple(facts))

    def _carry(self, paper: Paper, text: str) -> None:
        self.carried.append((paper, text))

    def play(self, script: str, *papers: str | bytes) -> tuple[Transcript, ...]:
        self.papers = [paper.encode() if isinstance(paper, str) else paper for paper in papers]
        table = Table(self._read, self._compare, self._carry)
        rehearsal = Rehearsal(self.hall, self._ask, lambda title, text: None, self.office, table)
        return rehearsal.play(read_script(script))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three devices with a key each, opened by two of three officers."""
    folder = tmp_path_factory.mktemp("devices")
    for number in range(3):
        vault = FileVault.at(folder / str(number))
        vault.create("main", [(name, bytearray(f"the passphrase {name}".encode())) for name in NAMES], 2)
    return folder


@pytest.fixture
def devices(made: Path, tmp_path: Path) -> list[Device]:
    shutil.copytree(made, tmp_path / "devices")
    return [Device.at(tmp_path / "devices" / str(number)) for number in range(3)]


@pytest.fixture
def device(devices: list[Device]) -> Device:
    return devices[0]


def formed(devices: list[Device]) -> str:
    """Key records from all, the account on the first; what it hands out to the others."""
    for one in devices:
        one.play("key main 48h/1h/0h/2h aiko ben")
    records = [one.carried[-1][1] for one in devices]
    devices[0].play("form treasury 2 3 bitcoin:regtest\nagree aiko ben", *records)
    return devices[0].carried[-1][1]


def test_three_devices_form_an_account_and_show_the_same(devices: list[Device]) -> None:
    outgoing = formed(devices)
    assert outgoing.startswith("BSMS 1.0\nwsh(sortedmulti(2,[")
    for other in devices[1:]:
        other.play("account treasury bitcoin:regtest\nagree ben chie", outgoing)
    first, second, third = (one.compared[-1] for one in devices)
    assert first == second == third
    accounts = [one.records.list()[0] for one in devices]
    assert len({account.id for account in accounts}) == 1
    told = "\n".join(first)
    assert all(f"[{cosigner.origin}]{cosigner.key}" in told for cosigner in accounts[0].cosigners)
    assert f"first address: {CHAIN.address(accounts[0], 0, 0)}" in told
    assert "account treasury: 2 of 3 on bitcoin regtest" in told
    for one in devices:
        assert one.records.upkeep().registered == {accounts[0].id}
        enrolled = [r.event for r in one.journal.records() if r.event.kind is EventKind.ACCOUNT_ENROLLED]
        assert [len(event.officers) for event in enrolled] == [2]


def test_an_account_is_not_formed_without_a_quorum_or_a_key_of_ours(devices: list[Device]) -> None:
    records = []
    for one in devices:
        one.play("key main 48h/1h/0h/2h aiko ben")
        records.append(one.carried[-1][1])
    device = devices[0]
    for script, papers, code in (
        ("form t 1 3 bitcoin:regtest", records, Lock.QUORUM),
        ("form t 3 3 bitcoin:regtest", records, Lock.QUORUM),
        ("form t 2 3 bitcoin:regtest", [records[0], records[1], records[1]], Bad.DUPLICATE),
        (
            "form t 2 3 bitcoin:regtest",
            [records[0], records[1], records[2].replace("main", "mine")],
            Bad.SIGNATURE,
        ),
        ("form t 2 3 bitcoin:regtest", [BSMS, BSMS.replace("1.0", "2.0"), BSMS], Bad.UNSUPPORTED),
        ("form t 2 3 bitcoin:mainnet", records, Bad.NETWORK),
        ("form t 2 3 moon:regtest", records, Bad.NETWORK),
    ):
        with pytest.raises(KinkoError) as caught:
            device.play(script, *papers)
        assert caught.value.code is code, script
    assert device.records.list() == ()


def forged(device: Device, text: str) -> str:
    """The account with another key where this device's was, under this device's fingerprint and path."""
    ours = re.search(rf"\[{device.hall.custody.slots()[0].fingerprint.hex()}/[^]]*\](\w+)", text)
    device.play("key main 48h/1h/7h/2h aiko ben")
    theirs = re.search(r"\](\w+)", device.carried[-1][1])
    assert ours
    assert theirs
    return re.search(r"wsh\(.*\)", text.replace(ours[1], theirs[1]))[0]


def test_a_strangers_key_under_our_fingerprint_is_found_before_it_is_agreed_to(devices: list[Device]) -> None:
    """Four bytes before a key say whose it is, and anybody can write them: the vault is asked for the key itself."""
    outgoing = formed(devices)
    swapped = forged(devices[1], outgoing)
    assert swapped not in outgoing
    with pytest.raises(Malformed) as caught:
        devices[1].play("account treasury bitcoin:regtest\nagree aiko ben", swapped)
    assert caught.value.code is Bad.INCONSISTENT
    assert devices[1].records.list() == ()
    devices[1].play("account treasury bitcoin:regtest\nagree aiko ben", outgoing)
    devices[2].play("account treasury bitcoin:regtest\nagree aiko ben", swapped)  # this one cannot know


def test_two_keys_of_one_device_are_flagged_before_they_are_agreed_to(devices: list[Device]) -> None:
    first, second = devices[:2]
    for path in ("48h/1h/0h/2h", "48h/1h/1h/2h"):
        first.play(f"key main {path} aiko ben")
    second.play("key main 48h/1h/0h/2h aiko ben")
    records = [text for _, text in (*first.carried, *second.carried)]
    first.play("form t 2 3 bitcoin:regtest\nagree aiko ben", *records)
    assert f"FLAG: 2 keys of device {first.hall.custody.slots()[0].fingerprint.hex()}" in first.compared[-1]


def test_who_could_not_prove_himself_is_in_the_journal(device: Device) -> None:
    with pytest.raises(VaultError):
        device.play("builder desk\nagree aiko dai", "ab" * 32)
    with pytest.raises(VaultError):
        device.play("key main 48h/1h/0h/2h aiko zoe")
    events = [r.event for r in device.journal.records() if r.event.kind is EventKind.FACTOR_WRONG]
    assert [event.officers for event in events] == [("dai",), ("zoe",)]
    assert {dict(event.details)["reason"] for event in events} == {"no-officer"}


def test_a_key_record_of_the_specification() -> None:
    record = KeyRecord.parse(BSMS)
    assert (record.text, record.description) == (BSMS, "Signer 1 key")
    for bad in (
        BSMS.replace("IB7v", "IB7w"),
        BSMS.replace("Signer 1", "Signer 2"),
        BSMS + "\nmore",
        "",
        "x" * 2000,
    ):
        with pytest.raises(Malformed):
            KeyRecord.parse(bad)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("builder desk\nagree aiko", Lock.TOO_FEW),
        ("builder desk\nagree aiko dai", Lock.NO_OFFICER),
    ],
)
def test_fewer_than_a_quorum_enrol_nothing(device: Device, script: str, code: Lock) -> None:
    with pytest.raises(VaultError) as caught:
        device.play(script, "ab" * 32)
    assert caught.value.code is code
    assert not device.records.builders()


def test_a_proposal_that_nobody_agreed_to_is_gone_and_journaled(device: Device) -> None:
    with pytest.raises(Malformed):
        device.play("builder desk\n", "ab" * 32)
    last = list(device.journal.records())[-1].event
    assert dict(last.details) == {"ceremony": "register", "state": "abandoned"}
    assert not device.records.builders()


def test_a_builder_a_policy_and_what_is_taken_already(device: Device) -> None:
    (transcript,) = device.play("witness hana\nbuilder desk\nagree aiko ben", "ab" * 32 + "\n")
    assert "agreed: by the quorum of every key on this device" in transcript.lines
    assert dict(device.records.builders()) == {bytes.fromhex("ab" * 32): "desk"}
    with pytest.raises(VaultError):
        device.play("builder other\nagree aiko ben", "ab" * 32)
    for bad in ("zz" * 32, "ab" * 31, "", "é"):
        with pytest.raises(Malformed):
            device.play("builder other\nagree aiko ben", bad)
    device.play("policy\nagree aiko ben", write_policy(Policy(1, BUILT_IN.clauses)))
    assert device.records.current().version == 1
    assert any("version 1" in fact for fact in device.compared[-1])


def witnessed(device: Device, at: int = NOW) -> bytes:
    """The head goes out, and a witness signs it."""
    checkpoint = Checkpoint.from_bytes(device.journal.checkpoint())
    return cosign(checkpoint, WITNESS, WITNESS_KEY.sign, at).to_bytes()


def test_a_witness_is_enrolled_and_its_word_is_kept_and_checked_by_an_auditor(device: Device) -> None:
    with pytest.raises(Malformed) as caught:
        device.play("cosigned", witnessed(device))
    assert caught.value.code is Bad.SIGNATURE
    device.play("witness-key\nagree aiko ben", WITNESS.text)
    size = len(device.journal)
    (transcript,) = device.play(
        "cosigned", witnessed(device).partition(b"\n\n")[2]
    )  # without the proof before it
    assert f"{WITNESS.name} has cosigned {size} records, at 2027-01-15 08:00 UTC" in transcript.lines
    upkeep = device.records.upkeep()
    assert (upkeep.witnesses, dict(upkeep.cosigned)) == ((WITNESS,), {WITNESS.name: (size, NOW)})

    export = device.journal.export()
    found = verifier.verify(export)
    assert verifier.cosigned(export, found, WITNESS.text) == (size, NOW)
    other = Witness(WITNESS.name, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    for text in (other.text, Witness("nobody", WITNESS.public_key).text, "nonsense", WITNESS.text[:-3]):
        with pytest.raises(verifier.Wrong):
            verifier.cosigned(export, found, text)


def test_an_auditor_finds_a_cosignature_of_another_history(device: Device) -> None:
    device.play("witness-key\nagree aiko ben", WITNESS.text)
    device.play("cosigned", witnessed(device))
    (word,) = [r.event for r in device.journal.records() if r.event.kind is EventKind.WITNESSED]
    device.journal.append(replace(word, subject=bytes(32)))
    with pytest.raises(verifier.Wrong, match="another history"):
        verifier.verify(device.journal.export())


def test_cosigned_checkpoints_that_are_not_taken(devices: list[Device]) -> None:
    device, other = devices[:2]
    device.play("witness-key\nagree aiko ben", WITNESS.text)
    good, size = witnessed(device), len(device.journal)
    for bad in (
        good.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1)),
        witnessed(other),
        good[:-9],
        b"",
        witnessed(device, NOW + 301),
    ):
        with pytest.raises(Malformed):
            device.play("cosigned", bad)
    device.play("cosigned", good)
    before = len([r for r in device.journal.records() if r.event.kind is EventKind.WITNESSED])
    device.play("cosigned", good)  # twice is once
    assert len([r for r in device.journal.records() if r.event.kind is EventKind.WITNESSED]) == before == 1
    shutil.copytree(device.home, device.home.with_name("copy"))
    device.play("witness hana\ncosigned", good)
    later = witnessed(device)
    with pytest.raises(Tampered):
        Device.at(device.home.with_name("copy")).play("cosigned", later)


def test_an_account_that_was_given_up(devices: list[Device]) -> None:
    device = devices[0]
    formed(devices)
    for one in devices:
        one.play("key main 48h/1h/1h/2h aiko ben")
    device.play("form next 2 3 bitcoin:regtest\nagree aiko ben", *[one.carried[-1][1] for one in devices])
    old, new = device.records.list()
    plan = plan_for(device.office.desk, "treasury")
    assert plan.spare is None
    device.play("spare treasury next\nagree ben chie")
    plan = plan_for(device.office.desk, "treasury")
    assert plan.spare == new
    for language in Language:
        steps = plan.steps(language)
        told = "\n".join(line for _, lines in steps for line in lines)
        assert len(steps) == 5
        assert "kinko-builder sweep treasury --into next" in told
        assert CHAIN.address(new, 0, 0) in told
        assert "2 / 3: aiko, ben, chie" in told
        assert "{" not in told
    with pytest.raises(Refused):
        plan_for(device.office.desk, "nothing")
    assert not device.records.upkeep().successors
    device.play("successor treasury next\nagree ben chie")
    assert dict(device.records.upkeep().successors) == {old.id: new.id}
    for bad in ("successor treasury treasury", "successor treasury nothing"):
        with pytest.raises(Malformed):
            device.play(bad + "\nagree aiko ben")


def test_a_device_is_decommissioned_only_after_its_drill_and_its_export(devices: list[Device]) -> None:
    device = devices[0]
    script = "witness hana\ndecommission hana sd-card-7 aiko ben"
    with pytest.raises(Refused) as caught:
        device.play(script)
    assert [finding.code for finding in caught.value.findings] == [Code.DRILL_NEVER]
    assert device.secrets == []  # nobody typed anything in vain
    fingerprint = device.hall.custody.slots()[0].fingerprint
    device.hall.record(EventKind.CEREMONY, (), b"", state="concluded", drilled=fingerprint.hex())
    for _ in range(20):
        device.hall.record(EventKind.REVIEWED, (), b"")
    with pytest.raises(Refused) as caught:
        device.play(script)
    assert [finding.code for finding in caught.value.findings] == [Code.EXPORT_OVERDUE]
    device.hall.record(EventKind.EXPORTED, (), b"")
    (transcript,) = device.play(script)
    assert any("does not open any more" in line for line in transcript.lines)
    with pytest.raises(KinkoError):
        device.hall.custody.session()


def test_control_is_proved_on_a_challenge(devices: list[Device]) -> None:
    formed(devices)
    devices[1].play("account treasury bitcoin:regtest\nagree aiko ben", devices[0].carried[-1][1])
    proofs = []
    for one in devices[:2]:
        one.play("control treasury 4 aiko chie", "Auditor, 26 November 2026: 7d1f")
        proofs.append(one.carried[-1][1])
    account = devices[0].records.list()[0]
    control = check_control(CHAIN, account, 4, proofs)
    assert control.proven
    assert control.challenge == "Auditor, 26 November 2026: 7d1f"
    assert control.address == CHAIN.address(account, 0, 4)
    alone = check_control(CHAIN, account, 4, [proofs[0], proofs[0]])
    assert (alone.proven, alone.generic) == (False, "")
    assert control.message.splitlines()[3] == "challenge Auditor, 26 November 2026: 7d1f"
    assert verified(CHAIN.lock(control.address), control.message, control.generic)
    lean = ["\n".join(proof.splitlines()[:6]) for proof in proofs]
    assert (
        check_control(CHAIN, account, 4, lean).proven,
        check_control(CHAIN, account, 4, lean).generic,
    ) == (True, "")
    for bad in (
        proofs[0].replace("7d1f", "7d1e"),
        proofs[0].replace("proof of control", "payment"),
        "",
        "x\n" * 6,
        "\n".join([*proofs[0].splitlines()[:6], proofs[1].splitlines()[6][:-8] + "AAAAAAAA"]),
        "\n".join([*proofs[0].splitlines()[:6], "x"]),
    ):
        with pytest.raises(Malformed):
            check_control(CHAIN, account, 4, [bad])
    with pytest.raises(Malformed):
        check_control(CHAIN, account, 5, proofs)
    with pytest.raises(Malformed):
        devices[0].play("control treasury 4 aiko chie", "x" * 201)
