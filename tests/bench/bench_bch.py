"""A 500-input 2-of-3 P2SH request of Bitcoin Cash: read, inspected, signed, finished, judged.

    python -m tests.bench.bench_bch [inputs]

CPU time in multiples of as many raw libsecp256k1 signatures, measured in the same run.
"""

from __future__ import annotations

import sys
from functools import partial

from online_builder.plan.judge import Spent, failures
from signer.chains.registry import find_chain
from signer.chains.utxo.coin import Digest
from signer.core.task import Signature
from tests.bench.bench_psbt import ROUNDS, Watch, best, ours, raw_signatures
from tests.vectors.workshop import Book, Coin, Group, Pay, back, book, coin, le

GROUP = Group(kind="sh")
CHAIN = find_chain("bitcoincash", "regtest")
_STRANGER = b"\x76\xa9\x14" + b"\x31" * 20 + b"\x88\xac"


def payment(count: int) -> tuple[Book, list[Coin]]:
    coins = [coin(GROUP, f"c{number}", 1_000_000, 0, number) for number in range(count)]
    change = count * 1_000_000 - 700_000 - 300 * count
    made = book(coins, [Pay(700_000, _STRANGER), back(GROUP, change, 1, 4)])
    for pairs in made.ins:
        pairs[b"\x03"] = le(0x41)
    return made, coins


def finished(payload: bytes) -> tuple[float, bytes]:
    """Two of three signed: CPU seconds of putting the transaction together, and the transaction."""
    account = CHAIN.enrol(GROUP.descriptor, "treasury")
    draft = CHAIN.read(payload, ())
    for cosigner in GROUP.cosigners[:2]:
        tasks = draft.tasks(account, frozenset({cosigner.fingerprint}))
        draft = draft.attach(
            [Signature(t.index, t.public_key, cosigner.sign(t.origin.path, t.message)) for t in tasks]
        )
    return best(partial(draft.finish, account), 1), draft.finish(account)


def main(count: int) -> None:
    made, coins = payment(count)
    payload = made.to_bytes()
    watch, raw_work = Watch(), raw_signatures(count)
    for _ in range(ROUNDS):
        watch.time("raw", raw_work)
        ours(watch, payload, CHAIN, GROUP)
    stages = watch.best
    raw = stages.pop("raw")
    print(
        f"Bitcoin Cash, {count} inputs, 2 of 3 P2SH, {len(payload) // 1000} kB; raw: {raw * 1e6 / count:.0f} us\n"
    )
    asked = stages["read"] + stages["inspect"] + stages["tasks"] + stages["sign once"] + stages["write"]
    finishing, final = finished(payload)
    spent = [Spent(c.units, c.spot.script) for c in coins]
    if failures(final, spent, Digest.FORKID):
        raise SystemExit("the payment is not good")
    rows = [("raw libsecp256k1 signatures", raw)] + [
        (f"  {name}", seconds) for name, seconds in stages.items()
    ]
    rows.append(("Kinko: read, inspect everything, sign, write", asked))
    rows.append(("  builder: finish, every signature verified", finishing))
    rows.append(
        ("  builder: judged by Bitcoin Core's engine", best(lambda: failures(final, spent, Digest.FORKID), 1))
    )
    for name, seconds in rows:
        print(f"{name:48} {seconds * 1000:9.1f} ms {seconds / raw:8.1f} x raw")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
