"""The rules about the device itself: each stops what it should, and lets pass what it should."""

import pytest

from signer.core.cosignature import Witness
from signer.core.errors import Malformed
from signer.core.finding import Code, Finding, Severity
from signer.core.officer import Factor, Holding, Officer, read_holdings
from signer.core.policy import ANY_ACCOUNT, Clause, Constraint, Policy, judge, judge_all
from signer.core.rules import Context, Rule
from signer.core.slot import Slot
from signer.core.spend import Report, Spend
from signer.core.standing import (
    Attended,
    Drilled,
    Exported,
    Factors,
    Forbidden,
    Places,
    Witnessed,
    factor_findings,
    place_findings,
)
from signer.core.upkeep import Upkeep

NOW = 1_790_000_000
NOTHING = Upkeep()
MAIN, SPARE = (
    Slot("main", b"main", ("aiko", "ben", "chie"), 2),
    Slot("spare", b"more", ("aiko", "ben", "chie"), 2),
)
W1, W2 = Witness("w1", bytes(32)), Witness("w2", b"\1" * 32)


def codes(rule: Constraint, upkeep: Upkeep = NOTHING, keys=(MAIN,), findings=()) -> list[Code]:
    report = Report(bytes(32), b"a" * 32, Spend("regtest", (), (), None, None), findings, (), 2)
    policy = Policy(1, (Clause(ANY_ACCOUNT, (rule,), ()),))
    judged = judge(policy, report, "chain", Context(NOW, created=NOW, upkeep=upkeep, keys=keys))
    assert judged.allowed is not bool(judged.findings)
    assert (rule.name in judged.rules) is bool(judged.findings)
    return [finding.code for finding in judged.findings]


@pytest.mark.parametrize(
    ("size", "at", "fine"),
    [(100, NOW, True), (90, NOW, True), (89, NOW, False), (100, NOW - 3600, True), (100, NOW - 3601, False)],
)
def test_a_witness_must_have_seen_the_journal_lately(size: int, at: int, fine: bool) -> None:
    upkeep = Upkeep(records=100, witnesses=(W1,), cosigned={"w1": (size, at)})
    assert codes(Witnessed(1, 10, 3600), upkeep) == ([] if fine else [Code.WITNESS_STALE])


def test_so_many_witnesses_and_only_those_enrolled() -> None:
    seen = {"w1": (100, NOW), "stranger": (100, NOW)}
    one = Upkeep(records=100, witnesses=(W1, W2), cosigned=seen)
    assert codes(Witnessed(1, 0, 1), one) == []
    assert codes(Witnessed(2, 0, 1), one) == [Code.WITNESS_STALE]
    assert codes(Witnessed(1, 0, 1)) == [Code.WITNESS_STALE]


def test_too_many_records_on_this_device_alone() -> None:
    assert codes(Exported(5), Upkeep(records=15, exported=10)) == []
    assert codes(Exported(5), Upkeep(records=16, exported=10)) == [Code.EXPORT_OVERDUE]


def test_an_overdue_drill_stops_and_one_of_another_key_does_not_help() -> None:
    rule = Drilled(100)
    assert codes(rule, Upkeep(drills={b"main": NOW - 100})) == []
    assert codes(rule, Upkeep(drills={b"main": NOW - 101})) == [Code.DRILL_OVERDUE]
    assert codes(rule, Upkeep(drills={b"more": NOW})) == [Code.DRILL_NEVER]
    both = Upkeep(drills={b"main": NOW, b"more": NOW - 101})
    assert codes(rule, both, (MAIN, SPARE)) == [Code.DRILL_OVERDUE]
    assert codes(rule, keys=()) == []


def test_a_warning_that_the_policy_forbids() -> None:
    warned = (Finding.of(Code.ACCOUNT_ONE_KEY, threshold=1, keys=3),)
    assert codes(Forbidden(Code.ACCOUNT_ONE_KEY), findings=warned) == [Code.FINDING_FORBIDDEN]
    assert codes(Forbidden(Code.ACCOUNT_UNREGISTERED), findings=warned) == []


def officer(name: str, site: str, organisation: str = "kinko") -> Officer:
    return Officer(name, site=site, organisation=organisation)


