"""Tokens of Bitcoin Cash against libauth's virtual machine: real transactions with token coins, right and bent.

Every attack file on tokens is signed here although inspection forbids it: what the network would make of it must be
the same to libauth and to the builder's judge, also where the network would let tokens burn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from online_builder.plan.judge import Spent, failures
from signer.chains.registry import find_chain
from signer.chains.utxo.coin import Digest
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.tokens import parted
from signer.core.known import Known, KnownAsset
from signer.core.task import Signature
from tests.oracles.node.ask import LIBAUTH, ask
from tests.vectors import token_attacks as t
from tests.vectors.workshop import Coin, Pay, Single, back, book, funding

pytestmark = pytest.mark.slow

CASH = find_chain("bitcoincash", "regtest")
ACCOUNT = CASH.enrol(t.GROUP.descriptor, "treasury")
KNOWN = Known(assets=(KnownAsset(t.FUNGIBLE, 0, 10**9), KnownAsset(t.UNIQUE, 0, 10)))
#: Files whose coins cannot be signed at all, or that carry a wrong signature already.
UNSIGNABLE = {"tokens-malformed", "tokens-digest"}
#: What the network forbids; everything else it would take, were it signed.
FORBIDDEN = {"tokens-grown", "tokens-swapped", "nft-altered", "nft-twice", "nft-capability-gained"}


@dataclass(frozen=True)
class Paid:
    """A finished transaction, and the outputs it spends as the network has them."""

    raw: bytes
    spent: tuple[tuple[int, bytes], ...]

    @property
    def fails(self) -> bool:
        return failures(self.raw, [Spent(*s) for s in self.spent], Digest.FORKID) != ()


def forced(payload: bytes) -> Paid:
    """Signed by two of three without asking what inspection says."""
    draft = CASH.read(payload, ())
    assert isinstance(draft, UtxoDraft)
    made = []
    for index, (half, coin) in enumerate(zip(draft.psbt.inputs, draft.coins, strict=True)):
        assert coin.output is not None
        digest = draft.digester.segwit(index, half.pairs[b"\x04"], coin.output.units)
        (place,) = {value[-8:] for value in half.derivations.values()}
        tail = (int.from_bytes(place[:4], "little"), int.from_bytes(place[4:], "little"))
        made += [
            Signature(index, k.public(*tail), k.sign((*k.path, *tail), digest)) for k in t.GROUP.cosigners[:2]
        ]
    signed = draft.attach(made)
    spent = tuple(tuple(coin.whole) for coin in draft.coins if coin.whole is not None)
    return Paid(signed.finish(ACCOUNT), spent)


def signed(payload: bytes) -> Paid:
    """The way an appliance goes: inspected, tasks for two officers, attached, finished."""
    draft = CASH.read(payload, ()).knowing(KNOWN)
    for key in t.GROUP.cosigners[:2]:
        report = draft.inspect(ACCOUNT)
        assert report.signable, report.findings
        tasks = draft.tasks(ACCOUNT, frozenset({key.fingerprint}))
        draft = draft.attach(
            [Signature(x.index, x.public_key, key.sign(x.origin.path, x.message)) for x in tasks]
        )
    assert isinstance(draft, UtxoDraft)
    spent = tuple(tuple(coin.whole) for coin in draft.coins if coin.whole is not None)
    return Paid(draft.finish(ACCOUNT), spent)


def verdicts(cases: Sequence[Paid]) -> list[bool]:
    return [verdict is True for verdict in ask(LIBAUTH, [(p.raw, p.spent) for p in cases]).transactions]


@cache
def good() -> tuple[Paid, ...]:
    return tuple(signed(attack.make()) for attack in t.TOKENS if attack.status == 0)


def test_libauth_accepts_what_moves_tokens_and_so_does_the_judge() -> None:
    assert len(good()) >= 4
    assert verdicts(good()) == [True] * len(good())
    assert not any(p.fails for p in good())


def without_token(p: Paid) -> Paid:
    """As if what is spent carried nothing: the digest is another one."""
    units, script = p.spent[0]
    return Paid(p.raw, ((units, script[script.index(b"\xa9\x14", 33) :]), *p.spent[1:]))


def other_amount(p: Paid) -> Paid:
    """One more in what is spent: the last byte of the prefix."""
    units, script = p.spent[0]
    at = script.index(b"\xa9\x14", 33) - 1
    return Paid(p.raw, ((units, script[:at] + bytes([script[at] ^ 1]) + script[at + 1 :]), *p.spent[1:]))


def other_category(p: Paid) -> Paid:
    units, script = p.spent[0]
    return Paid(p.raw, ((units, script[:1] + b"\x99" + script[2:]), *p.spent[1:]))


def other_output(p: Paid) -> Paid:
    """A bit of the category of the last output that carries something."""
    at = p.raw.rindex(b"\xef" + t.CATEGORY) + 2
    return Paid(p.raw[:at] + bytes([p.raw[at] ^ 1]) + p.raw[at + 1 :], p.spent)


@pytest.mark.parametrize("bend", [without_token, other_amount, other_category, other_output])
def test_nothing_bent_is_accepted(bend: Callable[[Paid], Paid]) -> None:
    bent = [bend(p) for p in good()]
    assert verdicts(bent) == [False] * len(bent)
    assert all(p.fails for p in bent)


def test_the_judge_says_of_every_attack_what_libauth_says() -> None:
    """The network lets tokens burn, be minted and be created; what it forbids, both forbid."""
    attacks = [attack for attack in t.TOKENS if attack.name not in UNSIGNABLE]
    cases = [forced(attack.make()) for attack in attacks]
    told = {attack.name: verdict for attack, verdict in zip(attacks, verdicts(cases), strict=True)}
    judged = {attack.name: not p.fails for attack, p in zip(attacks, cases, strict=True)}
    assert judged == told
    assert {name for name, accepted in told.items() if not accepted} == FORBIDDEN
    assert told["tokens-burned"]  # nothing but inspection stands between a token and its end


def some(dice: random.Random) -> bytes:
    """A movement of a few coins' tokens: split, joined, given away or kept, nothing lost."""
    spent, nfts = [], []
    for _ in range(dice.randint(1, 4)):
        amount = dice.choice([0, 1, 252, 253, 65_536, 2**32, 2**61])
        unique = (dice.randbytes(dice.choice([0, 1, 40])), dice.choice([0, 0, 1, 2]))
        if amount and dice.random() < 0.5:
            spent.append(t.fungible(amount))
        else:
            nfts.append(unique)
            spent.append(t.nft(*unique, amount))
    left = sum(token.amount for token, _ in map(parted, spent) if token is not None)
    outs = []
    for number, (commitment, capability) in enumerate(dice.sample(nfts, len(nfts))):
        ride = dice.randint(0, left)
        left -= ride
        stays = capability or dice.random() < 0.5
        outs.append(t.Out(t.nft(commitment, capability, ride), 10 + number if stays else None))
    while left:
        part = dice.choice([left, dice.randint(1, left)])
        left -= part
        outs.append(t.Out(t.fungible(part), 20 + len(outs) if dice.random() < 0.5 else None))
        if len(outs) > 12:
            outs.append(t.Out(t.fungible(left), 60))
            left = 0
    dice.shuffle(outs)
    return t.moved(spent, *[out for out in outs if out.prefix != t.fungible(0)])


