"""How much is hot, pure: shares in hundredths of a percent, what has to match them, and what should be moved.

Cabinet Office Order on crypto-asset exchange providers, art. 27: at most 5 % of customers' assets outside cold storage;
the self-regulator's rule: own assets of the same kind, kept cold, for everything of customers that is hot. All numbers
are integers: units of the coin, prices in the smallest unit of the money for a whole coin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signer.core.amount import Asset

WHOLE: Final = 10_000
CAP: Final = 500
WARN: Final = 400
TARGET: Final = 300


@dataclass(frozen=True, slots=True)
class Held:
    """Units of an asset in one place. `place` is an account's name, or where a typed amount is said to be."""

    place: str
    asset: Asset
    units: int
    hot: bool
    customers: bool
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Levels:
    """Hundredths of a percent: the legal cap, the alarm below it, and what is aimed at."""

    cap: int = CAP
    warn: int = WARN
    target: int = TARGET


class Issue(StrEnum):
    """What a report has to say."""

    OVER_CAP = "over-cap"  # more than the cap is hot
    NEAR_CAP = "near-cap"  # more than the alarm's level is hot
    UNMATCHED = "unmatched"  # fewer own cold assets of the same kind than are hot for customers
    NO_PRICE = "no-price"  # an asset is counted in no total
    UNTAGGED = "untagged"  # an account that nobody has tagged hot or cold, customers' or own
    UNSEEN = "unseen"  # an account whose source could not be asked
    ALARM = "open-alarm"  # somebody still has to answer for it


@dataclass(frozen=True, slots=True)
class Line:
    """One asset. `share` of customers' units that are hot, `missing` own cold units, `move` from hot to cold.

    A negative `move` is what may be moved from cold to hot to get to the target.
    """

    asset: Asset
    price: int | None
    customer_hot: int
    customer_cold: int
    own_hot: int
    own_cold: int
    share: int
    missing: int
    move: int


@dataclass(frozen=True, slots=True)
class Shares:
    """Every asset, and all of them together by their prices: customers' hot value, their whole value, its share."""

    lines: tuple[Line, ...]
    hot_value: int
    value: int
    share: int

    def issues(self, levels: Levels) -> Iterator[tuple[Issue, str]]:
        """(what, about which asset; empty for the total)."""
        yield from _level(self.share, levels, "")
        for line in self.lines:
            if line.price is None and line.customer_hot + line.customer_cold:
                yield Issue.NO_PRICE, line.asset.ticker
                yield from _level(line.share, levels, line.asset.ticker)
            if line.missing:
                yield Issue.UNMATCHED, line.asset.ticker


def share_of(part: int, whole: int) -> int:
    """Hundredths of a percent, rounded up: a share never looks smaller than it is."""
    return -(-part * WHOLE // whole) if whole > 0 else 0


def shares(held: Sequence[Held], prices: Mapping[str, int], levels: Levels) -> Shares:
    """`prices` by ticker. What has no price is in its own line and in no total."""
    assets = {item.asset.ticker: item.asset for item in held}
    lines = tuple(
        _line(assets[ticker], [h for h in held if h.asset.ticker == ticker], prices.get(ticker), levels)
        for ticker in sorted(assets)
    )
    hot = sum(_value(line, line.customer_hot) for line in lines)
    value = sum(_value(line, line.customer_hot + line.customer_cold) for line in lines)
    return Shares(lines, hot, value, share_of(hot, value))


def _line(asset: Asset, held: Sequence[Held], price: int | None, levels: Levels) -> Line:
    def total(hot: bool, customers: bool) -> int:
        return sum(item.units for item in held if (item.hot, item.customers) == (hot, customers))

    customer_hot, customer_cold = total(True, True), total(False, True)
    own_cold, whole = total(False, False), customer_hot + customer_cold
    share = share_of(customer_hot, whole)
    aim = whole * levels.target // WHOLE
    move = customer_hot - aim if share > levels.warn or customer_hot < aim else 0
    missing = max(0, customer_hot - own_cold)
    return Line(asset, price, customer_hot, customer_cold, total(True, False), own_cold, share, missing, move)


def _value(line: Line, units: int) -> int:
    """In the smallest unit of the money, rounded down."""
    return units * (line.price or 0) // int(10**line.asset.decimals)


def _level(share: int, levels: Levels, about: str) -> Iterator[tuple[Issue, str]]:
    if share > levels.cap:
        yield Issue.OVER_CAP, about
    elif share > levels.warn:
        yield Issue.NEAR_CAP, about
