"""How large a request is: 100 inputs from 100 exchange-sized previous transactions, before and after.

python -m tests.bench.bench_proofs [inputs] [outputs of each previous transaction]
"""

from __future__ import annotations

import hashlib
import sys
import zlib

from signer.chains.registry import find_chain
from signer.chains.utxo.proofs import slim
from signer.core.codec import encode
from signer.core.request import SpendResponse
from signer.core.task import Signature
from tests.vectors.workshop import Coin, Group, Pay, back, book, compact, le, p2wpkh, sized

GROUP = Group()
CHAIN = find_chain("bitcoin", "regtest")
_PREVIOUS_INPUTS = 4


def withdrawal(tag: str, script: bytes, outputs: int) -> tuple[bytes, bytes]:
    """A batch of an exchange that pays us among many: (with its witnesses, stripped)."""
    body = compact(_PREVIOUS_INPUTS)
    for number in range(_PREVIOUS_INPUTS):
        body += noise(f"{tag}/{number}", 32) + le(0) + b"\x00" + le(0xFFFFFFFD)
    body += compact(outputs) + le(1_000_000, 8) + sized(script)
    for number in range(outputs - 1):
        body += le(50_000 + 977 * number, 8) + sized(p2wpkh(f"{tag}/{number}"))
    stack = b"\x02" + sized(noise(tag, 71)) + sized(noise(tag + "k", 33))
    return le(2) + b"\x00\x01" + body + stack * _PREVIOUS_INPUTS + le(0), le(2) + body + le(0)


def noise(tag: str, size: int) -> bytes:
    return hashlib.shake_256(tag.encode()).digest(size)


def main(inputs: int, outputs: int) -> None:
    coins = []
    full = []
    for number in range(inputs):
        spot = GROUP.spot(0, number)
        whole, stripped = withdrawal(f"w{number}", spot.script, outputs)
        coins.append(Coin(stripped, 0, 1_000_000, spot))
        full.append(whole)
    made = book(coins, [Pay(700_000, p2wpkh("payee")), back(GROUP, inputs * 1_000_000 - 750_000, 1, 0)])
    for pairs, whole in zip(made.ins, full, strict=True):
        pairs[b"\x00"] = whole
    payload = made.to_bytes()
    thin, proofs = slim(payload)
    account = CHAIN.enrol(GROUP.descriptor, "treasury")
    draft = CHAIN.read(thin, proofs)
    if not draft.inspect(account).signable:
        raise SystemExit("the payment is not good")
    cosigner = GROUP.cosigners[0]
    tasks = draft.tasks(account, frozenset({cosigner.fingerprint}))
    answers = tuple(Signature(t.index, t.public_key, cosigner.sign(t.origin.path, t.message)) for t in tasks)
    request = encode([thin, list(proofs)])
    response = SpendResponse(bytes(32), answers, bytes(200)).to_bytes()
    rows = (
        ("PSBT as wallets make it, previous transactions whole", len(payload)),
        ("  the same, zlib", len(zlib.compress(payload, 9))),
        ("request: PSBT and proofs, stripped and once", len(request)),
        ("  the same, zlib", len(zlib.compress(request, 9))),
        ("    of which the PSBT alone", len(zlib.compress(thin, 9))),
        ("answer as a whole PSBT", len(draft.attach(answers).to_bytes())),
        ("answer: only the new signatures", len(response)),
    )
    print(f"{inputs} inputs, each from a transaction of {len(full[0])} bytes with {outputs} outputs\n")
    for name, size in rows:
        print(f"{name:56} {size:9} bytes")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    main(given[0] if given else 100, given[1] if len(given) > 1 else 40)
