"""Rules about the device itself and its officers, not about the payment: witnessed, exported, drilled, spread out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signer.core.finding import Code, Finding
from signer.core.lookalike import alike
from signer.core.officer import Officer
from signer.core.prepared import Preparer
from signer.core.rules import Context, Rule
from signer.core.spend import Report
from signer.core.when import utc


@dataclass(frozen=True, slots=True)
class Witnessed:
    """So many enrolled witnesses must have cosigned the journal, at most `seconds` ago, all but its last `records`."""

    witnesses: int
    records: int
    seconds: int

    name = Rule.WITNESSED

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        upkeep = context.upkeep
        words = [upkeep.cosigned.get(witness.name) for witness in upkeep.witnesses]
        fresh = [
            word
            for word in words
            if word and upkeep.records - word[0] <= self.records and context.now - word[1] <= self.seconds
        ]
        if len(fresh) >= self.witnesses:
            return ()
        return (Finding.of(Code.WITNESS_STALE, fresh=len(fresh), needed=self.witnesses),)


@dataclass(frozen=True, slots=True)
class Exported:
    """At most so many records may be on this device alone."""

    records: int

    name = Rule.EXPORTED

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        alone = context.upkeep.records - context.upkeep.exported
        if alone <= self.records:
            return ()
        return (Finding.of(Code.EXPORT_OVERDUE, records=alone, limit=self.records),)


@dataclass(frozen=True, slots=True)
class Drilled:
    """The backup of each key that signs here was read back at most `seconds` ago."""

    seconds: int

    name = Rule.DRILLED

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        found = []
        for slot in context.keys:
            last = context.upkeep.drills.get(slot.fingerprint)
            if last is None:
                found.append(Finding.of(Code.DRILL_NEVER, key=slot.name))
            elif context.now - last > self.seconds:
                found.append(Finding.of(Code.DRILL_OVERDUE, key=slot.name, last=utc(last)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Attended:
    """By this device's clock a quorum signed, or compared that clock with the world's, at most `seconds` ago.

    Whoever sets the system's clock forward frees the windows of the limits; past this many seconds he stops the device.
    """

    seconds: int

    name = Rule.ATTENDED

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        last = context.upkeep.attended
        if context.now - last <= self.seconds:
            return ()
        return (Finding.of(Code.CLOCK_UNATTENDED, last=utc(last), now=utc(context.now)),)


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What this device would only warn of, and here stops."""

    code: Code

    name = Rule.FORBIDDEN

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        if all(finding.code is not self.code for finding in report.findings):
            return ()
        return (Finding.of(Code.FINDING_FORBIDDEN, finding=self.code.label),)


@dataclass(frozen=True, slots=True)
class Places:
    """The approving officers come from so many sites and organisations. Judged when they have all approved."""

    sites: int
    organisations: int

    name = Rule.PLACES

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Factors:
    """Each approving officer shows so many kinds of factor: knows, and holds. Judged at each approval."""

    kinds: int

    name = Rule.FACTORS

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Scripts:
    """A ceremony follows a script that one of these has signed. Judged when a ceremony opens, for all accounts."""

    preparers: tuple[Preparer, ...]

    name = Rule.SCRIPTS

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        return ()


def factor_findings(officers: Sequence[Officer], name: str, kinds: int) -> tuple[Finding, ...]:
    """What is to be said of an officer who shows fewer kinds of factor than the policy wants."""
    found = [officer.kinds for officer in officers if officer.name == name]
    if not found or found[0] >= kinds:
        return ()
    return (Finding.of(Code.FACTORS_FEW, officer=name, have=found[0], needed=kinds),)


def place_findings(officers: Sequence[Officer], sites: int, organisations: int) -> tuple[Finding, ...]:
    """What is to be said of officers who approved together. A place nobody recorded counts as none, and
    two that people would take for one another count as one."""
    found = []
    at = [officer.site for officer in officers]
    of = [officer.organisation for officer in officers]
    for one, few, places, needed in (
        (Code.QUORUM_ONE_SITE, Code.QUORUM_SITES, at, sites),
        (Code.QUORUM_ONE_ORGANISATION, Code.QUORUM_ORGANISATIONS, of, organisations),
    ):
        known = _different(places)
        if len(known) == 1 and "" not in places:
            found.append(Finding.of(one, place=known[0]))
        if len(known) < needed:
            found.append(Finding.of(few, have=len(known), needed=needed))
    return tuple(found)


def _different(places: Sequence[str]) -> list[str]:
    found: list[str] = []
    for place in sorted(set(places) - {""}):
        if not any(alike(place, other) for other in found):
            found.append(place)
    return found
