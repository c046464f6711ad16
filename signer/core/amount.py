"""Money: integers of an asset's smallest unit, and their decimal face."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from signer.core.errors import Bad, Malformed

_DECIMAL = re.compile(r"(\d{1,24})(?:\.(\d{1,18}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asset:
    """What is counted. `decimals` places separate the smallest unit from the one people say.

    `unit` is what people call the smallest unit, where they have a name for it.
    """

    ticker: str
    decimals: int
    unit: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Amount:
    """A count of an asset's smallest units. May be negative only as a difference."""

    units: int
    asset: Asset

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.units + self._same(other), self.asset)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.units - self._same(other), self.asset)

    def __str__(self) -> str:
        return f"{self.decimal()} {self.asset.ticker}"

    def decimal(self) -> str:
        """All decimals, always: 0.10000000, never 0.1 or 1e-1."""
        if not self.asset.decimals:
            return str(self.units)
        sign = "-" if self.units < 0 else ""
        whole, part = divmod(abs(self.units), 10**self.asset.decimals)
        return f"{sign}{whole}.{part:0{self.asset.decimals}d}"

    def _same(self, other: Amount) -> int:
        if other.asset != self.asset:
            raise ValueError(f"{other.asset.ticker} is not {self.asset.ticker}")
        return other.units


def parse_amount(text: str, asset: Asset) -> Amount:
    """Read a plain decimal such as `0.25`. Raises Malformed for signs, exponents and excess places."""
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        raise Malformed(Bad.VALUE, what="amount")
    whole, part = match.group(1), match.group(2) or ""
    if len(part) > asset.decimals:
        raise Malformed(Bad.VALUE, what="amount", decimals=asset.decimals)
    return Amount(int(whole) * 10**asset.decimals + int(part.ljust(asset.decimals, "0") or "0"), asset)


def percent(part: int, whole: int) -> str:
    """`part` of `whole` in percent with two decimals, rounded up so that a fee never looks smaller than it is.

    What would round up to 0.01 from less says so: `< 0.01`.
    """
    if whole <= 0:
        return "100.00" if part else "0.00"
    if 0 < part * 10_000 < whole:
        return "< 0.01"
    hundredths = -(-part * 10_000 // whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
