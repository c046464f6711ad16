"""Assets beside a chain's own coin: which of them may move, what they are, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass

from signer.core.finding import Code, Finding
from signer.core.known import KnownAsset
from signer.core.rules import Context, Rule, like, part_of
from signer.core.spend import Report


@dataclass(frozen=True, slots=True)
class Holding:
    """An asset beside the chain's own coin that may move at all: the most in one transaction, and in any `seconds`."""

    terms: KnownAsset
    units: int
    seconds: int
    window: int

    name = Rule.ASSETS

    def judge(self, report: Report, context: Context) -> tuple[Finding, ...]:
        found = []
        recent = [
            units
            for at, asset, units in context.moved
            if asset == self.terms.id and at > context.now - self.seconds
        ]
        for leaving in report.spend.others():
            if leaving.asset.ticker != self.terms.id:
                continue
            if leaving.units > self.units:
                limit = like(leaving, self.units)
                found.append(Finding.of(Code.LIMIT_TRANSACTION, leaving=str(leaving), limit=limit))
            if sum(recent) + leaving.units > self.window:
                left, limit = like(leaving, max(0, self.window - sum(recent))), like(leaving, self.window)
                found.append(
                    Finding.of(Code.LIMIT_WINDOW, hours=part_of(self.seconds, 3600), left=left, limit=limit)
                )
        return tuple(found)