def test_officers_of_one_site_are_flagged_and_stopped_where_the_policy_asks_for_more() -> None:
    near, far = officer("aiko", "tokyo"), officer("ben", "osaka", "auditor")
    same = officer("chie", "tokyo")
    one = [finding.code for finding in place_findings((near, same), 0, 0)]
    assert one == [Code.QUORUM_ONE_SITE, Code.QUORUM_ONE_ORGANISATION]
    assert place_findings((near, far), 2, 2) == ()
    stopped = [finding.code for finding in place_findings((near, same), 2, 2)]
    assert {Code.QUORUM_SITES, Code.QUORUM_ORGANISATIONS} < set(stopped)
    nowhere = (Officer("dai"), Officer("emi"))
    assert place_findings(nowhere, 0, 0) == ()
    assert [finding.code for finding in place_findings((near, nowhere[0]), 2, 0)] == [Code.QUORUM_SITES]


def test_kinds_of_factor_are_asked_of_each_officer() -> None:
    knows, holds = Officer("aiko"), Officer("ben", holds=(Holding(Factor.FIDO2),))
    assert factor_findings((knows, holds), "ben", 2) == ()
    assert factor_findings((knows, holds), "aiko", 1) == ()
    (found,) = factor_findings((knows, holds), "aiko", 2)
    assert (found.code, found.severity) == (Code.FACTORS_FEW, Severity.STOP)
    report = Report(bytes(32), b"a" * 32, Spend("regtest", (), (), None, None), (), (), 2)
    policies = [Policy(1, (Clause(ANY_ACCOUNT, rules, ()),)) for rules in ((Factors(1), Factors(2)), ())]
    assert judge_all(policies, report, "chain", Context(NOW, created=NOW)).kinds == 2
    assert judge_all(policies[1:], report, "chain", Context(NOW, created=NOW)).kinds == 1


@pytest.mark.parametrize("other", ["Tokyo", "t0kyo", "\uff54\uff4f\uff4b\uff59\uff4f", "tok yo"])
def test_one_place_written_in_two_ways_is_one(other: str) -> None:
    both = officer("aiko", "tokyo"), officer("ben", other, "KINKO")
    found = [finding.code for finding in place_findings(both, 2, 2)]
    assert Code.QUORUM_SITES in found
    assert Code.QUORUM_ORGANISATIONS in found


def test_the_most_demanding_policy_in_force_says_how_many_places() -> None:
    report = Report(bytes(32), b"a" * 32, Spend("regtest", (), (), None, None), (), (), 2)
    policies = [
        Policy(1, (Clause(ANY_ACCOUNT, (Places(2, 1), Places(1, 2)), ()),)),
        Policy(2, (Clause(ANY_ACCOUNT, (Places(3, 0),), ()),)),
    ]
    judged = judge_all(policies, report, "chain", Context(NOW, created=NOW))
    assert (judged.sites, judged.organisations) == (3, 2)
    assert Rule.PLACES not in judged.rules


def test_an_officer_can_hold_two_kinds_of_token() -> None:
    fido, card = Holding(Factor.FIDO2), Holding(Factor.CARD, "a,b")
    assert read_holdings("fido2") == (fido,)
    assert read_holdings("card:a,b") == (card,)
    assert read_holdings("fido2,card:a,b") == (fido, card)
    assert Officer("aiko", holds=(fido, card)).kinds == 3
    for bad in ("", "fido2,fido2", "fido2,", "fido2,card:", "card:", "key", "fido2,card:a\n"):
        with pytest.raises(Malformed):
            read_holdings(bad)


def test_a_clock_that_ran_on_without_officers_stops_the_device() -> None:
    def codes(last: int, now: int) -> list[Code]:
        context = Context(now, created=now, upkeep=Upkeep(attended=last))
        report = Report(bytes(32), b"a" * 32, Spend("regtest", (), (), None, None), (), (), 2)
        policy = Policy(1, (Clause(ANY_ACCOUNT, (Attended(86_400),), ()),))
        return [finding.code for finding in judge_all([policy], report, "chain", context).findings]

    assert codes(NOW, NOW + 86_400) == []
    assert codes(NOW, NOW + 86_401) == [Code.CLOCK_UNATTENDED]
    assert codes(0, NOW) == [Code.CLOCK_UNATTENDED]
