"""What opening a vault, signing and the journal cost: `python -m tests.bench.bench_custody`.

Prints figures and exits 1 when one is over its bound: opening at most 1.5 times its Argon2id, 100,000 records
verified in seconds, appends that do not slow down. Ratios hold better than seconds; the machine should be idle.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import coincurve
import wallycore as wally
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from signer.core.account import KeyOrigin, parse_path
from signer.core.event import Event, EventKind
from signer.core.officer import Officer
from signer.core.record import Record
from signer.core.task import Algorithm, Task
from signer.journal.journal import FileJournal
from signer.journal.log import Place
from signer.vault.sealed import Kdf
from signer.vault.secret import FileDevice
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature

BRANCH = parse_path("48h/0h/0h/2h")
KDF = (256 * 1024, 3, 4)
RECORDS = 100_000


def timed(action: Callable[[], object], times: int = 3) -> float:
    """The best of some runs, in seconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def argon2id() -> None:
    memory, passes, lanes = KDF
    Argon2id(salt=bytes(16), length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(
        b"passphrase"
    )


def opening(home: Path) -> float:
    """Opening a vault of one officer, as a multiple of the Argon2id in it."""
    vault = FileVault.at(home)
    vault.initialise()
    with closing(vault.assembly()) as assembly:
        memory, passes, lanes = KDF
        assembly.appoint(Officer("aiko"), bytearray(b"passphrase"), Kdf(memory, passes, lanes))
        assembly.create("main", ("aiko",), 1)
        assembly.commit()

    def open_once() -> None:
        with closing(vault.session()) as session:
            session.unlock("aiko", bytearray(b"passphrase"))
            session.public_keys("main", [BRANCH])

    return timed(open_once) / timed(argon2id)


def signing(home: Path, count: int = 1000) -> tuple[float, float]:
    """Seconds for `count` signatures in a session, made twice and verified; and as a multiple of raw libsecp256k1."""
    vault = FileVault.at(home)
    with closing(vault.session()) as session:
        session.unlock("aiko", bytearray(b"passphrase"))
        (account,) = session.public_keys("main", [BRANCH])
        parent = wally.bip32_key_from_base58(account.key)
        tasks = [_task(account.origin.fingerprint, parent, index) for index in range(count)]
        start = time.perf_counter()
        made = session.sign(tasks)
        right = all(verify_signature(task, one) for task, one in zip(tasks, made, strict=True))
        spent = time.perf_counter() - start
    key = coincurve.PrivateKey(b"\1" * 32)
    raw = timed(lambda: [key.sign(task.message, hasher=None) for task in tasks])
    return (spent if right else float("inf")), spent / raw


def _task(fingerprint: bytes, parent: object, index: int) -> Task:
    node = wally.bip32_key_from_parent_path(parent, [0, index], wally.BIP32_FLAG_KEY_PUBLIC)
    public = bytes(wally.bip32_key_get_pub_key(node))
    origin = KeyOrigin(fingerprint, (*BRANCH, 0, index))
    return Task(index, origin, public, Algorithm.ECDSA, index.to_bytes(32, "big"))


def journal(home: Path) -> tuple[float, float, float, int]:
    """Ratio of late to early appends, seconds to open and to verify 100,000 records, bytes of a checkpoint."""
    device = FileDevice(home / "device")

    def opened() -> FileJournal:
        return FileJournal.at(home / "journal", device.key, device.counter("journal"))

    book = opened()
    early = timed(lambda: _append(book, 100))
    seen = book.checkpoint()
    fill(book, RECORDS)
    late = timed(lambda: _append(book, 100))
    start = time.perf_counter()
    book = opened()
    middle = time.perf_counter()
    book.verify()
    return late / early, middle - start, time.perf_counter() - middle, len(book.checkpoint((seen,)))


def _append(book: FileJournal, count: int) -> None:
    for _ in range(count):
        book.append(_event(len(book)))


def fill(book: FileJournal, count: int) -> None:
    """Records as `append` writes them, but sealed once at the end: fsyncing each would take minutes."""
    with book.log.path.open("ab") as file:
        while len(book) < count:
            data = Record(len(book), _event(len(book))).to_bytes()
            tag = book.log._tag(book._place.tag, data)
            file.write(len(data).to_bytes(4, "big") + data + tag)
            place = Place(book._place.offset + 20 + len(data), tag)
            book._take(data, place)
    book._seal()


def _event(number: int) -> Event:
    details = (("account", "ab" * 32), ("signatures", "3"), ("units", str(number)))
    return Event(
        EventKind.SIGNED, 1_700_000_000 + number, ("aiko", "ben"), number.to_bytes(32, "big"), details
    )


def main() -> int:
    """Run all of it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ratio = opening(home)
        print(f"open a vault            {ratio:8.2f} x its Argon2id of {KDF[0] // 1024} MiB   (bound 1.5)")
        seconds, raw = signing(home)
        print(f"sign 1,000 inputs       {seconds:8.2f} s, {raw:.1f} x raw signatures; made twice, verified")
        flat, reopened, verified, size = journal(home)
        print(f"append at 100,000       {flat:8.2f} x an early one                 (bound 2)")
        print(f"open 100,000 records    {reopened:8.2f} s                            (bound 10)")
        print(f"verify 100,000 records  {verified:8.2f} s                            (bound 20)")
        print(f"checkpoint with proof   {size:8} bytes                        (bound 1,500)")
    return int(ratio > 1.5 or flat > 2 or reopened > 10 or verified > 20 or size > 1500)


if __name__ == "__main__":
    sys.exit(main())
