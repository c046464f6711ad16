"""The coins of Bitcoin's family against implementations of others: Core's engine, libauth, dashcore-lib, bitcoinlib.

What inspection lets pass is signed by m of n, finished, and judged by the coin's own verifier; bent afterwards in one
place, it must be refused there. The digests are compared with python-bitcoinlib's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

import pytest
from bitcoin.core import CTransaction
from bitcoin.core.script import SIGVERSION_BASE, SIGVERSION_WITNESS_V0, CScript, SignatureHash

from online_builder.plan.judge import Spent, failures
from signer.chains.registry import find_chain
from signer.chains.utxo.coin import Params
from signer.chains.utxo.script import p2sh
from signer.core.task import Signature
from tests.oracles.node.ask import DASHCORE, LIBAUTH, ask
from tests.vectors.workshop import Book, Coin, Cosigner, Group, Pay, back, book, coin, le, p2wpkh

pytestmark = pytest.mark.slow

ROUNDS = 15
GROUPS = ((1, 1), (1, 2), (2, 2), (2, 3), (3, 5), (8, 15))


@dataclass(frozen=True)
class Paid:
    """A finished payment, and what it spends."""

    raw: bytes
    coins: tuple[Coin, ...]

    @property
    def spent(self) -> list[tuple[int, bytes]]:
        return [(c.units, c.spot.script) for c in self.coins]


def draw(dice: random.Random, group: Group, *, fork: bool) -> tuple[Book, tuple[Coin, ...]]:
    """A payment of one to four coins to up to three strangers, with change."""
    count = dice.randint(1, 4)
    coins = tuple(coin(group, f"{dice.random()}", dice.randint(10**5, 10**9), 0, n) for n in range(count))
    rest = sum(c.units for c in coins) - 20_000
    pays = []
    for number in range(dice.randint(0, 3)):
        units = dice.randint(1_000, rest // 4)
        pays.append(Pay(units, p2sh(bytes([number]))))
        rest -= units
    pays.append(back(group, rest, 1, dice.randint(0, 30)))
    made = book(coins, pays, version=dice.choice([1, 2]), locktime=dice.choice([0, 800_000]))
    for pairs in made.ins if fork else ():
        pairs[b"\x03"] = le(0x41)
    return made, coins


def paid(name: str, group: Group, dice: random.Random) -> Paid:
    """Signed by as many cosigners as it takes, each on its own; every digest held against bitcoinlib's."""
    chain = find_chain(name, "regtest")
    assert isinstance(chain.params, Params)
    fork = name == "bitcoincash"
    account = chain.enrol(group.descriptor, "treasury")
    made, coins = draw(dice, group, fork=fork)
    theirs = CTransaction.deserialize(made.top[b"\x00"])
    draft = chain.read(made.to_bytes(), ())
    for cosigner in dice.sample(list(group.cosigners), group.threshold):
        alone = chain.read(made.to_bytes(), ())
        report = alone.inspect(account)
        assert report.signable, report.findings
        answers = []
        for task in alone.tasks(account, frozenset({cosigner.fingerprint})):
            spot, units = coins[task.index].spot, coins[task.index].units
            code = spot.redeem if group.kind == "sh" else spot.witness
            version = SIGVERSION_WITNESS_V0 if fork or group.kind != "sh" else SIGVERSION_BASE
            kind = 0x41 if fork else 0x01
            assert SignatureHash(CScript(code), theirs, task.index, kind, units, version) == task.message
            answers.append(
                Signature(task.index, task.public_key, cosigner.sign(task.origin.path, task.message))
            )
        draft = draft.attach(answers)  # type: ignore[assignment]
    return Paid(draft.finish(account), coins)


@cache
def payments(name: str, *kinds: str) -> list[Paid]:
    dice = random.Random(name)
    made = []
    for _ in range(ROUNDS):
        threshold, count = dice.choice(GROUPS)
        kind = dice.choice(kinds)
        group = Group(tuple(Cosigner(60 + n) for n in range(count)), threshold, kind)
        made.append(paid(name, group, dice))
    return made


