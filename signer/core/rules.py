"""The rules a policy is made of: frozen values, each of which can only add findings, never take one away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from signer.core.amount import Amount
from signer.core.finding import Code, Finding
from signer.core.slot import Slot
from signer.core.spend import AccountScript, PayeeScript, Payment, Report, Role
from signer.core.upkeep import Upkeep
from signer.core.when import utc

DAY = 86_400


class Rule(StrEnum):
    """What can decide, by name: for the screen that says which one did."""

    FINDINGS = "findings"
    NO_CLAUSE = "no-clause"
    APPROVALS = "approvals"
    FEE = "fee"
    DESTINATIONS = "destinations"
    PER_TRANSACTION = "per-transaction"
    WINDOW = "window"
    HOURS = "hours"
    SIGNED_REQUESTS = "signed-requests"
    FRESH_CHECKPOINT = "fresh-checkpoint"
    WITNESSED = "witnessed"
    EXPORTED = "exported"
    DRILLED = "drilled"
    SCRIPT_TYPES = "script-types"
    FORBIDDEN = "forbidden"
    PLACES = "places"
    FACTORS = "factors"
    SCRIPTS = "scripts"
    ATTENDED = "attended"
    ASSETS = "assets"


@dataclass(frozen=True, slots=True)
class Context:
    """What a judgement may look at besides the report. Times are Unix seconds.

    `spent` is (time, units) of everything signed from this account, oldest first. `created` is None for a request
    without a builder's signature. `own` are addresses of other accounts enrolled on this device. `unseen` counts
    the journal's records since the checkpoint that the request brought back, None if it brought none. `keys` are those
    of this device that belong to the account. `moved` is as `spent`, (time, asset, units), of assets beside the coin.
    `refuge` is the id of the successor or spare of the account that everything which leaves goes to, if it does.
    """

    now: int
    spent: Sequence[tuple[int, int]] = ()
    created: int | None = None
    own: frozenset[str] = frozenset()
    unseen: int | None = None
    upkeep: Upkeep = field(default_factory=Upkeep)
    keys: Sequence[Slot] = ()
    moved: Sequence[tuple[int, str, int]] = ()
    refuge: bytes = b""


@dataclass(frozen=True, slots=True)
class FeeCeiling:
    """Highest fee: in units, in hundredths of a percent of what leaves, in thousandths of a unit a virtual byte."""

    units: int
    hundredths: int
    rate: int

    name = Rule.FEE

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        fee, leaving, rate = report.spend.fee, report.spend.leaving(), report.spend.fee_rate
        if fee is None or leaving is None:
            return ()
        found = []
        if fee.units > self.units:
            found.append(Finding.of(Code.FEE_ABSOLUTE, fee=str(fee), limit=like(fee, self.units)))
        # A consolidation pays nobody, and what only carries tokens is no payment: there the absolute limit and the rate
        # have to do.
        too_much = fee.units * 10_000 > leaving.units * self.hundredths
        if too_much and leaving.units > report.spend.carriage():
            found.append(Finding.of(Code.FEE_PERCENT, fee=str(fee), leaving=str(leaving)))
        if rate is not None and rate > self.rate:
            found.append(Finding.of(Code.FEE_RATE, rate=part_of(rate, 1000), limit=part_of(self.rate, 1000)))
        return tuple(found)


class Scope(StrEnum):
    """Who may be paid: each includes the ones before it."""

    OWN = "own"
    BOOK = "book"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the address book. `since` is when the quorum agreed on it, as far as the document says."""

    address: str
    label: str
    since: int


@dataclass(frozen=True, slots=True)
class Destinations:
    """Who may be paid, and how many seconds a new entry of the book has to cool down."""

    scope: Scope
    book: tuple[Entry, ...] = ()
    cool_down: int = 0

    name = Rule.DESTINATIONS

    def agreed(self, when: Mapping[str, int]) -> Destinations:
        """The same, no address of the book older than `when` says."""
        book = (replace(e, since=max(e.since, when.get(e.address, 0))) for e in self.book)
        return replace(self, book=tuple(book))

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        if self.scope is Scope.ANYONE:
            return ()
        found = (self._one(payment, context) for payment in _leaving(report))
        return tuple(finding for finding in found if finding is not None)

    def _one(self, payment: Payment, context: Context) -> Finding | None:
        if payment.address in context.own:
            return None
        entries = [e for e in self.book if e.address == payment.address] if self.scope is Scope.BOOK else []
        if not entries:
            return Finding.of(Code.DESTINATION_UNLISTED, output=payment.index, address=payment.address)
        ready = min(entry.since for entry in entries) + self.cool_down
        if context.now < ready:
            return Finding.of(
                Code.DESTINATION_COOLING, output=payment.index, address=payment.address, ready=utc(ready)
            )
        return None


