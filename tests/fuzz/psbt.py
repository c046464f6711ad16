"""Fuzzes the chain readers for as long as it is told: python -m tests.fuzz.psbt [seconds] [seed].

Starts from the attack folder and keeps what reaches new kinds of answer; a failure is written to tests/fuzz/crashers,
where tests/signer/chains/test_hostile.py picks it up for ever.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from pathlib import Path

from signer.chains.draft import Chain
from signer.chains.registry import READERS
from signer.chains.utxo.coin import Params
from signer.core.account import Account
from signer.core.errors import Malformed, Refused
from tests.vectors.attacks_further import CATALOGUE, GROUPS
from tests.vectors.coin_attacks import FIELDS, catalogue

CRASHERS = Path(__file__).parent / "crashers"
SLOW = 1.0
_BYTES = (0, 1, 2, 0x20, 0x21, 0x4C, 0x7F, 0x80, 0xAE, 0xFC, 0xFD, 0xFE, 0xFF)
_KEPT = 4_000


def reach(chain: Chain, account: Account, payload: bytes) -> str:
    """Everything a stranger's bytes can reach; a short name for what came of it. Raises whatever should never be."""
    try:
        draft = chain.read(payload, ())
    except Malformed as error:
        return f"malformed {error.code.value} {error.details}"
    report = draft.inspect(account)
    draft.belongs(account)
    outcome = sorted({finding.code.label for finding in report.findings})
    if draft.to_bytes() != payload:
        raise AssertionError("written otherwise than read")
    try:
        draft.tasks(account, frozenset(cosigner.origin.fingerprint for cosigner in account.cosigners))
    except Refused:
        outcome.append("refused")
    try:
        draft.finish(account)
        outcome.append("finished")
    except Refused:
        outcome.append("unfinished")
    return " ".join(outcome)


def mutate(dice: random.Random, pool: list[bytes]) -> bytes:
    data = bytearray(dice.choice(pool))
    for _ in range(dice.randint(1, 6)):
        if not data:
            return b""
        at = dice.randrange(len(data))
        match dice.randrange(6):
            case 0:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at] = dice.choice(_BYTES)
            case 2:
                del data[at : at + dice.randint(1, 60)]
            case 3:
                data[at:at] = dice.randbytes(dice.randint(1, 40))
            case 4:
                other = dice.choice(pool)
                start = dice.randrange(len(other) + 1)
                data[at:at] = other[start : start + dice.randint(1, 200)]
            case _:
                other = dice.choice(pool)
                data[at:] = other[at:]
    return bytes(data)


def fuzz(seconds: float, seed: int) -> int:
    """Returns how many payloads were tried. Raises on the first failure, after writing it down."""
    dice = random.Random(seed)
    accounts = [
        (chain, chain.enrol(group.descriptor, name))
        for chain in READERS.values()
        if isinstance(chain.params, Params) and chain.network.name == "regtest"
        for name, group in GROUPS.items()
        if group.kind in ("sh", "pkh")
        or (chain.params.hrp is not None and (group.kind != "tr" or chain.params.taproot))
    ]
    attacks = [*CATALOGUE, *(attack for name in FIELDS for attack in catalogue(name))]
    pool = [made for made in (attack.make() for attack in attacks) if made]
    seen: set[str] = set()
    tried = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        payload = mutate(dice, pool)
        chain, account = dice.choice(accounts)
        start = time.process_time()
        try:
            outcome = reach(chain, account, payload)
            if time.process_time() - start > SLOW:
                raise AssertionError("slow")
        except BaseException:
            keep(payload)
            raise
        tried += 1
        if outcome not in seen and len(pool) < _KEPT:
            seen.add(outcome)
            pool.append(payload)
    print(f"{tried} payloads, {len(seen)} kinds of outcome, {len(READERS)} networks, nothing unexpected")
    return tried


def keep(payload: bytes) -> None:
    CRASHERS.mkdir(exist_ok=True)
    (CRASHERS / f"{hashlib.sha256(payload).hexdigest()[:16]}.psbt").write_bytes(payload)


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    fuzz(given[0] if given else 60, given[1] if len(given) > 1 else 1)
