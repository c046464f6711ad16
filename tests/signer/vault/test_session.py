"""Unlocking and signing in a real child process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import coincurve
import pytest
import wallycore as wally

from signer.core.account import KeyOrigin, parse_path
from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.core.slot import KeyForm
from signer.core.task import Algorithm, Signature, Task
from signer.vault import verify
from signer.vault.session import ChildSession
from signer.vault.tries import MAX_TRIES
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature
from tests.signer.vault.conftest import secret

Unlock = Callable[..., ChildSession]
ROOT = Path(__file__).resolve().parents[3]
BRANCH = parse_path("48h/0h/0h/2h")
#: BIP 32, test vector 2, chains m and m/0.
VECTOR = {
    "": "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8id"
    "oc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB",
    "0": "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXo"
    "UmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH",
}


def tasks(
    session: ChildSession, count: int, algorithm: Algorithm = Algorithm.ECDSA, tweak: bytes = b""
) -> list[Task]:
    """One task a key of the first branch, the public keys derived here, outside the vault."""
    (account,) = session.public_keys("main", [BRANCH])
    parent = wally.bip32_key_from_base58(account.key)
    made = []
    for index in range(count):
        node = wally.bip32_key_from_parent_path(parent, [0, index], wally.BIP32_FLAG_KEY_PUBLIC)
        public = bytes(wally.bip32_key_get_pub_key(node))[algorithm is Algorithm.SCHNORR :]
        origin = KeyOrigin(account.origin.fingerprint, (*BRANCH, 0, index))
        made.append(Task(index, origin, public, algorithm, index.to_bytes(32, "big"), tweak))
    return made


def test_public_keys_are_those_of_bip_32(unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    paths = [parse_path(path) for path in VECTOR]
    keys = session.public_keys("main", paths)
    session.close()
    assert [key.key for key in keys] == list(VECTOR.values())
    assert [key.origin.path for key in keys] == paths
    assert {key.origin.fingerprint.hex() for key in keys} == {"bd16bee5"}


def test_test_networks_have_keys_of_their_own_form(unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    main, test, raw = (
        session.public_keys("main", [parse_path(path)], form)[0].key
        for path, form in (
            ("48h/0h/0h/2h", KeyForm.XPUB),
            ("48h/1h/0h/2h", KeyForm.XPUB),
            ("48h/0h/0h/2h", KeyForm.SECP256K1),
        )
    )
    session.close()
    assert (main[:4], test[:4], raw[:2] in ("02", "03"), len(raw)) == ("xpub", "tpub", True, 66)


def test_two_of_three_sign_and_the_child_is_gone(unlocked: Unlock) -> None:
    session = unlocked("chie", "aiko")
    wanted = tasks(session, 30)
    pid = session.child.pid
    assert Path(f"/proc/{pid}").exists()
    signatures = session.sign(wanted)
    assert all(verify_signature(task, signature) for task, signature in zip(wanted, signatures, strict=True))
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(VaultError) as caught:
        session.sign(wanted)
    assert caught.value.code is Lock.CHILD


@pytest.mark.parametrize("tweak", [b"", bytes(31) + b"\x07"])
def test_schnorr_with_and_without_a_tweak(unlocked: Unlock, tweak: bytes) -> None:
    session = unlocked("aiko", "ben")
    wanted = tasks(session, 8, Algorithm.SCHNORR, tweak)  # eight keys: both parities are among them
    signatures = session.sign(wanted)
    assert all(verify_signature(task, signature) for task, signature in zip(wanted, signatures, strict=True))
    other = Task(
        0, wanted[0].origin, wanted[0].public_key, Algorithm.SCHNORR, wanted[0].message, bytes(31) + b"\x08"
    )
    assert not verify_signature(other, signatures[0])


def test_one_of_two_is_too_few(unlocked: Unlock) -> None:
    session = unlocked("aiko")
    with pytest.raises(VaultError) as caught:
        session.public_keys("main", [BRANCH])
    assert caught.value.code is Lock.TOO_FEW
    session.unlock("ben", secret("ben"))
    assert session.public_keys("main", [BRANCH])
    session.close()


def test_an_officer_opens_only_his_own_slots(unlocked: Unlock) -> None:
    session = unlocked("aiko", "chie")
    with pytest.raises(VaultError) as caught:
        session.public_keys("solo", [BRANCH])
    session.close()
    assert caught.value.code is Lock.TOO_FEW


@pytest.mark.parametrize(
    ("fingerprint", "path", "public"),
    [
        (b"\0\0\0\0", (*BRANCH, 0, 0), b""),  # a stranger's key
        (b"", (*BRANCH, 0, 1), b""),  # the path of another key
        (b"", (*BRANCH, 0, 0), b"\x02" + bytes(32)),  # a key that is not there
        (b"", (0,) * 15, b""),  # deeper than any account
    ],
)
def test_what_no_key_here_can_sign(
    unlocked: Unlock, fingerprint: bytes, path: tuple[int, ...], public: bytes
) -> None:
    session = unlocked("aiko", "ben")
    (good,) = tasks(session, 1)
    origin = KeyOrigin(fingerprint or good.origin.fingerprint, path)
    with pytest.raises(VaultError) as caught:
        session.sign([good, Task(1, origin, public or good.public_key, good.algorithm, good.message)])
    assert caught.value.code is Lock.NO_KEY


def test_the_passphrase_is_wiped_right_or_wrong(vault: FileVault) -> None:
    session = vault.session()
    right, wrong, nobodys = secret("aiko"), bytearray(b"wrong one"), bytearray(b"anything")
    session.unlock("aiko", right)
    with pytest.raises(VaultError, match="wrong-factor"):
        session.unlock("aiko", wrong)
    with pytest.raises(VaultError, match="no-officer"):
        session.unlock("nobody", nobodys)
    assert all(given == bytes(len(given)) for given in (right, wrong, nobodys))
    session.close()


def test_wrong_tries_are_counted_and_the_lockout_survives(vault: FileVault, home: Path) -> None:
    left = []
    for _ in range(MAX_TRIES):
        session = FileVault.at(home).session()
        with pytest.raises(VaultError) as caught:
            session.unlock("aiko", secret("ben"))
        session.close()
        assert caught.value.code is Lock.WRONG_FACTOR
        left.append(caught.value.details["left"])
    assert left == [4, 3, 2, 1, 0]
    session = FileVault.at(home).session()
    with pytest.raises(VaultError) as caught:
        session.unlock("aiko", secret("aiko"))
    assert caught.value.code is Lock.LOCKED_OUT
    session.unlock("ben", secret("ben"))  # nobody else is
    session.close()


def test_an_older_count_of_tries_is_found(vault: FileVault, home: Path) -> None:
    file = home / "vault" / "tries"
    older = file.read_bytes()
    session = vault.session()
    for _ in range(2):
        with pytest.raises(VaultError, match="wrong-factor"):
            session.unlock("aiko", secret("ben"))
    session.close()
    file.write_bytes(older)
    session = FileVault.at(home).session()
    with pytest.raises(Tampered) as caught:
        session.unlock("aiko", secret("aiko"))
    assert caught.value.code is Broken.COUNTER
    session.close()


def test_power_lost_between_the_count_of_tries_and_its_counter(vault: FileVault, home: Path) -> None:
    counter = home / "device" / "tries"
    before = counter.read_bytes()
    session = vault.session()
    with pytest.raises(VaultError, match="wrong-factor"):
        session.unlock("aiko", secret("ben"))
    session.close()
    counter.write_bytes(before)
    session = FileVault.at(home).session()
    with pytest.raises(VaultError, match="wrong-factor") as caught:
        session.unlock("aiko", secret("ben"))
    assert caught.value.details["left"] == MAX_TRIES - 2
    session.close()


def test_a_right_try_clears_the_count(vault: FileVault) -> None:
    session = vault.session()
    for _ in range(2):
        with pytest.raises(VaultError, match="wrong-factor") as caught:
            session.unlock("aiko", secret("ben"))
        assert caught.value.details["left"] == MAX_TRIES - 1
        session.unlock("aiko", secret("aiko"))
    session.close()


KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from signer.vault.session import ChildProcess
from signer.vault.vault import FileVault
session = FileVault.at(Path(sys.argv[2])).session()
ChildProcess.call = lambda self, *rest: os.kill(os.getpid(), 9)
session.unlock("aiko", bytearray(b"guess number one"))
"""


