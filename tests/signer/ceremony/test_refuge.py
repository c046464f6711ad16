"""Where an account's coins may always go: to whom the quorum named, long enough ago, and to nobody besides."""

from __future__ import annotations

import pytest

from signer.ceremony.refuge import refuge
from signer.chains.registry import find_chain
from signer.core.policy import BUILT_IN, Policy
from signer.core.spend import Report
from signer.core.upkeep import Upkeep
from tests.signer.tui.ports_simulator import ListAccounts
from tests.vectors.workshop import Cosigner, Group, Pay, back, book, coin, p2wpkh

NOW, DAY = 1_800_000_000, 86_400
CHAIN = find_chain("bitcoin", "regtest")
GROUP, OTHER, THIRD = (
    Group(),
    Group(cosigners=tuple(map(Cosigner, (4, 5, 6)))),
    Group(cosigners=tuple(map(Cosigner, (7, 8, 9)))),
)
TREASURY, SPARE, STRANGE = (
    CHAIN.enrol(group.descriptor, name)
    for group, name in ((GROUP, "treasury"), (OTHER, "spare"), (THIRD, "strange"))
)
POLICY = Policy(1, BUILT_IN.clauses, delay=DAY)


def report(*scripts: bytes, change: bool = False) -> Report:
    pays = [Pay(4_000_000, script) for script in scripts]
    if change:
        pays.append(back(GROUP, 1_000_000, 1, 0))
    return CHAIN.read(book([coin(GROUP, "c0", 20_000_000, 0, 0)], pays).to_bytes(), ()).inspect(TREASURY)


def found(report: Report, upkeep: Upkeep, now: int = NOW) -> str:
    accounts = ListAccounts([TREASURY, SPARE, STRANGE])
    safe = refuge(accounts, CHAIN, TREASURY, upkeep, (BUILT_IN, POLICY), report, now)
    return safe[0].name if safe else ""


def named(since: int = NOW - DAY, *, successor: bool = False) -> Upkeep:
    pair = {TREASURY.id: SPARE.id}
    since_when = {(TREASURY.id, SPARE.id): since}
    return Upkeep(successors=pair, named=since_when) if successor else Upkeep(spares=pair, named=since_when)


@pytest.mark.parametrize("successor", [False, True])
def test_everything_to_whom_the_quorum_named(successor: bool) -> None:
    upkeep = named(successor=successor)
    for index in (0, 49, 700):  # each sweep takes a fresh address
        assert found(report(OTHER.spot(0, index).script), upkeep) == "spare"
    assert found(report(OTHER.spot(0, 1).script, OTHER.spot(0, 2).script, change=True), upkeep) == "spare"


def test_and_to_nobody_else() -> None:
    upkeep = named()
    spare, thief = OTHER.spot(0, 0).script, p2wpkh("thief")
    for scripts in ((thief,), (spare, thief), (THIRD.spot(0, 0).script,), (OTHER.spot(0, 1000).script,), ()):
        assert found(report(*scripts, change=not scripts), upkeep) == ""
    assert found(report(spare), Upkeep()) == ""
    assert found(report(spare), Upkeep(spares={TREASURY.id: STRANGE.id})) == ""


def test_not_before_a_change_of_the_policy_would_hold() -> None:
    payment = report(OTHER.spot(0, 0).script)
    assert found(payment, named(NOW - DAY + 1)) == ""
    assert found(payment, named(NOW - DAY)) == "spare"
