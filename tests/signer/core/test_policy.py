"""The policy: every rule on its own, default deny, and that a longer policy never allows more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.amount import Amount, Asset
from signer.core.finding import Code, Finding
from signer.core.policy import ANY_ACCOUNT, BUILT_IN, Clause, Policy, Tier, judge, judge_all
from signer.core.rules import (
    Context,
    Destinations,
    Entry,
    FeeCeiling,
    FreshCheckpoint,
    Hours,
    PerTransaction,
    Rule,
    Scope,
    ScriptTypes,
    SignedRequests,
    Window,
    part_of,
)
from signer.core.spend import AccountScript, PayeeScript, Payment, Report, Role, Source, Spend
from signer.core.words import finding_sentence

BTC = Asset("BTC", 8)
CHAIN = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
NOW = 1_790_000_000  # Monday 21 September 2026, 14:13:20 UTC


def report(paid=100_000, fee=500, address="bcrt1payee", findings=(), rate=10_000):
    change = Payment(1, Role.CHANGE, Amount(5_000, BTC), "bcrt1change", (1, 0))
    spend = Spend(
        "regtest",
        (Source(0, "00:0", Amount(paid + fee + 5_000, BTC)),),
        (Payment(0, Role.PAYEE, Amount(paid, BTC), address), change),
        Amount(fee, BTC),
        rate,
    )
    return Report(bytes(32), b"a" * 32, spend, findings, (), 2)


def verdict(*rules, tiers=(), said=None, context=None, applies_to=ANY_ACCOUNT):
    policy = Policy(1, (Clause(applies_to, rules, tiers),))
    return judge(policy, said or report(), CHAIN, context or Context(NOW, created=NOW))


def codes(judged):
    return [finding.code for finding in judged.findings]


def test_no_clause_means_no():
    judged = verdict(applies_to="bip122:another")
    assert not judged.allowed
    assert judged.rules == (Rule.NO_CLAUSE,)


@pytest.mark.parametrize("applies_to", [ANY_ACCOUNT, CHAIN, (b"a" * 32).hex()])
def test_a_clause_covers_an_account_a_chain_or_all(applies_to):
    assert verdict(applies_to=applies_to).allowed


def test_the_built_in_policy_marks_an_unsigned_request_and_lets_it_pass():
    judged = judge(BUILT_IN, report(), CHAIN, Context(NOW))
    assert judged.allowed
    assert codes(judged) == [Code.REQUEST_UNSIGNED]


def test_a_stop_of_the_report_decides():
    judged = verdict(said=report(findings=(Finding.of(Code.SIGHASH, input=0, sighash=2),)))
    assert not judged.allowed
    assert judged.rules == (Rule.FINDINGS,)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (report(fee=1000), []),
        (report(fee=1001), [Code.FEE_ABSOLUTE]),
        (report(paid=9_990, fee=1000), [Code.FEE_PERCENT]),
        (report(rate=50_001), [Code.FEE_RATE]),
    ],
)
def test_fee_ceilings(said, expected):
    assert codes(verdict(FeeCeiling(1000, 1_001, 50_000), said=said)) == expected


def test_only_the_address_book_after_its_cool_down():
    book = (Entry("bcrt1payee", "Exchange", NOW - 3600),)
    assert codes(verdict(Destinations(Scope.OWN, book))) == [Code.DESTINATION_UNLISTED]
    assert codes(verdict(Destinations(Scope.BOOK, ()))) == [Code.DESTINATION_UNLISTED]
    assert codes(verdict(Destinations(Scope.BOOK, book, 3601))) == [Code.DESTINATION_COOLING]
    assert verdict(Destinations(Scope.BOOK, book, 3600)).allowed
    assert verdict(
        Destinations(Scope.OWN), context=Context(NOW, created=NOW, own=frozenset({"bcrt1payee"}))
    ).allowed


def test_the_most_that_one_transaction_moves():
    assert verdict(PerTransaction(100_000)).allowed
    assert codes(verdict(PerTransaction(99_999))) == [Code.LIMIT_TRANSACTION]


def test_a_rolling_window_counts_amounts_and_times():
    spent = ((NOW - 3600, 50_000), (NOW - 3599, 60_000))
    context = Context(NOW, spent, created=NOW)
    assert verdict(Window(3600, 160_000, 2), context=context).allowed
    assert codes(verdict(Window(3600, 159_999, 2), context=context)) == [Code.LIMIT_WINDOW]
    assert codes(verdict(Window(3600, 160_000, 1), context=context)) == [Code.LIMIT_COUNT]
    assert codes(verdict(Window(3601, 160_000, 2), context=context)) == [Code.LIMIT_WINDOW, Code.LIMIT_COUNT]


def test_a_clock_set_back_frees_nothing():
    """What was signed at a later time than now still counts."""
    context = Context(NOW, ((NOW + 10_000, 100_000),), created=NOW)
    assert codes(verdict(Window(3600, 150_000, 5), context=context)) == [Code.LIMIT_WINDOW]


def test_script_types_that_are_not_named_are_denied():
    only = ScriptTypes(frozenset({AccountScript.WSH_MULTISIG}), frozenset({PayeeScript.P2WPKH}))

    def said(account, payee):
        plain = report()
        (paid, change) = plain.spend.payments
        payments = (replace(paid, script=payee), replace(change, script=PayeeScript.P2WSH))
        return replace(plain, spend=replace(plain.spend, script=account, payments=payments))

    assert verdict(only, said=said(AccountScript.WSH_MULTISIG, PayeeScript.P2WPKH)).allowed
    judged = verdict(only, said=said(AccountScript.TR, PayeeScript.P2TR))
    assert codes(judged) == [Code.SCRIPT_ACCOUNT, Code.SCRIPT_PAYEE]
    assert judged.rules == (Rule.SCRIPT_TYPES,)
    # A chain without scripts has none that a policy could name.
    assert codes(verdict(only, said=report())) == [Code.SCRIPT_ACCOUNT, Code.SCRIPT_PAYEE]


def test_opening_hours_in_local_time():
    utc = Hours(frozenset({0}), 14 * 60 + 13, 14 * 60 + 14, 0)
    assert verdict(utc).allowed
    assert codes(verdict(replace(utc, closes=14 * 60 + 13))) == [Code.OUT_OF_HOURS]
    assert codes(verdict(replace(utc, weekdays=frozenset({1, 2, 3, 4, 5, 6})))) == [Code.OUT_OF_HOURS]
    tokyo = Hours(frozenset({0}), 23 * 60, 24 * 60, 9 * 60)
    assert verdict(tokyo).allowed


def test_signed_and_fresh_requests_only():
    assert codes(verdict(SignedRequests(600), context=Context(NOW))) == [Code.REQUEST_UNSIGNED_FORBIDDEN]
    assert codes(verdict(SignedRequests(600), context=Context(NOW, created=NOW - 601))) == [
        Code.REQUEST_STALE
    ]
    assert verdict(SignedRequests(600), context=Context(NOW, created=NOW - 600)).allowed


def test_the_builder_must_have_seen_the_journal():
    assert codes(verdict(FreshCheckpoint(3))) == [Code.CHECKPOINT_STALE]
    assert codes(verdict(FreshCheckpoint(3), context=Context(NOW, created=NOW, unseen=4))) == [
        Code.CHECKPOINT_STALE
    ]
    assert verdict(FreshCheckpoint(3), context=Context(NOW, created=NOW, unseen=3)).allowed


def test_more_officers_for_more_money():
    tiers = (Tier(0, 1), Tier(100_000, 2), Tier(100_001, 3))
    assert verdict(tiers=tiers).approvals == 2
    unproved = replace(report(), spend=replace(report().spend, fee=None))
    assert verdict(tiers=tiers, said=unproved).approvals == 3


amounts = st.integers(0, 200_000)
constraints = st.one_of(
    st.builds(FeeCeiling, amounts, st.integers(0, 5_000), st.integers(0, 20_000)),
    st.builds(PerTransaction, amounts),
    st.builds(Window, st.integers(1, 10_000), amounts, st.integers(0, 5)),
    st.builds(SignedRequests, st.integers(0, 1000)),
    st.builds(FreshCheckpoint, st.integers(0, 5)),
    st.builds(
        Hours,
        st.frozensets(st.integers(0, 6)),
        st.integers(0, 1440),
        st.integers(0, 1440),
        st.integers(-720, 840),
    ),
    st.builds(Destinations, st.sampled_from(Scope)),
    st.builds(
        ScriptTypes,
        st.frozensets(st.sampled_from(AccountScript)),
        st.frozensets(st.sampled_from(PayeeScript)),
    ),
)
tiers = st.builds(Tier, amounts, st.integers(0, 5))
clauses = st.builds(
    Clause, st.just(ANY_ACCOUNT), st.lists(constraints, max_size=4).map(tuple), st.lists(tiers).map(tuple)
)
contexts = st.builds(
    Context,
    st.just(NOW),
    st.lists(st.tuples(st.integers(NOW - 5_000, NOW), amounts), max_size=4).map(tuple),
    st.none() | st.integers(NOW - 2_000, NOW),
    st.just(frozenset()),
    st.none() | st.integers(0, 6),
)


@given(st.lists(clauses, min_size=1, max_size=3), clauses, contexts, amounts, amounts)
def test_adding_to_a_policy_never_allows_more(before, added, context, paid, fee):
    said = report(paid, fee)
    payments = tuple(replace(payment, script=PayeeScript.P2WPKH) for payment in said.spend.payments)
    said = replace(said, spend=replace(said.spend, script=AccountScript.TR, payments=payments))
    short = judge(Policy(1, tuple(before)), said, CHAIN, context)
    longer = judge(Policy(1, (*before, added)), said, CHAIN, context)
    assert not (longer.allowed and not short.allowed)
    assert longer.approvals >= short.approvals
    grown = replace(before[0], rules=before[0].rules + added.rules, tiers=before[0].tiers + added.tiers)
    widened = judge(Policy(1, (grown, *before[1:])), said, CHAIN, context)
    assert not (widened.allowed and not short.allowed)
    assert widened.approvals >= short.approvals


@given(
    st.lists(clauses, min_size=1, max_size=2),
    st.lists(clauses, min_size=1, max_size=2),
    contexts,
    amounts,
    amounts,
)
def test_two_policies_at_once_allow_what_both_allow(old, new, context, paid, fee):
    said, both = report(paid, fee), (Policy(1, tuple(old)), Policy(2, tuple(new)))
    one, other = (judge(policy, said, CHAIN, context) for policy in both)
    together = judge_all(both, said, CHAIN, context)
    assert together.allowed == (one.allowed and other.allowed)
    assert together.approvals == max(one.approvals, other.approvals)


def test_limits_are_said_as_they_are_and_not_rounded_away():
    context = Context(NOW, spent=((NOW - 1, 1),), created=NOW - 91)
    found = verdict(Window(1800, 0, 1), Window(5400, 0, 9), SignedRequests(90), context=context).findings
    said = [finding_sentence(finding) for finding in found]
    assert any("within 0.5 hours" in sentence for sentence in said)
    assert any("within 1.5 hours" in sentence for sentence in said)
    assert any("older than the 1.5 minutes" in sentence for sentence in said)
    assert (part_of(1, 3600), part_of(7200, 3600), part_of(1_234_567_500, 1000)) == (
        "0.000277",
        2,
        "1234567.5",
    )
