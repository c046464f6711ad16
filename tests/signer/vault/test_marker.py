"""A marker seed through a hundred signatures and twenty crashes: it is found nowhere afterwards."""

from __future__ import annotations

import glob
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import wallycore as wally

from signer.core.officer import Officer
from signer.vault.vault import FileVault
from tests.signer.vault.conftest import SEED, secret

ROOT = Path(__file__).resolve().parents[3]

APPLIANCE = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from signer.core.errors import VaultError
from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice
from signer.core.slot import KeyForm
from signer.core.task import Algorithm, Task
from signer.vault.vault import FileVault
paths = [(48 + 2**31, 2**31, 2**31, 2 + 2**31, 0, index) for index in range(10)]
home = Path(sys.argv[2])
device = FileDevice(home / "device")
journal = FileJournal.at(home / "journal", device.key, device.counter("journal"))
for _ in range(int(sys.argv[3])):
    session = FileVault.at(home).session()
    session.unlock("ben", bytearray(b"passphrase of ben"))
    keys = session.public_keys("main", paths, KeyForm.SECP256K1)
    wanted = [Task(n, key.origin, bytes.fromhex(key.key), Algorithm.ECDSA, bytes(32)) for n, key in enumerate(keys)]
    journal.append(Event(EventKind.SIGNING, len(journal), ("ben",)))
    print(session.child.pid, flush=True)
    try:
        journal.append(Event(EventKind.SIGNED, len(journal), (), b"", (("count", str(len(session.sign(wanted)))),)))
    except VaultError:
        journal.append(Event(EventKind.FAULT, len(journal)))
print("done", flush=True)
time.sleep(float(sys.argv[4]))
"""


def appliance(home: Path, sessions: int, rest: float = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", APPLIANCE, str(ROOT), str(home), str(sessions), str(rest)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home)


def markers() -> list[bytes]:
    """The seed in pieces, and the private keys below it that the signatures were made with."""
    root = wally.bip32_key_from_seed(SEED, wally.BIP32_VER_MAIN_PRIVATE, 0)
    branch = [48 + 2**31, 2**31, 2**31, 2 + 2**31, 0]
    nodes = [root, wally.bip32_key_from_parent_path(root, branch, wally.BIP32_FLAG_KEY_PRIVATE)]
    nodes += [
        wally.bip32_key_from_parent(nodes[1], index, wally.BIP32_FLAG_KEY_PRIVATE) for index in range(3)
    ]
    keys = [bytes(wally.bip32_key_get_priv_key(node)) for node in nodes]
    return [piece[start : start + 16] for piece in (SEED, *keys) for start in range(0, len(piece), 16)]


def memory_of(pid: int) -> bytes:
    """All that a process has in readable memory of its own."""
    found = bytearray()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and end - start < 2**28:
                with suppress(OSError, ValueError, OverflowError):
                    memory.seek(start)
                    found += memory.read(end - start)
    return bytes(found)


def holds(path: Path, wanted: Sequence[bytes], step: int = 4 * 1024 * 1024) -> bool:
    """Whether a file or a block device has one of these anywhere. Read in pieces that overlap. Raises OSError."""
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(step):
            rest += piece
            if any(marker in rest for marker in wanted):
                return True
            rest = rest[-max(map(len, wanted)) :]
    return False


def swaps(table: str) -> list[Path]:
    """The devices and files that memory can be written to, of /proc/swaps; spaces in names are octal there."""
    rows = [line.split()[0] for line in table.splitlines()[1:] if line.strip()]
    return [Path(row.encode().decode("unicode_escape")) for row in rows]


def written_logs(since: float) -> list[Path]:
    found = [path for path in Path("/var/log").rglob("*") if path.is_file() and os.access(path, os.R_OK)]
    return [path for path in found if path.stat().st_mtime >= since]


def all_locked(pid: int) -> bool:
    """Whether everything a process has in memory is locked there (/proc/PID/status, kB)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    locked, resident, swapped = (int(status[name].split()[0]) for name in ("VmLck", "VmRSS", "VmSwap"))
    return locked >= resident > 0 == swapped


def test_no_swap_has_it_because_memory_is_locked_or_there_is_none(vault: FileVault) -> None:
    """Whoever opens keys holds all of its memory in place. Where the system grants no locks, it must have no swap."""
    session = vault.session()
    try:
        session.unlock("ben", secret("ben"))
        assert session.public_keys("solo", [()])
        granted = session.child.memory_locked
        assert all_locked(session.child.pid) or not (granted or swaps(Path("/proc/swaps").read_text()))
        assert granted or os.geteuid()
    finally:
        session.close()


def test_the_search_reads_across_pieces_and_all_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "swap file"
    path.write_bytes(bytes(100) + markers()[0] + bytes(100))
    assert all(holds(path, markers(), step) for step in (1, 7, 64, 4096))
    path.write_bytes(bytes(100) + markers()[0][:-1] + bytes(100))
    assert not holds(path, markers(), 7)
    table = f"Filename\t\tType\t\tSize\n{str(path).replace(' ', chr(92) + '040')}  file  1024\n/dev/zram0 partition 9\n"
    assert swaps(table) == [path, Path("/dev/zram0")]


@pytest.mark.slow
def test_the_marker_is_found_nowhere(tmp_path: Path) -> None:
    began = time.time()
    home = tmp_path / "marked"
    vault = FileVault.at(home)
    vault.initialise()
    vault.appoint(Officer("ben"), secret("ben"))
    vault.create_slot("main", ("ben",), 1, bytearray(SEED))
    steady = appliance(home, 10, 60)
    assert steady.stdout is not None
    while steady.stdout.readline().strip() != "done":
        assert steady.poll() is None
    seen = memory_of(steady.pid) if os.geteuid() == 0 else b""
    steady.kill()
    steady.wait()
    steady.stdout.close()

    pick = random.Random(20)
    for crash in range(20):
        process = appliance(home, 1)
        assert process.stdout is not None
        child = int(process.stdout.readline())
        time.sleep(pick.uniform(0, 0.004))
        with suppress(ProcessLookupError):
            os.kill(child if crash % 2 else process.pid, [9, 11, 6][crash % 3])
        process.wait(timeout=30)
        process.stdout.close()

    files = [path for path in home.rglob("*") if path.is_file()]
    files += [
        Path(path) for folder in (tempfile.gettempdir(), "/dev/shm") for path in glob.glob(f"{folder}/core*")
    ]
    assert not [path for path in files if path.name.startswith("core")]
    everything = b"".join(path.read_bytes() for path in files) + seen
    for marker in markers():
        assert marker not in everything
    for path in written_logs(began):
        assert not holds(path, markers())
    for swap in swaps(Path("/proc/swaps").read_text()):
        if os.access(swap, os.R_OK):  # who may not read it relies on the locked memory, tested above
            assert not holds(swap, markers())
    assert b"passphrase of ben" not in b"".join(path.read_bytes() for path in files)
    assert len(vault.slots()) == 1


def test_the_search_would_find_it() -> None:
    """The same search over a process that does hold the seed: this one."""
    if os.geteuid() != 0:
        pytest.skip("only root reads another's memory")
    held = bytearray(SEED)
    script = (
        "import sys, time; held = bytearray.fromhex(sys.argv[1]); print('ready', flush=True); time.sleep(30)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, held.hex()], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    found = memory_of(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    assert markers()[0] in found