def test_killing_the_appliance_during_a_try_saves_no_try(vault: FileVault, home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(ROOT), str(home)], timeout=60, check=False)
    assert done.returncode == -9
    session = vault.session()
    with pytest.raises(VaultError) as caught:
        session.unlock("aiko", secret("ben"))
    session.close()
    assert caught.value.details["left"] == MAX_TRIES - 2


def test_one_session_at_a_time(vault: FileVault, home: Path) -> None:
    session = vault.session()
    with pytest.raises(VaultError) as caught:
        FileVault.at(home).session()
    assert caught.value.code is Lock.BUSY
    session.close()
    session.close()
    FileVault.at(home).session().close()


def test_a_child_that_dies_is_a_clear_refusal(unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    wanted = tasks(session, 1)
    os.kill(session.child.pid, 9)
    with pytest.raises(VaultError) as caught:
        session.sign(wanted)
    assert caught.value.code is Lock.CHILD
    session.close()


def test_a_thousand_tasks(unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    wanted = tasks(session, 1500)  # more than one message holds
    signatures = session.sign(wanted)
    assert len({signature.data for signature in signatures}) == 1500
    assert all(verify_signature(task, signature) for task, signature in zip(wanted, signatures, strict=True))


def test_the_verifier_is_not_polite(unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    one, two = tasks(session, 2)
    first, second = session.sign([one, two])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high_s = first.data[:32] + (order - int.from_bytes(first.data[32:], "big")).to_bytes(32, "big")
    for data in (high_s, bytes(64), first.data[:63], second.data, b"\xff" * 64, first.data[:-1] + b"\0"):
        assert not verify_signature(one, Signature(0, one.public_key, data))
    assert not verify_signature(one, Signature(1, one.public_key, first.data))
    assert not verify_signature(one, Signature(0, two.public_key, first.data))
    assert verify_signature(one, first)


def test_openssl_looks_at_the_first_ones_and_at_a_sample_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []

    def looks(task: Task, _der: bytes) -> bool:
        seen.append(task.index)
        return True

    monkeypatch.setattr(verify, "_openssl", looks)
    key = coincurve.PrivateKey(bytes(31) + b"\7")
    made = bytes(wally.ec_sig_from_bytes(key.secret, bytes(32), wally.EC_FLAG_ECDSA | wally.EC_FLAG_GRIND_R))
    public = key.public_key.format()
    count = verify.BY_OPENSSL + 100 * verify.SAMPLE
    for index in range(count):
        task = Task(index, KeyOrigin(bytes(4), (0,)), public, Algorithm.ECDSA, bytes(32))
        assert verify_signature(task, Signature(index, public, made))
    assert seen[: verify.BY_OPENSSL] == list(range(verify.BY_OPENSSL))
    beyond = len(seen) - verify.BY_OPENSSL
    assert 30 < beyond < 250  # a hundred are to be expected


def test_what_openssl_refuses_is_refused(monkeypatch: pytest.MonkeyPatch, unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    (task,) = tasks(session, 1)
    (signature,) = session.sign([task])
    assert verify_signature(task, signature)
    monkeypatch.setattr(verify, "_openssl", lambda _task, _der: False)
    assert not verify_signature(task, signature)


def test_signatures_are_rfc_6979_like_those_of_others(unlocked: Unlock) -> None:
    """coincurve makes the same signature unless its R is high, where ours was ground low (as Bitcoin Core does)."""
    session = unlocked("aiko", "ben")
    (task,) = tasks(session, 1)
    (signature,) = session.sign([task])
    seed_tree = wally.bip32_key_from_seed(
        bytes.fromhex(
            "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2"
            "9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542"
        ),
        wally.BIP32_VER_MAIN_PRIVATE,
        0,
    )
    node = wally.bip32_key_from_parent_path(seed_tree, list(task.origin.path), wally.BIP32_FLAG_KEY_PRIVATE)
    private = coincurve.PrivateKey(bytes(wally.bip32_key_get_priv_key(node)))
    theirs = bytes(wally.ec_sig_from_der(private.sign(task.message, hasher=None)))
    assert theirs == signature.data or theirs[0] >= 0x80
