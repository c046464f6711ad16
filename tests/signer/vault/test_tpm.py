"""The device secret in a TPM: swtpm, a software TPM 2.0, as a process of its own. Run by `pytest -m tpm`."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from signer.core.errors import Broken, Lock, Malformed, Tampered, VaultError
from signer.core.event import Event, EventKind
from signer.core.officer import Officer
from signer.journal.journal import FileJournal
from signer.vault.tpm import TpmCounter, TpmDevice, TpmTools
from signer.vault.vault import FileVault
from tests.signer.vault.conftest import secret

pytestmark = [
    pytest.mark.tpm,
    pytest.mark.skipif(
        not (shutil.which("swtpm") and shutil.which("tpm2_unseal")),
        reason="swtpm and tpm2-tools are not installed",
    ),
]


class Answers(TpmTools):
    """Tools of a TPM whose counter stands at 3."""

    def run(self, tool: str, *arguments: str, given: bytes = b"") -> bytes:
        return (3).to_bytes(8, "big")


def test_a_counter_below_where_it_began_is_another_one() -> None:
    assert TpmCounter(Answers(), "0x1", lambda: 1).count() == 2
    with pytest.raises(Tampered):
        TpmCounter(Answers(), "0x1", lambda: 4).count()


class SoftTpm:
    """One swtpm over a state folder; it can be stopped and started like a machine."""

    def __init__(self, state: Path) -> None:
        self.state, self.process = state, None
        state.mkdir(exist_ok=True)
        self.port = _free_pair()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                "swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}",
                "--server", f"type=tcp,port={self.port}", "--ctrl", f"type=tcp,port={self.port + 1}",
                "--flags", "not-need-init,startup-clear",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                self.tools.run("getcap", "properties-fixed")
                return
            except VaultError:
                time.sleep(0.05)
        raise TimeoutError("swtpm")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    @property
    def tools(self) -> TpmTools:
        return TpmTools(f"swtpm:host=127.0.0.1,port={self.port}")


def _free_pair() -> int:
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return int(port)


@pytest.fixture
def tpm(tmp_path: Path) -> Iterator[SoftTpm]:
    soft = SoftTpm(tmp_path / "tpm")
    yield soft
    soft.stop()


def test_the_secret_survives_a_restart_and_is_on_no_card(tpm: SoftTpm, tmp_path: Path) -> None:
    device = TpmDevice.create(tpm.tools)
    key = bytes(device.key(b"vault seal"))
    assert device.protects
    with pytest.raises(VaultError) as caught:
        TpmDevice.create(tpm.tools)
    assert caught.value.code is Lock.EXISTS
    tpm.stop()
    tpm.start()
    assert TpmDevice(tpm.tools).key(b"vault seal") == key
    assert TpmDevice(tpm.tools).key(b"other") != key


def test_counters_go_up_and_never_back(tpm: SoftTpm) -> None:
    device = TpmDevice.create(tpm.tools)
    vault, journal = device.counter("vault"), device.counter("journal")
    assert (vault.count(), journal.count()) == (0, 0)
    vault.advance(3)
    vault.advance(2)
    tpm.stop()
    tpm.start()
    again = TpmDevice(tpm.tools)
    assert (again.counter("vault").count(), again.counter("journal").count()) == (3, 0)
    # somebody with the owner's rights deletes the counter and defines it again
    tpm.tools.run("nvundefine", "-C", "o", vault.index)
    again.counter("vault").define()
    assert TpmDevice(tpm.tools).counter("vault").count() > 3
    with pytest.raises(Tampered) as caught:
        again.counter("journal").advance(1000)
    assert caught.value.code is Broken.COUNTER


def test_a_vault_and_a_journal_on_a_tpm(tpm: SoftTpm, tmp_path: Path) -> None:
    device = TpmDevice.create(tpm.tools)
    home = tmp_path / "home"
    vault = FileVault(home / "vault", device)
    vault.initialise()
    vault.appoint(Officer("aiko"), secret("aiko"))
    old = (home / "vault" / "vault").read_bytes()
    slot = vault.create_slot("main", ("aiko",), 1)
    journal = FileJournal.at(home / "journal", device.key, device.counter("journal"))
    for number in range(3):
        journal.append(Event(EventKind.REVIEWED, number))

    card = shutil.copytree(home, tmp_path / "card")  # the whole card, copied
    journal.append(Event(EventKind.REVIEWED, 3))
    (card / "vault" / "vault").write_bytes(old)
    again = TpmDevice(tpm.tools)
    with pytest.raises(Tampered) as caught:
        FileVault(card / "vault", again).slots()
    assert caught.value.code is Broken.COUNTER
    with pytest.raises(Tampered) as caught:
        FileJournal.at(card / "journal", again.key, again.counter("journal"))
    assert caught.value.code is Broken.JOURNAL

    with closing(FileVault(home / "vault", again).session()) as session:
        session.unlock("aiko", secret("aiko"))
        assert session.public_keys("main", [()])[0].origin.fingerprint == slot.fingerprint


def test_a_card_in_another_machine(tpm: SoftTpm, tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "vault", TpmDevice.create(tpm.tools))
    vault.initialise()
    other = SoftTpm(tmp_path / "other")
    try:
        with pytest.raises(VaultError) as caught:
            FileVault(tmp_path / "vault", TpmDevice(other.tools)).slots()
        assert caught.value.code is Lock.DEVICE
        with pytest.raises(Tampered):
            FileVault(tmp_path / "vault", TpmDevice.create(other.tools)).slots()
    finally:
        other.stop()


def test_a_home_remembers_its_tpm(tpm: SoftTpm, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    said = tmp_path / "home" / "hardware.toml"
    said.write_text(f'[device]\nsecret = "tpm"\n[tpm]\ntcti = "{tpm.tools.tcti}"\n')
    vault = FileVault.at(tmp_path / "home")
    vault.initialise()
    again = FileVault.at(tmp_path / "home")
    assert again.device.protects
    said.write_text('[device]\nsecret = "file"\n')
    with pytest.raises(VaultError, match="made with: tpm"):
        FileVault.at(tmp_path / "home")
    said.unlink()
    assert again.officers() == ()
    kind = tmp_path / "home" / "device" / "kind"
    kind.write_bytes(b"cloud https://example")
    with pytest.raises(Tampered):
        FileVault.at(tmp_path / "home")
    kind.unlink()  # a fresh secret in files is none of this vault's
    with pytest.raises(Tampered):
        FileVault.at(tmp_path / "home").slots()


def test_what_was_measured_must_be_measured_again(tpm: SoftTpm, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    said = f'[device]\nsecret = "tpm"\n[tpm]\ntcti = "{tpm.tools.tcti}"\npcrs = "sha256:7,11"\n'
    (home / "hardware.toml").write_text(said)
    vault = FileVault.at(home)
    vault.initialise()
    assert FileVault.at(home).officers() == ()
    with pytest.raises(VaultError):
        TpmDevice(tpm.tools).key(b"without the policy")
    tpm.tools.run("pcrextend", f"11:sha256={'5a' * 32}")  # another image was started
    with pytest.raises(VaultError) as caught:
        FileVault.at(home).officers()
    assert (caught.value.code, caught.value.details["what"]) == (Lock.DEVICE, "tpm unseal")
    tpm.stop()
    tpm.start()  # a reset measures anew
    assert FileVault.at(home).officers() == ()
    FileVault.at(home).erase()
    with pytest.raises(VaultError):
        FileVault.at(home).officers()


def test_nobody_clears_the_tpm_without_the_lockout_password(tpm: SoftTpm) -> None:
    device = TpmDevice.create(tpm.tools)
    key = device.key(b"vault seal")
    for tool in (("clear", "-c", "l"), ("dictionarylockout", "-c"), ("changeauth", "-c", "lockout", "mine")):
        with pytest.raises(VaultError):
            tpm.tools.run(*tool)
    assert TpmDevice(tpm.tools).key(b"vault seal") == key


def test_erasing_gives_the_tpm_back(tpm: SoftTpm) -> None:
    TpmDevice.create(tpm.tools).erase()
    tpm.tools.run("clear", "-c", "l")
    TpmDevice.create(tpm.tools)


def test_a_lockout_password_that_is_there_already_stays(tpm: SoftTpm) -> None:
    tpm.tools.run("changeauth", "-c", "lockout", "the owner's")
    TpmDevice.create(tpm.tools).erase()
    tpm.tools.run("changeauth", "-c", "lockout", "-p", "the owner's")


@pytest.mark.parametrize(
    "said",
    [
        '[tpm]\ntcti = "device:/dev/tpmrm0"\n',  # and not that the secret is there
        '[device]\nsecret = "tpm"\n',
        '[device]\nsecret = "tpm"\n[tpm]\ntcti = "cmd:reboot"\n',
        '[device]\nsecret = "tpm"\n[tpm]\ntcti = "device:/dev/tpmrm0"\npcrs = "sha256:7 -c x"\n',
    ],
)
def test_a_tpm_that_is_not_named_well(tmp_path: Path, said: str) -> None:
    (tmp_path / "hardware.toml").write_text(said)
    with pytest.raises(Malformed):
        FileVault.at(tmp_path)
    assert not (tmp_path / "device").exists()


def test_erased_is_erased(tpm: SoftTpm, tmp_path: Path) -> None:
    device = TpmDevice.create(tpm.tools)
    vault = FileVault(tmp_path / "vault", device)
    vault.initialise()
    vault.erase()
    for reader in (device, TpmDevice(tpm.tools)):
        with pytest.raises(VaultError):
            FileVault(tmp_path / "vault", reader).slots()
        reader.erase()


def test_a_tpm_that_is_gone_is_a_clear_refusal(tpm: SoftTpm, tmp_path: Path) -> None:
    device = TpmDevice.create(tpm.tools)
    vault = FileVault(tmp_path / "vault", device)
    vault.initialise()
    tpm.stop()
    with pytest.raises(VaultError) as caught:
        vault.slots()
    assert caught.value.code is Lock.DEVICE
    tpm.start()
    assert vault.slots() == ()
