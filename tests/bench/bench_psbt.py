"""A 1,000-input 2-of-3 P2WSH PSBT through reading, full inspection and signing, beside three other libraries.

    python -m tests.bench.bench_psbt [inputs]

CPU time in multiples of as many raw libsecp256k1 signatures, measured in the same run, the least of some rounds. The
others check nothing or little of what inspection checks (docs/explanation/threats.md).
"""

from __future__ import annotations

import base64
import gc
import hashlib
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import bdkpython
import coincurve
import wallycore as wally
from embit import bip32
from embit.psbt import PSBT

from signer.chains.draft import Chain
from signer.chains.registry import find_chain
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.wallet import open_terms
from signer.core.spend import Report
from signer.core.task import Signature, Task
from signer.vault.keys import KeyTree, low_r
from signer.vault.verify import verify_signature
from tests.vectors.workshop import Book, Group, Pay, back, book, coin, p2wpkh

T = TypeVar("T")
ROUNDS = 15
SLOW_ROUNDS = 2
GROUP = Group()
CHAIN = find_chain("bitcoin", "regtest")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds and the result."""
    gc.collect()
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    return min(timed(work)[0] for _ in range(rounds))


def payment(count: int) -> Book:
    coins = [coin(GROUP, f"c{number}", 1_000_000, 0, number) for number in range(count)]
    change = count * 1_000_000 - 700_000 - 300 * count
    return book(coins, [Pay(700_000, p2wpkh("payee")), back(GROUP, change, 1, 4)])


def raw_signatures(count: int) -> Callable[[], None]:
    key = coincurve.PrivateKey(bytes([1]) * 32)
    digests = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(count)]

    def work() -> None:
        for digest in digests:
            key.sign(digest, hasher=None)

    return work


def sign_once(tasks: tuple[Task, ...]) -> list[Signature]:
    """One low-R signature a task, as the vault derives and makes it."""
    tree = KeyTree.from_seed(bytearray([GROUP.cosigners[0].number]) * 32)
    made = []
    for task in tasks:
        _, data = low_r(tree._private(task.origin.path), task.message)
        made.append(Signature(task.index, task.public_key, data))
    return made


def sign_as_the_device(tasks: tuple[Task, ...]) -> list[Signature]:
    """As the vault does: derived and checked, made twice, compared."""
    tree = KeyTree.from_seed(bytearray([GROUP.cosigners[0].number]) * 32)
    return [Signature(task.index, task.public_key, tree.sign(task)) for task in tasks]


class Watch:
    """The least CPU seconds each piece of work ever took: in turn, so that a busy machine hits all alike."""

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def time(self, name: str, work: Callable[..., T], *given: object) -> T:
        spent, result = timed(partial(work, *given))
        self.best[name] = min(spent, self.best.get(name, spent))
        return result


def ours(watch: Watch, payload: bytes, chain: Chain = CHAIN, group: Group = GROUP) -> None:
    """Every stage once; nothing is remembered from round to round."""
    account = chain.enrol(group.descriptor, "treasury")
    fingerprint = frozenset({group.cosigners[0].fingerprint})
    open_terms.cache_clear()
    draft = watch.time("read", chain.read, payload, ())
    report: Report = watch.time("inspect", draft.inspect, account)
    if not report.signable or not isinstance(draft, UtxoDraft):
        raise SystemExit("the payment is not good")
    tasks = watch.time("tasks", draft.tasks, account, fingerprint)
    answers = watch.time("sign once", sign_once, tasks)
    watch.time("sign twice, checked", sign_as_the_device, tasks)
    watch.time("verify: coincurve, OpenSSL", list, map(verify_signature, tasks, answers))
    full = watch.time("attach (verified again)", draft.attach, answers)
    watch.time("write", full.to_bytes)


def wallycore_signs(payload: bytes, flags: int) -> Callable[[], object]:
    def work() -> object:
        psbt = wally.psbt_from_bytes(payload, 0)
        wally.psbt_signing_cache_enable(psbt, 0)
        wally.psbt_sign_bip32(psbt, GROUP.cosigners[0].master, flags)
        return wally.psbt_to_bytes(psbt, 0)

    return work


def bdk_signs(payload: bytes) -> Callable[[], object]:
    """BDK signs through a wallet that holds the account with one private key."""
    account = GROUP.cosigners[0]
    node = wally.bip32_key_from_parent_path(account.master, list(account.path), wally.BIP32_FLAG_KEY_PRIVATE)
    private = wally.bip32_key_to_base58(node, wally.BIP32_FLAG_KEY_PRIVATE)
    text = GROUP.descriptor.replace(account.xpub, private)
    kind = bdkpython.NetworkKind.TEST if hasattr(bdkpython, "NetworkKind") else bdkpython.Network.REGTEST
    halves = [bdkpython.Descriptor(text.replace("<0;1>", str(branch)), kind) for branch in (0, 1)]
    wallet = bdkpython.Wallet(
        halves[0], halves[1], bdkpython.Network.REGTEST, bdkpython.Persister.new_in_memory()
    )
    list(wallet.reveal_addresses_to(bdkpython.KeychainKind.EXTERNAL, 1_000))
    text64 = base64.b64encode(payload).decode()

    def work() -> object:
        psbt = bdkpython.Psbt(text64)
        wallet.sign(psbt, None)
        return psbt.serialize()

    return work


def embit_signs(payload: bytes) -> Callable[[], object]:
    root = bip32.HDKey.from_seed(bytes([GROUP.cosigners[0].number]) * 32)

    def work() -> object:
        psbt = PSBT.parse(payload)
        psbt.sign_with(root)
        return psbt.serialize()

    return work


def main(count: int) -> None:
    payload = payment(count).to_bytes()
    watch, raw_work = Watch(), raw_signatures(count)
    ours(watch, payload)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for _ in range(ROUNDS):
        watch.time("raw", raw_work)
        ours(watch, payload)
        watch.time("wallycore", wallycore_signs(payload, 0))
        watch.time("wallycore low-R", wallycore_signs(payload, wally.EC_FLAG_GRIND_R))
    bdk, embit = bdk_signs(payload), embit_signs(payload)
    for _ in range(SLOW_ROUNDS):
        watch.time("bdk", bdk)
        watch.time("embit", embit)
    show(watch.best, count, len(payload))
    print(f"\nmost memory up to the end of Kinko's part: {peak} MB")


def show(best: dict[str, float], count: int, size: int) -> None:
    raw = best["raw"]
    print(f"{count} inputs, 2 of 3 P2WSH, {size // 1000} kB; raw: {raw * 1e6 / count:.0f} us a signature\n")
    asked = sum(best[name] for name in ("read", "inspect", "tasks", "sign once", "write"))
    device = asked - best["sign once"] + best["sign twice, checked"] + best["verify: coincurve, OpenSSL"]
    stages = [name for name in best if name not in ("raw", "wallycore", "wallycore low-R", "bdk", "embit")]
    rows = [("raw libsecp256k1 signatures", raw), *((f"  {name}", best[name]) for name in stages)]
    rows.append(("Kinko: read, inspect everything, sign, write", asked))
    rows.append(("Kinko on the device: sign twice, verify twice", device))
    rows.append(("wallycore, cached, checks nothing", best["wallycore"]))
    rows.append(("wallycore, cached, low-R as ours", best["wallycore low-R"]))
    rows += [("bdk", best["bdk"]), ("embit", best["embit"])]
    for name, spent in rows:
        print(f"{name:48} {spent * 1000:9.1f} ms {spent / raw:8.1f} x raw")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
