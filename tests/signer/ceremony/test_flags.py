"""What is said at a signature of the device, its keys and its officers; and what a policy makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from signer.ceremony.signing import Approved, Bench, Review, Scanning
from signer.core.errors import Refused
from signer.core.event import EventKind
from signer.core.finding import Code
from signer.core.officer import Officer
from signer.core.policy import ANY_ACCOUNT, BUILT_IN, Clause, Constraint, Policy
from signer.core.rules import PerTransaction
from signer.core.slot import Slot
from signer.core.standing import Drilled, Exported, Forbidden, Places, Witnessed
from signer.core.upkeep import Upkeep
from signer.wire.values import Kind, Payload
from tests.signer.tui.ports_simulator import (
    BUILDER,
    CHAIN,
    GROUP,
    NOW,
    PASSPHRASES,
    FixedPolicies,
    MemoryVault,
    World,
    payment,
    question,
    request,
)
from tests.vectors.workshop import Cosigner, Group, Pay, book, coin

TREASURY = CHAIN.enrol(GROUP.descriptor, "treasury")
SITES = {"aiko": "tokyo", "ben": "tokyo", "chie": "osaka"}


@dataclass
class SpreadVault(MemoryVault):
    """Officers with sites."""

    def officers(self) -> tuple[Officer, ...]:
        return tuple(Officer(name, site=SITES[name], organisation="kinko") for name in self.passphrases)


@dataclass
class Kept(FixedPolicies):
    """A policy, and what the journal says of the device."""

    kept: Upkeep = Upkeep(registered=frozenset({TREASURY.id}))  # noqa: RUF009

    def upkeep(self) -> Upkeep:
        return self.kept


def bench(
    world: World, *rules: Constraint, upkeep: Upkeep | None = None, slots: Sequence[Slot] | None = None
) -> Bench:
    policy = Policy(1, (*BUILT_IN.clauses, Clause(ANY_ACCOUNT, rules, ())))
    policies = Kept(policy, upkeep) if upkeep is not None else Kept(policy)
    keys = world.vault.slots() if slots is None else slots
    desk = replace(world.bench.desk, policies=policies, slots=lambda: keys)
    return replace(world.bench, desk=desk)


def review(given: Bench) -> Review:
    read = question()
    return Scanning(given).receive(read.payload, read.dialect)


def approved(stage: Review | Approved, *officers: str) -> Approved:
    for officer in officers:
        stage = stage.approve(officer, bytearray(PASSPHRASES[officer].encode()))
    assert isinstance(stage, Approved)
    return stage


def codes(stage: Review) -> set[Code]:
    return {finding.code for finding in stage.findings}


def test_a_quorum_of_one_site_is_flagged_and_journaled() -> None:
    world = World(vault=SpreadVault())
    same = approved(review(bench(world)), "aiko", "ben")
    assert [finding.code for finding in same.flags] == [Code.QUORUM_ONE_SITE, Code.QUORUM_ONE_ORGANISATION]
    same.sign()
    (signing,) = [event for event in world.journal.events if event.kind is EventKind.SIGNING]
    assert dict(signing.details)["findings"] == "quorum-one-site,quorum-one-organisation"
    spread = approved(review(bench(world)), "aiko", "chie")
    assert [finding.code for finding in spread.flags] == [Code.QUORUM_ONE_ORGANISATION]


def test_a_policy_stops_a_quorum_of_one_site_until_somebody_of_another_one_approves() -> None:
    world = World(vault=SpreadVault())
    given = bench(world, Places(2, 1))
    with pytest.raises(Refused) as caught:
        approved(review(given), "aiko", "ben").sign()
    assert [finding.code for finding in caught.value.findings] == [Code.QUORUM_SITES]
    assert world.journal.kinds[-1] == "refused"
    assert not [event for event in world.journal.events if event.kind is EventKind.SIGNING]
    assert approved(review(given), "aiko", "ben", "chie").sign().signatures == 3


@pytest.mark.parametrize(
    ("rule", "upkeep", "code"),
    [
        (Drilled(100), Upkeep(drills={GROUP.cosigners[0].fingerprint: NOW - 101}), Code.DRILL_OVERDUE),
        (Drilled(100), Upkeep(), Code.DRILL_NEVER),
        (Drilled(100), Upkeep(drills={GROUP.cosigners[0].fingerprint: NOW - 100}), None),
        (Exported(10), Upkeep(records=11), Code.EXPORT_OVERDUE),
        (Exported(10), Upkeep(records=11, exported=1), None),
        (Witnessed(1, 10, 100), Upkeep(records=5), Code.WITNESS_STALE),
        (Forbidden(Code.ACCOUNT_UNREGISTERED), Upkeep(), Code.FINDING_FORBIDDEN),
        (
            Forbidden(Code.ACCOUNT_UNREGISTERED),
            Upkeep(registered=frozenset({TREASURY.id})),
            None,
        ),
    ],
)
def test_a_device_that_is_not_kept_well_signs_nothing(
    rule: Constraint, upkeep: Upkeep, code: Code | None
) -> None:
    stage = review(bench(World(), rule, upkeep=upkeep))
    assert stage.examined.verdict.allowed is (code is None)
    if code is not None:
        assert code in codes(stage)
        with pytest.raises(Refused):
            stage.approve("aiko", bytearray(PASSPHRASES["aiko"].encode()))


def test_what_is_wrong_with_keys_and_account_is_warned_of() -> None:
    world = World()
    (slot,) = world.vault.slots()
    assert not codes(review(bench(world))) & {Code.KEY_NO_QUORUM, Code.KEYS_TOGETHER}
    lone = replace(slot, threshold=1)
    second = Slot("treasury-b", GROUP.cosigners[1].fingerprint, slot.officers, 3)
    warned = codes(review(bench(world, slots=(lone, second), upkeep=Upkeep())))
    assert warned >= {Code.KEY_NO_QUORUM, Code.KEYS_TOGETHER, Code.ACCOUNT_UNREGISTERED}
    assert Code.ACCOUNT_ONE_KEY not in warned
    single = CHAIN.enrol(replace(GROUP, threshold=1).descriptor, "treasury")
    world.accounts.accounts[:] = [single]
    assert Code.ACCOUNT_ONE_KEY in codes(review(bench(world)))


def test_a_builder_that_nobody_agreed_to_is_warned_of_and_may_be_refused() -> None:
    asked = Payload(Kind.REQUEST, request(payment()))

    def found(
        registered: frozenset[bytes], *rules: Constraint, held: Sequence[Slot] | None = None
    ) -> set[Code]:
        given = bench(World(), *rules, upkeep=Upkeep(registered=registered), slots=held)
        return codes(Scanning(given).receive(asked, question().dialect))

    assert Code.BUILDER_UNREGISTERED not in found(frozenset({TREASURY.id, BUILDER}))
    assert Code.BUILDER_UNREGISTERED in found(frozenset({TREASURY.id}))
    assert Code.BUILDER_UNREGISTERED not in found(frozenset({TREASURY.id}), held=())  # for review only
    strict = found(frozenset({TREASURY.id}), Forbidden(Code.BUILDER_UNREGISTERED))
    assert Code.FINDING_FORBIDDEN in strict


def test_an_account_that_was_given_up_pays_to_its_successor_alone() -> None:
    world = World()
    upkeep = Upkeep(registered=frozenset({TREASURY.id}), successors={TREASURY.id: bytes(32)})
    stage = review(bench(world, upkeep=upkeep))
    assert Code.ACCOUNT_RETIRED in codes(stage)
    assert not stage.examined.verdict.allowed


def test_and_also_if_it_was_given_up_after_it_was_reviewed() -> None:
    given = bench(World())
    policies = given.desk.policies
    assert isinstance(policies, Kept)
    stage = approved(review(given), "aiko", "ben")
    policies.kept = replace(policies.kept, successors={TREASURY.id: bytes(32)})
    with pytest.raises(Refused) as caught:
        stage.sign()
    assert {finding.code for finding in caught.value.findings} == {Code.ACCOUNT_RETIRED}


def test_what_goes_to_a_refuge_is_asked_anew_if_the_quorum_named_another_one_after_the_review() -> None:
    world, other = World(), Group(cosigners=tuple(map(Cosigner, (4, 5, 6))))
    spare = CHAIN.enrol(other.descriptor, "spare")
    world.accounts.accounts.append(spare)
    named = Upkeep(
        registered=frozenset({TREASURY.id}),
        spares={TREASURY.id: spare.id},
        named={(TREASURY.id, spare.id): 1},
    )
    given = bench(world, PerTransaction(1), upkeep=named)
    sweep = book([coin(GROUP, "c0", 20_000_000, 0, 0)], [Pay(19_980_000, other.spot(0, 0).script)])
    read = question(sweep.to_bytes())
    policies = given.desk.policies
    assert isinstance(policies, Kept)
    for later, stopped in ((named, False), (replace(named, spares={TREASURY.id: bytes(32)}), True)):
        policies.kept = named
        stage = approved(Scanning(given).receive(read.payload, read.dialect), "aiko", "ben")
        policies.kept = later
        if not stopped:
            stage.sign()
            continue
        with pytest.raises(Refused) as caught:
            stage.sign()
        assert {finding.code for finding in caught.value.findings} == {Code.APPROVAL_STALE}
