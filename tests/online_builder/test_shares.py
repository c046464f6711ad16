"""The arithmetic of hot and cold: caps, matching, suggestions, and the tables somebody typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_builder.plan.shares import Held, Issue, Levels, share_of, shares
from online_builder.plan.tables import parse_held, parse_prices
from signer.core.amount import Asset
from signer.core.errors import Malformed

BTC, XEM = Asset("BTC", 8), Asset("XEM", 6)
PRICES = {"BTC": 15_000_000, "XEM": 3}
LEVELS = Levels()


def held(hot: int, cold: int, own_cold: int, asset: Asset = BTC) -> list[Held]:
    return [
        Held("hot", asset, hot, hot=True, customers=True),
        Held("cold", asset, cold, hot=False, customers=True),
        Held("house", asset, own_cold, hot=False, customers=False),
    ]


@pytest.mark.parametrize(
    ("hot", "share", "issues"),
    [
        (300, 300, set()),
        (400, 400, set()),
        (401, 401, {Issue.NEAR_CAP}),
        (500, 500, {Issue.NEAR_CAP}),
        (501, 501, {Issue.OVER_CAP}),
        (10_000, 10_000, {Issue.OVER_CAP}),
    ],
)
def test_the_cap_and_the_alarm_below_it(hot: int, share: int, issues: set[Issue]) -> None:
    found = shares(held(hot * 10**6, (10_000 - hot) * 10**6, 10**12), PRICES, LEVELS)
    assert (found.share, found.lines[0].share) == (share, share)
    assert {issue for issue, _ in found.issues(LEVELS)} == issues


def test_a_share_is_rounded_up_and_never_down() -> None:
    assert share_of(50_000_001, 1_000_000_000) == 501
    assert share_of(0, 0) == share_of(0, 5) == 0


def test_all_coins_together_by_their_prices() -> None:
    """All XEM hot is one coin's matter; by value it is little, and nobody is told that it is none."""
    rows = held(0, 100 * 10**8, 0) + held(10**12, 0, 0, XEM)
    found = shares(rows, PRICES, LEVELS)
    assert (found.hot_value, found.value) == (3_000_000, 1_503_000_000)
    assert found.share == 20
    assert [line.share for line in found.lines] == [0, 10_000]
    assert list(found.issues(LEVELS)) == [(Issue.UNMATCHED, "XEM")]
    unpriced = shares(rows, {"BTC": 1}, LEVELS)
    assert {issue for issue, about in unpriced.issues(LEVELS) if about == "XEM"} == {
        Issue.NO_PRICE,
        Issue.OVER_CAP,
        Issue.UNMATCHED,
    }


def test_what_is_hot_is_matched_by_own_cold_assets_of_the_same_kind() -> None:
    (line,) = shares(held(300, 9_700, 299), PRICES, LEVELS).lines
    assert line.missing == 1
    (line,) = shares(held(300, 9_700, 300), PRICES, LEVELS).lines
    assert line.missing == 0


def test_what_should_be_moved() -> None:
    (line,) = shares(held(600, 9_400, 600), PRICES, LEVELS).lines
    assert line.move == 300
    (line,) = shares(held(350, 9_650, 600), PRICES, LEVELS).lines
    assert line.move == 0
    (line,) = shares(held(100, 9_900, 600), PRICES, LEVELS).lines
    assert line.move == -200


@given(st.integers(0, 10**18), st.integers(0, 10**18))
def test_after_the_move_it_is_at_the_target(hot: int, cold: int) -> None:
    (line,) = shares(held(hot, cold, 0), PRICES, LEVELS).lines
    (after,) = shares(held(hot - line.move, cold + line.move, 0), PRICES, LEVELS).lines
    assert after.share <= max(LEVELS.target, LEVELS.warn)
    assert after.move == 0


def test_tables() -> None:
    assert parse_prices(b"asset,price\nBTC,15000000\nXEM,3\n") == PRICES
    (row,) = parse_held(
        b"place,asset,decimals,units,temperature,owner\nexchange,BTC,8,250000000,hot,customer\n"
    )
    assert row == Held("exchange", BTC, 250_000_000, hot=True, customers=True, typed=True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"asset;price\n",
        b"asset,price\nBTC\n",
        b"asset,price\nBTC,1.5\n",
        b"asset,price\nBTC,-1\n",
        b"asset,price\nBTC,1e9\n",
        b"asset,price\n,1\n",
        b"asset,price\nBTC,1\nBTC,2\n",
        b"asset,price\nBTC," + b"9" * 31 + b"\n",
        b"\xff\xfe",
        b"asset,price\n" + b"A,1\n" * 10_001,
    ],
)
def test_prices_that_are_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_prices(data)


@pytest.mark.parametrize(
    "row", ["x,BTC,8,1,warm,own", "x,BTC,8,1,hot,bank", "x,BTC,19,1,hot,own", "x,BTC,8,1.0,hot,own"]
)
def test_amounts_that_are_none(row: str) -> None:
    with pytest.raises(Malformed):
        parse_held(f"place,asset,decimals,units,temperature,owner\n{row}\n".encode())
