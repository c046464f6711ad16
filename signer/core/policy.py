"""The policy: what the officers agreed a spend may be, judged by one pure function. Default deny."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from signer.core.finding import Code, Finding, Severity, stops
from signer.core.spend import Report


class Rule(StrEnum):
    """The rules by name, for the screen that says which one decided."""

    FINDINGS = "findings"
    UNSIGNED_REQUEST = "unsigned-request"
    FEE_ABSOLUTE = "fee-absolute"
    FEE_PERCENT = "fee-percent"
    FEE_RATE = "fee-rate"
    APPROVALS = "approvals"


@dataclass(frozen=True, slots=True)
class FeeLimit:
    """Ceilings of a fee: units of the coin, hundredths of a percent of what leaves, thousandths of a unit a vbyte."""

    units: int
    hundredths: int
    rate: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Version 0 is the built-in policy of a device whose quorum has not agreed on one yet."""

    version: int
    unsigned_requests: bool
    approvals: int
    fee: FeeLimit


BUILT_IN = Policy(version=0, unsigned_requests=True, approvals=1, fee=FeeLimit(10_000_000, 1_000, 1_000_000))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says: allowed or not, by which rules, and how many officers this device asks for."""

    allowed: bool
    rules: tuple[Rule, ...]
    approvals: int
    findings: tuple[Finding, ...]


def judge(policy: Policy, report: Report, *, signed_request: bool) -> Verdict:
    """All rules, always all of them; each can only add a finding, so that more rules never allow more."""
    judged = [*_request(policy, signed_request), *_fee(policy.fee, report)]
    decided = [rule for rule, _ in judged]
    found = tuple(finding for _, finding in judged)
    blocked = bool(stops(report.findings))
    rules = ((Rule.FINDINGS,) if blocked else ()) + tuple(decided)
    return Verdict(not blocked and not stops(found), rules or (Rule.APPROVALS,), policy.approvals, found)


def _request(policy: Policy, signed_request: bool) -> list[tuple[Rule, Finding]]:
    if signed_request:
        return []
    if policy.unsigned_requests:
        return [(Rule.UNSIGNED_REQUEST, Finding.of(Code.REQUEST_UNSIGNED))]
    return [(Rule.UNSIGNED_REQUEST, Finding.of(Code.POLICY_DENIES, rule=Rule.UNSIGNED_REQUEST))]


def _fee(limit: FeeLimit, report: Report) -> list[tuple[Rule, Finding]]:
    fee, leaving, rate = report.spend.fee, report.spend.leaving(), report.spend.fee_rate
    if fee is None or leaving is None:
        return []
    found = []
    if fee.units > limit.units:
        found.append((Rule.FEE_ABSOLUTE, Finding.of(Code.FEE_ABSOLUTE, fee=str(fee), limit=limit.units)))
    # A consolidation pays nobody: there the absolute limit and the rate have to do.
    if leaving.units > 0 and fee.units * 10_000 > leaving.units * limit.hundredths:
        found.append((Rule.FEE_PERCENT, Finding.of(Code.FEE_PERCENT, fee=str(fee), leaving=str(leaving))))
    if rate is not None and rate > limit.rate:
        found.append((Rule.FEE_RATE, Finding.of(Code.FEE_RATE, rate=rate // 1000, limit=limit.rate // 1000)))
    return found


def worst(findings: tuple[Finding, ...]) -> Severity:
    """The gravest severity among the findings, INFO if there are none."""
    return max((finding.severity for finding in findings), default=Severity.INFO)
