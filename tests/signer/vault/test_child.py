"""The signing child as the system sees it, and as a hostile pipe finds it."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import wallycore as wally

from signer.core.account import KeyOrigin, parse_path
from signer.core.errors import Lock, VaultError
from signer.core.task import Algorithm, Task
from signer.vault import keys
from signer.vault.keys import KeyTree
from signer.vault.session import ChildSession, Trade, start_line
from signer.vault.vault import FileVault
from tests.signer.vault.conftest import SEED, secret

Unlock = Callable[..., ChildSession]
ROOT = Path(__file__).resolve().parents[3]


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_the_child_has_given_up_what_it_does_not_need(unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    pid = session.child.pid
    limits = Path(f"/proc/{pid}/limits").read_text()
    seen = status(pid)
    assert seen["NoNewPrivs"] == "1"
    for limit in ("Max core file size", "Max file size"):
        assert next(line for line in limits.splitlines() if line.startswith(limit)).split()[-2] == "0"
    if session.child.memory_locked:
        assert int(seen["VmLck"].split()[0]) > 10_000
    if session.child.network_cut:
        assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")
        devices = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    session.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may always lock memory and cut the network")
def test_root_gets_all_of_it(vault: FileVault) -> None:
    session = vault.session()
    session.close()
    assert (session.child.memory_locked, session.child.network_cut) == (True, True)


def test_no_core_and_no_debugger() -> None:
    """PR_GET_DUMPABLE is 3; asked in a process of its own, after hardening."""
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from signer.vault.hardening import harden; harden();"
        "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "0"


def test_no_secret_in_arguments_environment_or_open_files(unlocked: Unlock) -> None:
    session = unlocked("aiko", "ben")
    process = Path(f"/proc/{session.child.pid}")
    seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    targets = [os.readlink(process / "fd" / name) for name in os.listdir(process / "fd")]
    session.close()
    assert b"passphrase of" not in seen
    assert b"KINKO" not in seen
    assert all(target.startswith("pipe:") or target == "/dev/null" for target in targets)


def test_the_child_dies_with_the_appliance(home: Path) -> None:
    script = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path;"
        "from signer.vault.vault import FileVault;"
        f"session = FileVault.at(Path({str(home)!r})).session(); print(session.child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and status(child)["State"][0] != "Z" and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists() or status(child)["State"][0] == "Z"


def test_killed_at_any_moment_it_leaves_the_vault_whole(vault: FileVault, home: Path) -> None:
    before = (home / "vault" / "vault").read_bytes()
    pick = random.Random(4)
    for _ in range(6):
        script = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path;"
            "from signer.vault.vault import FileVault; from signer.core.officer import Officer;"
            f"FileVault.at(Path({str(home)!r})).appoint(Officer('dai' + sys.argv[1]), bytearray(b'a passphrase'))"
        )
        process = subprocess.Popen([sys.executable, "-c", script, str(pick.randrange(10**6))])
        time.sleep(pick.uniform(0.05, 0.6))
        process.kill()
        process.wait()
        names = [officer.name for officer in vault.officers()]
        assert names[:3] == ["aiko", "ben", "chie"]
    session = vault.session()
    session.unlock("ben", secret("ben"))
    assert session.public_keys("solo", [parse_path("0")])
    session.close()
    assert (home / "vault" / "vault").read_bytes()[:20] == before[:20]


@pytest.mark.parametrize("trade", Trade)
@pytest.mark.parametrize("seed", range(6))
def test_random_bytes_on_the_pipe_end_it_without_a_word(seed: int, trade: Trade) -> None:
    pick = random.Random(seed)
    junk = b"".join(
        len(part).to_bytes(4, "big") + part for part in (pick.randbytes(pick.randrange(40)) for _ in range(5))
    )
    hostile = [junk, b"\xff\xff\xff\xff" + junk, pick.randbytes(300)][seed % 3]
    done = subprocess.run(
        [sys.executable, "-I", "-c", start_line(trade)],
        input=hostile,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1)
    assert done.stderr == b""
    assert len(done.stdout) < 64


def test_a_flipped_bit_between_two_signatures_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = KeyTree.from_seed(bytearray(SEED))
    public = bytes.fromhex(tree.public_key((0,), keys.KeyForm.SECP256K1))
    task = Task(0, KeyOrigin(tree.fingerprint, (0,)), public, Algorithm.ECDSA, bytes(32))
    good = tree.sign(task)
    nonces: list[bytes | None] = []

    def faulty(private: bytearray, message: bytes, extra: bytes | None, flags: int) -> bytearray:
        made = wally.ec_sig_from_bytes_aux(private, message, extra, flags)
        made[40] ^= extra in nonces
        nonces.append(extra)
        return made

    class Faulty:
        ec_sig_from_bytes_aux = staticmethod(faulty)

        def __getattr__(self, name: str) -> object:
            return getattr(wally, name)

    monkeypatch.setattr(keys, "wally", Faulty())
    with pytest.raises(VaultError) as caught:
        tree.sign(task)
    assert caught.value.code is Lock.FAULT
    assert nonces[-1] == nonces[-2]
    assert len(good) == 64


def test_keys_and_low_r_are_those_of_the_library() -> None:
    """Derived without public keys, and ground by our own loop: the same as libwally gives in one call."""
    tree = KeyTree.from_seed(bytearray(SEED))
    root = wally.bip32_key_from_seed(SEED, wally.BIP32_VER_MAIN_PRIVATE, 0)
    low_r = wally.EC_FLAG_ECDSA | wally.EC_FLAG_GRIND_R
    for path in ((7,), (1, 7), (1, 2**31 + 7), (2**31 + 48, 0, 2**31 - 1)):
        node = wally.bip32_key_from_parent_path(root, list(path), wally.BIP32_FLAG_KEY_PRIVATE)
        private = wally.bip32_key_get_priv_key(node)
        origin = KeyOrigin(tree.fingerprint, path)
        for number in range(40):
            digest = number.to_bytes(32, "big")
            task = Task(0, origin, bytes(wally.bip32_key_get_pub_key(node)), Algorithm.ECDSA, digest)
            assert tree.sign(task) == wally.ec_sig_from_bytes(private, digest, low_r)


UNPRIVILEGED = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from signer.core.officer import Officer
from signer.vault.vault import FileVault
vault = FileVault.at(Path(sys.argv[2]))
vault.initialise()
vault.appoint(Officer("ben"), bytearray(b"passphrase of ben"))
vault.create_slot("main", ("ben",), 1)
session = vault.session()
session.unlock("ben", bytearray(b"passphrase of ben"))
print(session.public_keys("main", [(0,)])[0].key[:4], session.child.memory_locked)
session.close()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_without_any_privilege_it_works_and_says_what_it_could_not_do() -> None:
    nobody = 65534
    probe = [sys.executable, "-c", f"open({str(ROOT / 'signer' / '__init__.py')!r})"]
    try:
        subprocess.run(
            probe, user=nobody, group=nobody, extra_groups=[], check=True, capture_output=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        pytest.skip("this interpreter or this folder is closed to others")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, nobody, nobody)
        command = [sys.executable, "-c", UNPRIVILEGED, str(ROOT), f"{folder}/home"]
        done = subprocess.run(
            command,
            user=nobody,
            group=nobody,
            extra_groups=[],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536)),
        )
    assert (done.returncode, done.stdout) == (0, "xpub False\n"), done.stderr