def test_libauth_and_the_judge_accept_whatever_inspection_lets_pass() -> None:
    dice = random.Random(18)
    cases = [signed(some(dice)) for _ in range(30)]
    assert verdicts(cases) == [True] * len(cases)
    assert not any(p.fails for p in cases)


def test_one_key_alone_moves_tokens_too() -> None:
    """P2PKH: the prefix stands before the script of the coin itself."""
    single = Single(kind="pkh")
    spot = single.spot(0, 0)
    coins = [
        Coin(funding("one", [(1_000, t.fungible(9) + spot.script)]), 0, 1_000, spot),
        Coin(funding("two", [(90_000, spot.script)]), 0, 90_000, spot),
    ]
    pays = [Pay(1_000, t.fungible(9) + t.STRANGER), back(single, 80_000, 1, 0)]
    account = CASH.enrol(single.descriptor, "alone")
    draft = CASH.read(t.said(book(coins, pays)).to_bytes(), ()).knowing(KNOWN)
    key = single.cosigner
    tasks = draft.tasks(account, frozenset({key.fingerprint}))
    made = [Signature(x.index, x.public_key, key.sign(x.origin.path, x.message)) for x in tasks]
    final = draft.attach(made).finish(account)
    paid = Paid(final, ((1_000, t.fungible(9) + spot.script), (90_000, spot.script)))
    bent = Paid(final, ((1_000, t.fungible(10) + spot.script), (90_000, spot.script)))
    assert verdicts([paid, bent]) == [True, False]
    assert (paid.fails, bent.fails) == (False, True)
