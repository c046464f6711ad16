"""The policy: what the officers agreed a spend may be, judged by one pure function. Default deny."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from signer.core.finding import Code, Finding, stops
from signer.core.holding import Holding
from signer.core.known import KnownAsset
from signer.core.rules import (
    Context,
    Destinations,
    FeeCeiling,
    Hours,
    PaymentRule,
    PerTransaction,
    Rule,
    Window,
)
from signer.core.spend import Report
from signer.core.standing import (
    Attended,
    Drilled,
    Exported,
    Factors,
    Forbidden,
    Places,
    Scripts,
    Witnessed,
)

ANY_ACCOUNT = "*"

Constraint: TypeAlias = (
    PaymentRule | Holding | Witnessed | Exported | Drilled | Attended | Forbidden | Places | Factors | Scripts
)


@dataclass(frozen=True, slots=True)
class Tier:
    """From `units` on (what leaves, fee not counted), this many officers of the device."""

    units: int
    approvals: int


@dataclass(frozen=True, slots=True)
class Clause:
    """Rules for one account (its id in hex), one chain (CAIP-2 id), or `*`. All clauses that apply, apply."""

    applies_to: str
    rules: tuple[Constraint, ...]
    tiers: tuple[Tier, ...]

    def covers(self, account_id: bytes, chain: str) -> bool:
        return self.applies_to in (ANY_ACCOUNT, chain, account_id.hex())


@dataclass(frozen=True, slots=True)
class Policy:
    """Version 0 is the built-in policy of a device whose quorum has not agreed on one yet.

    `delay` is for how many seconds after a change this policy, then the old one, still holds beside the new one.
    """

    version: int
    clauses: tuple[Clause, ...]
    delay: int = 0

    def addresses(self) -> frozenset[str]:
        """Everybody in its address books."""
        return frozenset(
            entry.address
            for clause in self.clauses
            for rule in clause.rules
            if isinstance(rule, Destinations)
            for entry in rule.book
        )

    def agreed(self, when: Mapping[str, int]) -> Policy:
        """The same, no address in its books older than the device has known it: a document may say any date."""
        clauses = [
            replace(clause, rules=tuple(_agreed(rule, when) for rule in clause.rules))
            for clause in self.clauses
        ]
        return replace(self, clauses=tuple(clauses))


BUILT_IN = Policy(
    version=0,
    clauses=(
        Clause(ANY_ACCOUNT, (FeeCeiling(units=10_000_000, hundredths=1_000, rate=1_000_000),), (Tier(0, 1),)),
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says: allowed or not, which rules decided, how many officers this device asks for, and from how
    many sites and organisations they must come, and how many kinds of factor each must show."""

    allowed: bool
    rules: tuple[Rule, ...]
    approvals: int
    findings: tuple[Finding, ...]
    sites: int = 0
    organisations: int = 0
    kinds: int = 1


def judge(policy: Policy, report: Report, chain: str, context: Context) -> Verdict:
    """Every rule of every clause that covers the account, always all of them. No clause means no.

    Each rule can only add findings and each tier only raise the approvals: a longer policy never allows more,
    but for the first clause that covers an account at all. Amounts and hours do not bind what goes to the refuge.
    """
    clauses = [clause for clause in policy.clauses if clause.covers(report.account_id, chain)]
    asked = [rule for clause in clauses for rule in clause.rules]
    if (
        context.refuge
    ):  # the quorum of every key has named it: no limit keeps the coins where they are in danger
        asked = [rule for rule in asked if not isinstance(rule, PerTransaction | Window | Hours)]
    judged = [(rule.name, rule.judge(report, context)) for rule in asked]
    rules = [name for name, found in judged if found]
    findings = [finding for _, found in judged for finding in found]
    if context.created is None and Code.REQUEST_UNSIGNED_FORBIDDEN not in {f.code for f in findings}:
        findings.append(Finding.of(Code.REQUEST_UNSIGNED))
    listed = {rule.terms.id for rule in _holdings(clauses)}
    for amount in report.spend.others():
        if amount.asset.ticker not in listed:
            findings.append(Finding.of(Code.ASSET_UNLISTED, asset=amount.asset.ticker))
            rules.append(Rule.ASSETS)
    if not clauses:
        findings.append(Finding.of(Code.POLICY_DENIES, rule=Rule.NO_CLAUSE))
        rules.append(Rule.NO_CLAUSE)
    if stops(report.findings):
        rules.insert(0, Rule.FINDINGS)
    allowed = not stops((*report.findings, *findings))
    return Verdict(
        allowed,
        tuple(dict.fromkeys(rules)) or (Rule.APPROVALS,),
        _approvals(clauses, report),
        tuple(findings),
        max((rule.sites for rule in _places(clauses)), default=0),
        max((rule.organisations for rule in _places(clauses)), default=0),
        max(
            (rule.kinds for clause in clauses for rule in clause.rules if isinstance(rule, Factors)),
            default=1,
        ),
    )


def judge_all(policies: Sequence[Policy], report: Report, chain: str, context: Context) -> Verdict:
    """All of the policies at once, as while a change still has its delay: what any of them forbids is forbidden."""
    verdicts = [judge(policy, report, chain, context) for policy in policies]
    rules = dict.fromkeys(
        rule for verdict in verdicts for rule in verdict.rules if rule is not Rule.APPROVALS
    )
    return Verdict(
        allowed=all(verdict.allowed for verdict in verdicts),
        rules=tuple(rules) or (Rule.APPROVALS,),
        approvals=max(verdict.approvals for verdict in verdicts),
        findings=tuple(dict.fromkeys(finding for verdict in verdicts for finding in verdict.findings)),
        sites=max(verdict.sites for verdict in verdicts),
        organisations=max(verdict.organisations for verdict in verdicts),
        kinds=max(verdict.kinds for verdict in verdicts),
    )


def known_assets(policies: Sequence[Policy], account_id: bytes, chain: str) -> tuple[KnownAsset, ...]:
    """The assets beside the coin that an account may move. One that is described in two ways is not known."""
    clauses = [c for policy in policies for c in policy.clauses if c.covers(account_id, chain)]
    terms = dict.fromkeys(rule.terms for rule in _holdings(clauses))
    names = [asset.id for asset in terms]
    return tuple(asset for asset in terms if names.count(asset.id) == 1)


def script_rules(policies: Sequence[Policy]) -> tuple[Scripts, ...]:
    """What these policies say of ceremony scripts, in any clause: all of it holds."""
    clauses = [clause for policy in policies for clause in policy.clauses]
    return tuple(rule for clause in clauses for rule in clause.rules if isinstance(rule, Scripts))


def _agreed(rule: Constraint, when: Mapping[str, int]) -> Constraint:
    return rule.agreed(when) if isinstance(rule, Destinations) else rule


def _holdings(clauses: Sequence[Clause]) -> list[Holding]:
    return [rule for clause in clauses for rule in clause.rules if isinstance(rule, Holding)]


def _places(clauses: list[Clause]) -> list[Places]:
    return [rule for clause in clauses for rule in clause.rules if isinstance(rule, Places)]


def _approvals(clauses: list[Clause], report: Report) -> int:
    """The most that any tier asks for; an amount that is not proved counts as the largest."""
    # Other assets have no place on the coin's scale: they count as the largest amount.
    leaving = None if report.spend.others() else report.spend.leaving()
    tiers = [tier for clause in clauses for tier in clause.tiers]
    return max([1, *(tier.approvals for tier in tiers if leaving is None or leaving.units >= tier.units)])
