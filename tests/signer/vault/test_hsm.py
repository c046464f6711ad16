"""Keys in a PKCS#11 token: SoftHSM2, in processes of its own. Run by `pytest -m hsm`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from signer.core.account import KeyOrigin
from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.core.officer import Factor, Holding, Officer
from signer.core.pin import PinOf
from signer.core.slot import KeyForm, Slot
from signer.core.task import Algorithm, Task
from signer.vault.hardware import TOKEN_LOCK, Hardware, Readers
from signer.vault.hsm import DEVICE_LABEL, HsmDevice, TokenDesk
from signer.vault.tokenkey import TokenPlace, TokenSecret
from signer.vault.tpm import TpmDevice
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature
from tests.signer.vault.authenticator import Plugged, Token
from tests.signer.vault.conftest import secret
from tests.signer.vault.test_tpm import SoftTpm

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"
ROOT = Path(__file__).resolve().parents[3]
PIN = "246810"

pytestmark = [
    pytest.mark.hsm,
    pytest.mark.skipif(
        not (Path(LIBRARY).exists() and shutil.which("softhsm2-util")), reason="SoftHSM2 is not installed"
    ),
]


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh token; the folder its objects are in, so that it can be pulled."""
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    command = [
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        "kinko",
        "--pin",
        PIN,
        "--so-pin",
        "13579135",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return tokens


@pytest.fixture
def desk(token: Path, home: Path) -> TokenDesk:
    return TokenDesk(LIBRARY, "kinko", home / "vault" / TOKEN_LOCK)


def adopt(vault: FileVault, desk: TokenDesk, label: str = "cosigner", pin: str = PIN) -> tuple[Slot, bytes]:
    public = desk.make_key(label, bytearray(PIN.encode()))
    sealed = TokenSecret(TokenPlace(desk.library, desk.token, label), pin, public).to_bytes()
    with closing(vault.assembly()) as assembly:
        slot = assembly.adopt_token(label, ("aiko", "ben", "chie"), 2, bytearray(sealed), public)
        assembly.commit()
    return slot, public


def tasks(slot: Slot, public: bytes, count: int = 1) -> list[Task]:
    origin = KeyOrigin(slot.fingerprint, ())
    return [Task(n, origin, public, Algorithm.ECDSA, (n + 1).to_bytes(32, "big")) for n in range(count)]


def sign(vault: FileVault, wanted: list[Task], names: tuple[str, ...] = ("aiko", "ben")) -> bool:
    with closing(vault.session()) as session:
        for name in names:
            session.unlock(name, secret(name))
        made = session.sign(wanted)
    return all(verify_signature(task, one) for task, one in zip(wanted, made, strict=True))


def fails(vault: FileVault, wanted: list[Task]) -> str:
    with pytest.raises(VaultError) as caught:
        sign(vault, wanted)
    assert caught.value.code is Lock.TOKEN
    return str(caught.value.details["what"])


def test_a_quorum_signs_with_a_key_that_never_leaves_the_token(vault: FileVault, desk: TokenDesk) -> None:
    slot, public = adopt(vault, desk)
    assert sign(vault, tasks(slot, public, 40))
    with closing(vault.session()) as session:
        session.unlock("chie", secret("chie"))
        with pytest.raises(VaultError) as caught:
            session.public_keys("cosigner", [()], KeyForm.SECP256K1)
        assert caught.value.code is Lock.TOO_FEW
        session.unlock("ben", secret("ben"))
        assert session.public_keys("cosigner", [()], KeyForm.SECP256K1)[0].key == public.hex()
        assert session.public_keys("main", [()])[0].key.startswith("xpub")  # a seed beside it still opens


def test_neither_pin_nor_key_is_on_the_card(vault: FileVault, desk: TokenDesk, home: Path) -> None:
    adopt(vault, desk)
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert PIN.encode() not in data


def test_a_wrong_pin_is_a_clear_refusal(vault: FileVault, desk: TokenDesk) -> None:
    slot, public = adopt(vault, desk, pin="999999")
    assert fails(vault, tasks(slot, public)) == "pin"
    with pytest.raises(VaultError) as caught:
        desk.make_key("other", bytearray(b"999999"))
    assert caught.value.details["what"] == "pin"


def test_a_pulled_token_and_recovery_without_restart(vault: FileVault, desk: TokenDesk, token: Path) -> None:
    slot, public = adopt(vault, desk)
    shutil.move(token, token.with_name("pocket"))
    token.mkdir()
    assert fails(vault, tasks(slot, public))
    token.rmdir()
    shutil.move(token.with_name("pocket"), token)
    assert sign(vault, tasks(slot, public))


def test_a_token_pulled_while_the_session_is_open(vault: FileVault, desk: TokenDesk, token: Path) -> None:
    slot, public = adopt(vault, desk)
    with closing(vault.session()) as session:
        for name in ("aiko", "ben"):
            session.unlock(name, secret(name))
        shutil.rmtree(token)
        with pytest.raises(VaultError) as caught:
            session.sign(tasks(slot, public))
    assert caught.value.code is Lock.TOKEN


def test_a_token_whose_key_was_swapped_is_found(vault: FileVault, desk: TokenDesk) -> None:
    """It answers, and what it answers is not by the key on record: never more than a refusal."""
    slot, public = adopt(vault, desk)
    command = ["softhsm2-util", "--init-token", "--slot", _slot_id(), "--label", "kinko"]
    subprocess.run(
        [*command, "--pin", PIN, "--so-pin", "13579135"], check=True, capture_output=True, timeout=60
    )
    desk.make_key("cosigner", bytearray(PIN.encode()))
    assert fails(vault, tasks(slot, public)) == "signature"


def _slot_id() -> str:
    shown = subprocess.run(
        ["softhsm2-util", "--show-slots"], check=True, capture_output=True, text=True, timeout=60
    )
    return next(line.split()[1] for line in shown.stdout.splitlines() if line.startswith("Slot "))


def test_a_key_is_made_once(vault: FileVault, desk: TokenDesk) -> None:
    desk.make_key("cosigner", bytearray(PIN.encode()))
    with pytest.raises(VaultError) as caught:
        desk.make_key("cosigner", bytearray(PIN.encode()))
    assert caught.value.code is Lock.EXISTS


@pytest.mark.parametrize(
    ("library", "name"), [("/usr/lib/nothing.so", "kinko"), (LIBRARY, "another"), ("/etc/passwd", "kinko")]
)
def test_no_such_token(token: Path, home: Path, library: str, name: str) -> None:
    with pytest.raises(VaultError) as caught:
        TokenDesk(library, name, home / "vault" / TOKEN_LOCK).make_key("x", bytearray(PIN.encode()))
    assert caught.value.code is Lock.TOKEN


SIGNER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.signer.vault.test_hsm import sign, tasks
from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.vault.tpm import TpmDevice
from signer.vault.vault import FileVault
vault = FileVault.at(Path(sys.argv[2]))
slot = vault.slots()[-1]
done = 0
while done < 3:
    try:
        assert sign(vault, tasks(slot, bytes.fromhex(sys.argv[3])))
        done += 1
    except VaultError as error:
        assert error.code is Lock.BUSY, error
print(done)
"""


def test_two_appliances_at_one_token_take_turns(vault: FileVault, desk: TokenDesk, home: Path) -> None:
    _, public = adopt(vault, desk)
    command = [sys.executable, "-c", SIGNER, str(ROOT), str(home), public.hex()]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=120)[0].strip() for process in both] == ["3", "3"]


def test_killed_while_signing_the_token_goes_on(vault: FileVault, desk: TokenDesk, home: Path) -> None:
    slot, public = adopt(vault, desk)
    for pause in (0.2, 0.5, 0.8):
        process = subprocess.Popen([sys.executable, "-c", SIGNER, str(ROOT), str(home), public.hex()])
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            assert sign(vault, tasks(slot, public))
            return
        except VaultError as error:
            assert error.code is Lock.BUSY  # noqa: PT017
            time.sleep(0.05)
    raise TimeoutError


def device_at(desk: TokenDesk, folder: Path) -> HsmDevice:
    return HsmDevice(folder, desk, "device", lambda: bytearray(PIN.encode()))


def test_the_device_secret_behind_a_token(desk: TokenDesk, token: Path, tmp_path: Path) -> None:
    device = device_at(desk, tmp_path / "device")
    device.create()
    vault = FileVault(tmp_path / "vault", device)
    vault.initialise()
    again = device_at(desk, tmp_path / "device")
    assert again.key(b"vault seal") == device.key(b"vault seal")
    assert FileVault(tmp_path / "vault", again).officers() == ()
    blob = (tmp_path / "device" / "wrapped").read_bytes()
    assert len(blob) == 40
    assert bytes(device.key(b"vault seal")) not in blob

    pulled: Callable[[], bytes] = lambda: device_at(desk, tmp_path / "device").key(b"vault seal")  # noqa: E731
    (tmp_path / "device" / "wrapped").write_bytes(bytes([blob[0] ^ 1]) + blob[1:])
    with pytest.raises(VaultError):
        pulled()
    (tmp_path / "device" / "wrapped").write_bytes(blob)
    again.erase()
    with pytest.raises(VaultError):
        pulled()
    (tmp_path / "device" / "wrapped").write_bytes(
        blob
    )  # the card was copied before: the wrapping key is gone
    with pytest.raises(VaultError):
        pulled()


@pytest.mark.tpm
@pytest.mark.skipif(not shutil.which("swtpm"), reason="swtpm is not installed")
def test_counters_of_a_tpm_beside_the_token(token: Path, tmp_path: Path) -> None:
    soft, home = SoftTpm(tmp_path / "tpm"), tmp_path / "fresh"
    home.mkdir()
    (home / "hardware.toml").write_text(
        f'[device]\nsecret = "token"\ntoken = "kinko"\n[tokens]\nlibrary = "{LIBRARY}"\n'
        f'[tpm]\ntcti = "{soft.tools.tcti}"\n'
    )

    def opened() -> FileVault:
        return FileVault.at(home, ask_pin=lambda of, name: bytearray(PIN.encode()))

    try:
        opened().initialise()
        card = shutil.copytree(home, tmp_path / "card")  # the whole card, counters in files too
        opened().appoint(Officer("aiko"), secret("aiko"))
        assert [officer.name for officer in opened().officers()] == ["aiko"]
        shutil.rmtree(home)
        shutil.copytree(card, home)
        with pytest.raises(Tampered) as caught:
            opened().officers()
        assert caught.value.code is Broken.COUNTER
        opened().erase()
        with pytest.raises(VaultError):
            opened().officers()
        assert not TpmDevice(soft.tools).exists()
    finally:
        soft.stop()


def test_the_child_at_the_token_is_hardened_too(vault: FileVault, desk: TokenDesk) -> None:
    adopt(vault, desk)
    with closing(vault.session()) as session:
        status = Path(f"/proc/{session.child.pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert (
            os.readlink(f"/proc/{session.child.pid}/ns/net") != os.readlink("/proc/self/ns/net")
            or os.geteuid()
        )


def test_an_officer_with_a_card_needs_card_pin_and_passphrase(
    home: Path, desk: TokenDesk, token: Path
) -> None:
    pins = {"dai": PIN}

    def typed(of: PinOf, officer: str) -> bytearray:
        assert of is PinOf.CARD
        return bytearray(pins[officer].encode())

    vault = replace(FileVault.at(home), equipment=Readers.at(home, Hardware(library=LIBRARY), typed))
    with closing(vault.assembly()) as assembly:
        assembly.appoint(Officer("dai", holds=(Holding(Factor.CARD, "kinko"),)), secret("dai"))
        assembly.create("his", ("dai",), 1)
        assembly.commit()

    def unlock(given: FileVault, passphrase: bytearray) -> None:
        with closing(given.session()) as session:
            session.unlock("dai", passphrase)
            assert session.public_keys("his", [()])

    unlock(vault, secret("dai"))
    with pytest.raises(VaultError, match="wrong-factor"):
        unlock(vault, secret("ben"))
    with pytest.raises(VaultError, match="no reader"):
        unlock(FileVault.at(home), secret("dai"))
    pins["dai"] = "000000"
    with pytest.raises(VaultError, match="pin"):
        unlock(vault, secret("dai"))
    pins["dai"] = PIN
    shutil.move(token, token.with_name("pocket"))
    token.mkdir()
    with pytest.raises(VaultError, match="token"):
        unlock(vault, secret("dai"))
    token.rmdir()
    shutil.move(token.with_name("pocket"), token)
    unlock(vault, secret("dai"))
    unlock_ben = vault.session()
    unlock_ben.unlock("ben", secret("ben"))  # who has none needs none
    unlock_ben.close()


def test_one_card_is_one_officers_and_no_device(home: Path, desk: TokenDesk, token: Path) -> None:
    """Known by the key on it, not by its label; the device's own token is nobody's card."""
    card = (Holding(Factor.CARD, "kinko"),)
    typed = lambda of, name: bytearray(PIN.encode())  # noqa: E731
    vault = replace(FileVault.at(home), equipment=Readers.at(home, Hardware(library=LIBRARY), typed))
    vault.appoint(Officer("dai", holds=card), secret("dai"))
    with pytest.raises(VaultError) as caught:
        vault.appoint(Officer("emi", holds=card), secret("emi"))
    assert (caught.value.code, caught.value.details["what"]) == (Lock.TOKEN, "another officer's card")
    device = HsmDevice(home / "hsm", desk, DEVICE_LABEL, lambda: bytearray(PIN.encode()))
    device.create()
    with closing(vault.assembly()) as assembly, pytest.raises(VaultError) as caught:
        assembly.appoint(Officer("emi", holds=card), secret("emi"), leaving="dai")
    assert caught.value.details["what"] == "the device's own token"


def test_three_factors_are_all_needed(home: Path, token: Path, tmp_path: Path) -> None:
    """A passphrase, a FIDO2 token and a card: without any of them, or with another one, nothing opens."""
    pins = {PinOf.CARD: PIN, PinOf.FIDO2: "1357"}
    hardware = Hardware(library=LIBRARY, fido2=str(tmp_path / "hid"))
    readers = Readers.at(home, hardware, lambda of, name: bytearray(pins[of].encode()))
    vault = replace(FileVault.at(home), equipment=readers)
    plugged = Plugged(Token(), tmp_path / "hid")
    held = (Holding(Factor.FIDO2), Holding(Factor.CARD, "kinko"))
    with closing(vault.assembly()) as assembly:
        assembly.appoint(Officer("dai", holds=held), secret("dai"))
        assembly.create("his", ("dai",), 1)
        assembly.commit()

    def unlock(passphrase: str = "dai") -> None:
        with closing(vault.session()) as session:
            session.unlock("dai", secret(passphrase))
            assert session.public_keys("his", [()])

    unlock()
    (dai,) = [officer for officer in vault.officers() if officer.name == "dai"]
    assert (dai.kinds, [holding.kind for holding in dai.holds]) == (3, [Factor.FIDO2, Factor.CARD])
    with pytest.raises(VaultError, match="wrong-factor"):
        unlock("ben")
    for of, what in ((PinOf.CARD, "pin"), (PinOf.FIDO2, "pin")):
        right, pins[of] = pins[of], "999999"
        with pytest.raises(VaultError, match=what):
            unlock()
        pins[of] = right
    plugged.token.lying = True
    with pytest.raises(VaultError, match="wrong-factor"):
        unlock()
    plugged.token.lying = False
    unlock()
    plugged.pull()
    with pytest.raises(VaultError, match="no answer"):
        unlock()