def bend(raw: bytes, dice: random.Random) -> bytes:
    """One bit of the last output's amount, or of an input's outpoint: what every signature covers."""
    at = dice.choice([5 + dice.randrange(36), len(raw) - 4 - 32])
    return raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :]


def test_libauth_accepts_what_was_signed_on_bitcoin_cash_and_nothing_bent() -> None:
    good, dice = payments("bitcoincash", "sh"), random.Random(1)
    cases = [(p.raw, p.spent) for p in good]
    cases += [(bend(p.raw, dice), p.spent) for p in good]
    cases += [(p.raw, [(units + 1, script) for units, script in p.spent]) for p in good]
    verdicts = ask(LIBAUTH, cases).transactions
    assert verdicts[:ROUNDS] == [True] * ROUNDS
    assert all(verdict is not True for verdict in verdicts[ROUNDS:])


def test_core_judges_bitcoin_cash_as_libauth_does() -> None:
    """The builder's judge gives Core's engine the same signatures as a witness: both must agree, right and wrong."""
    chain = find_chain("bitcoincash", "regtest")
    assert isinstance(chain.params, Params)
    good, dice = payments("bitcoincash", "sh"), random.Random(2)
    cases = [(p.raw, p.spent) for p in good] + [(bend(p.raw, dice), p.spent) for p in good]
    for (raw, spent), verdict in zip(cases, ask(LIBAUTH, cases).transactions, strict=True):
        assert (failures(raw, [Spent(*s) for s in spent], chain.params.digest) == ()) is (verdict is True)


def test_what_was_signed_for_bitcoin_cash_is_nothing_on_bitcoin_and_the_other_way_round() -> None:
    ours, theirs = payments("bitcoincash", "sh"), payments("bitcoin", "sh")
    for p in ours:
        assert failures(p.raw, [Spent(*s) for s in p.spent])
    for p in theirs:
        assert not failures(p.raw, [Spent(*s) for s in p.spent])
    verdicts = ask(LIBAUTH, [(p.raw, p.spent) for p in theirs]).transactions
    assert all(verdict is not True for verdict in verdicts)


def test_dashcore_and_core_accept_what_was_signed_on_dash_and_nothing_bent() -> None:
    good, dice = payments("dash", "sh"), random.Random(3)
    cases = [(p.raw, p.spent) for p in good] + [(bend(p.raw, dice), p.spent) for p in good]
    verdicts = ask(DASHCORE, cases).transactions
    assert verdicts[:ROUNDS] == [True] * ROUNDS
    assert all(verdict is not True for verdict in verdicts[ROUNDS:])
    for (raw, spent), verdict in zip(cases, verdicts, strict=True):
        assert (failures(raw, [Spent(*s) for s in spent]) == ()) is (verdict is True)


@pytest.mark.parametrize("name", ["monacoin", "litecoin"])
def test_core_accepts_what_was_signed_on_a_coin_with_its_rules_and_nothing_bent(name: str) -> None:
    dice = random.Random(4)
    for p in payments(name, "wsh", "sh-wsh", "sh"):
        spent = [Spent(*s) for s in p.spent]
        assert not failures(p.raw, spent)
        assert failures(p.raw, [Spent(s.units, p2wpkh("other")) for s in spent])
        if not p.raw[4]:  # a witness: its digest covers the amount
            assert failures(p.raw, [Spent(s.units + 1, s.script) for s in spent])
        else:
            assert failures(bend(p.raw, dice), spent)


def test_addresses_are_those_of_libauth_and_dashcore() -> None:
    dice = random.Random(5)
    for coin_name in ("bitcoincash", "dash"):
        for network in ("mainnet", "testnet", "regtest"):
            chain = find_chain(coin_name, network)
            scripts = [p2sh(dice.randbytes(9)) for _ in range(20)]
            scripts += [b"\x76\xa9\x14" + dice.randbytes(20) + b"\x88\xac" for _ in range(20)]
            assert chain.spell is not None
            texts = [str(chain.spell(script)) for script in scripts]
            if coin_name == "bitcoincash":
                answer = ask(LIBAUTH, addresses=texts)
            else:
                answer = ask(DASHCORE, addresses=[{"text": text, "network": network} for text in texts])
            assert answer.addresses == [script.hex() for script in scripts]