@dataclass(frozen=True, slots=True)
class PerTransaction:
    """The most that one transaction may move out, fee not counted."""

    units: int

    name = Rule.PER_TRANSACTION

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        leaving = report.spend.leaving()
        if leaving is None or leaving.units <= self.units:
            return ()
        limit = like(leaving, self.units)
        return (Finding.of(Code.LIMIT_TRANSACTION, leaving=str(leaving), limit=limit),)


@dataclass(frozen=True, slots=True)
class Window:
    """The most that may move out, and how often, in any `seconds` up to now, this transaction included."""

    seconds: int
    units: int
    count: int

    name = Rule.WINDOW

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        leaving = report.spend.leaving()
        recent = [units for at, units in context.spent if at > context.now - self.seconds]
        found = []
        if leaving is not None and sum(recent) + leaving.units > self.units:
            left = like(leaving, max(0, self.units - sum(recent)))
            limit = like(leaving, self.units)
            found.append(
                Finding.of(Code.LIMIT_WINDOW, hours=part_of(self.seconds, 3600), left=left, limit=limit)
            )
        if len(recent) + 1 > self.count:
            found.append(Finding.of(Code.LIMIT_COUNT, hours=part_of(self.seconds, 3600), limit=self.count))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Hours:
    """When signing is allowed: weekdays (0 is Monday), minutes of the day, local time `offset` minutes from UTC."""

    weekdays: frozenset[int]
    opens: int
    closes: int
    offset: int

    name = Rule.HOURS

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        local = context.now + self.offset * 60
        weekday = (local // DAY + 3) % 7  # 1 January 1970 was a Thursday
        if weekday in self.weekdays and self.opens <= local % DAY // 60 < self.closes:
            return ()
        return (Finding.of(Code.OUT_OF_HOURS, opens=_clock(self.opens), closes=_clock(self.closes)),)


@dataclass(frozen=True, slots=True)
class SignedRequests:
    """Only requests signed by an enrolled builder, at most `max_age` seconds old."""

    max_age: int

    name = Rule.SIGNED_REQUESTS

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        if context.created is None:
            return (Finding.of(Code.REQUEST_UNSIGNED_FORBIDDEN),)
        if context.now - context.created > self.max_age:
            return (Finding.of(Code.REQUEST_STALE, minutes=part_of(self.max_age, 60)),)
        return ()


@dataclass(frozen=True, slots=True)
class FreshCheckpoint:
    """The builder must have seen the journal's head, at most `records` records ago."""

    records: int

    name = Rule.FRESH_CHECKPOINT

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        if context.unseen is not None and context.unseen <= self.records:
            return ()
        return (Finding.of(Code.CHECKPOINT_STALE, limit=self.records),)


@dataclass(frozen=True, slots=True)
class ScriptTypes:
    """How the account may lock its coins, and those who are paid theirs. What is not named is denied."""

    accounts: frozenset[AccountScript]
    payees: frozenset[PayeeScript]

    name = Rule.SCRIPT_TYPES

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        found = []
        if report.spend.script not in self.accounts:
            found.append(Finding.of(Code.SCRIPT_ACCOUNT, script=report.spend.script or "-"))
        for payment in _leaving(report):
            if payment.script not in self.payees:
                script = payment.script or "-"
                found.append(Finding.of(Code.SCRIPT_PAYEE, output=payment.index, script=script))
        return tuple(found)


PaymentRule: TypeAlias = (
    FeeCeiling
    | Destinations
    | PerTransaction
    | Window
    | Hours
    | SignedRequests
    | FreshCheckpoint
    | ScriptTypes
)


def _leaving(report: Report) -> list[Payment]:
    return [payment for payment in report.spend.payments if payment.role not in (Role.CHANGE, Role.OWN)]


def like(amount: Amount, units: int) -> str:
    """A limit, said in the same unit as what it limits."""
    return str(Amount(units, amount.asset))


def part_of(count: int, unit: int) -> str | int:
    """A count in a larger unit, said exactly enough that it is not rounded to nothing, or to its own limit."""
    whole, rest = divmod(count, unit)
    return f"{whole}.{rest * 1_000_000 // unit:06d}".rstrip("0") if rest else whole


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
