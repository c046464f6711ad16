"""What happens between a review and its signature, and whose word makes an account one of ours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from signer.ceremony.enrol import enrol_account
from signer.ceremony.signing import Approved, Scanning, Signed
from signer.core.account import Account
from signer.core.errors import Lock, Refused, VaultError
from signer.core.finding import Code
from signer.core.policy import Clause, Constraint, Policy, Tier
from signer.core.rules import Destinations, Hours, Scope, SignedRequests, Window
from signer.core.upkeep import Upkeep
from signer.wire.values import Dialect, Format, Kind, Payload
from tests.signer.tui.ports_simulator import (
    CHAIN,
    GROUP,
    NOW,
    PASSPHRASES,
    FixedPolicies,
    World,
    payment,
    request,
)
from tests.vectors.workshop import Cosigner, Group, Pay, back, book, coin

DIALECT = Dialect(Format.STATIC)
OTHER = Group((Cosigner(21), Cosigner(22), Cosigner(23)))


@dataclass
class Clock:
    time: int = NOW

    def now(self) -> int:
        return self.time


@dataclass
class Remembering(FixedPolicies):
    """A policy whose journal a test writes."""

    signed: list[tuple[int, int]] = field(default_factory=list)
    registered: frozenset[bytes] = frozenset()
    number: int = 0

    def spent(self, account_id: bytes) -> list[tuple[int, int]]:
        return self.signed

    def last_sequence(self, builder: bytes) -> int:
        return self.number

    def upkeep(self) -> Upkeep:
        return Upkeep(registered=self.registered)


@dataclass
class Place:
    """A device whose clock and journal a test moves."""

    policies: Remembering
    clock: Clock = field(default_factory=Clock)
    world: World = field(default_factory=World)

    def approved(self, payload: bytes, kind: Kind = Kind.PSBT) -> Approved:
        self.world.policies = self.policies
        bench = self.world.bench
        bench = replace(bench, desk=replace(bench.desk, clock=self.clock))
        stage = Scanning(bench).receive(Payload(kind, payload), DIALECT)
        for officer in ("aiko", "ben"):
            stage = stage.approve(officer, bytearray(PASSPHRASES[officer].encode()))
        assert isinstance(stage, Approved)
        return stage


def place(*rules: Constraint) -> Place:
    return Place(Remembering(Policy(1, (Clause("*", rules, (Tier(0, 2),)),))))


def refused(stage: Approved) -> list[Code]:
    with pytest.raises(Refused) as caught:
        stage.sign()
    return [finding.code for finding in caught.value.findings]


def test_what_was_signed_elsewhere_meanwhile_counts_against_the_limit() -> None:
    here = place(Window(86_400, 40_000_000, 2))
    stage = here.approved(payment())
    here.policies.signed.append((NOW, 30_000_000))
    assert refused(stage) == [Code.LIMIT_WINDOW]
    assert here.world.journal.kinds[-1] == "refused"
    assert dict(here.world.journal.events[-1].details)["findings"] == "limit-window"
    assert all(session.closed for session in here.world.vault.sessions)


def test_an_approval_does_not_reach_past_closing_time() -> None:
    minute = NOW // 60 % 1440
    here = place(Hours(frozenset(range(7)), minute, minute + 10, 0))
    stage = here.approved(payment())
    here.clock.time += 3600
    assert refused(stage) == [Code.OUT_OF_HOURS]


@pytest.mark.parametrize(
    ("later", "number", "codes"),
    [
        (0, 0, []),
        (0, 7, [Code.REQUEST_REPLAYED]),
        (1000, 0, [Code.REQUEST_STALE]),
        (3600, 0, [Code.REQUEST_EXPIRED, Code.REQUEST_STALE]),
    ],
)
def test_a_request_that_was_signed_or_grew_old_meanwhile(later: int, number: int, codes: list[Code]) -> None:
    here = place(SignedRequests(900))
    stage = here.approved(request(payment()), Kind.REQUEST)
    here.clock.time += later
    here.policies.number = number
    if codes:
        assert refused(stage) == codes
    else:
        assert isinstance(stage.sign(), Signed)


def to_the_other() -> bytes:
    script = CHAIN.lock(CHAIN.address(other_account(), 0, 3))
    return book(
        [coin(GROUP, "c", 60_000_000, 0, 0)], [Pay(50_000_000, script), back(GROUP, 9_990_000, 1, 4)]
    ).to_bytes()


def other_account() -> Account:
    return CHAIN.enrol(OTHER.descriptor, "other")


@pytest.mark.parametrize("agreed", [True, False])
def test_money_goes_to_accounts_of_our_own_only_if_a_quorum_agreed_to_them(agreed: bool) -> None:
    here = place(Destinations(Scope.OWN))
    here.world.accounts.accounts.append(other_account())
    here.policies.registered = frozenset({other_account().id} if agreed else set())
    here.world.policies = here.policies
    review = Scanning(here.world.bench).receive(Payload(Kind.PSBT, to_the_other()), DIALECT)
    codes = {finding.code for finding in review.findings}
    assert (Code.DESTINATION_UNLISTED in codes) is not agreed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sortedmulti", "multi"),
        ("<0;1>", "<1;0>"),
        ("<0;1>", "<7;1>"),
        (GROUP.cosigners[2].fingerprint.hex(), "deadbeef"),
    ],
)
def test_the_same_coins_are_not_enrolled_under_a_second_name(old: str, new: str) -> None:
    """Limits and successions are kept by account; an account's id is of its words, and more words than one fit."""
    world = World()
    twin = GROUP.descriptor.replace(old, new)
    assert CHAIN.enrol(twin, "twin").id != CHAIN.enrol(GROUP.descriptor, "treasury").id
    with pytest.raises(VaultError) as caught:
        enrol_account(world.bench, CHAIN, twin, "twin")
    assert caught.value.code is Lock.EXISTS
    assert enrol_account(world.bench, CHAIN, OTHER.descriptor, "other") == other_account()
