"""1,000 NEM cosignatures: as many payments of a 2-of-3 account read, inspected, cosigned, verified.

    python -m tests.bench.bench_nem [payments]

CPU time in multiples of as many raw libsodium Ed25519 signatures, measured in the same run. libsodium hashes with
SHA-512 in C; NEM's Keccak-512 and the steps of the signature are calls from Python, each in constant time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

import nacl.bindings as sodium

from signer.chains.nem import CHAINS
from signer.core.account import parse_path
from signer.core.task import Signature
from signer.vault.edwards import child_of, public_of, root_of, sign
from signer.vault.keys import KeyTree
from signer.vault.verify import verify_signature
from tests.vectors import nem_workshop as w

ROUNDS: Final = 3
CHAIN = CHAINS[1]
SEED, PATH = bytearray([7]) * 32, parse_path("44h/1h/0h/0h/0h")
KEY = child_of(root_of(SEED), PATH)


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU seconds of the fastest round."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def main(count: int) -> None:
    tree = KeyTree.from_seed(SEED)
    mark, public = tree.fingerprint, public_of(KEY)
    rows = [
        f"[{1:08x}/44h/1h/0h/0h/0h]{w.AIKO.public.hex()}",
        f"[{mark.hex()}/44h/1h/0h/0h/0h]{public.hex()}",
    ]
    account = CHAIN.enrol(f"nem-multisig(2,{w.VAULT.public.hex()},{','.join(rows)})", "vault")
    payloads = [w.payload(w.wrap(w.transfer(amount=1_000_000 + number))) for number in range(count)]
    drafts = [CHAIN.read(payload, ()) for payload in payloads]
    tasks = [draft.tasks(account, frozenset({mark}))[0] for draft in drafts]
    made = [Signature(task.index, task.public_key, sign(KEY, task.message)) for task in tasks]
    _, secret = sodium.crypto_sign_seed_keypair(bytes(32))
    raw = best(lambda: [sodium.crypto_sign(task.message, secret) for task in tasks])
    stages = {
        "read": best(lambda: [CHAIN.read(payload, ()) for payload in payloads]),
        "inspect": best(lambda: [draft.inspect(account) for draft in drafts]),
        "tasks (inspected again)": best(lambda: [d.tasks(account, frozenset({mark})) for d in drafts]),
        "sign once": best(lambda: [sign(KEY, task.message) for task in tasks]),
        "derive, sign, as the device does": best(lambda: [tree.sign(task) for task in tasks]),
        "verify, second library (integers)": best(
            lambda: [verify_signature(t, s) for t, s in zip(tasks, made, strict=True)], 1
        ),
        "attach (verified by libsodium)": best(
            lambda: [d.attach([s]) for d, s in zip(drafts, made, strict=True)]
        ),
    }
    print(f"NEM, {count} cosignatures; raw libsodium Ed25519: {raw * 1e6 / count:.0f} us a signature\n")
    for name, spent in {"raw Ed25519 signatures": raw, **stages}.items():
        print(f"{name:48} {spent * 1000:9.1f} ms {spent / raw:8.1f} x raw {spent * 1e6 / count:9.0f} us each")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
