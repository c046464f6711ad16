"""Planning alone: payees and where they are wrong, the scripts that are watched, what the engine says of a forgery."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from online_builder.plan.coins import MAX_LOT, MAX_LOT_PSBT, lots
from online_builder.plan.payees import MAX_PAYEES, parse_csv, parse_payees
from online_builder.plan.ports import Coin
from online_builder.plan.scripts import GAP, watch
from signer.core.errors import Bad, Malformed
from tests.online_builder.room import CHAIN, descriptor, payee


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("{0}:0.1", Bad.FIELD, "csv line 1"),
        ("address,amount\n{0},0.1\n{1}\n", Bad.FIELD, "csv line 3"),
        ("address,amount\n{0},0.1\n{1},0\n", Bad.VALUE, "csv line 3"),
        ("address,amount\n{0},0.1\n{1},-1\n", Bad.VALUE, "csv line 3"),
        ("address,amount\n{0},0.1\n{1},1e8\n", Bad.VALUE, "csv line 3"),
        ("address,amount\n{0},0.1\n{1},0.123456789\n", Bad.VALUE, "csv line 3"),
        ("address,amount\n{0},0.1\n{1},١\n", Bad.VALUE, "csv line 3"),
        ("address,amount\n{0},0.1\n{0},0.2\n", Bad.DUPLICATE, "csv line 3"),
        (
            "address,amount\nbc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq,1\n",
            Bad.NETWORK,
            "csv line 2: bitcoin",
        ),
        ("address,amount\n=cmd(),1\n", None, "csv line 2"),
        ("address,amount\n", Bad.EMPTY, "payees"),
    ],
)
def test_a_table_says_where_it_is_wrong(text: str, code: Bad | None, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_csv(text.format(payee(1), payee(2)).encode(), CHAIN)
    assert caught.value.details["what"] == where
    assert code is None or caught.value.code is code


@pytest.mark.parametrize(
    ("address", "coin"),
    [
        ("ltc1qzyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3nmndwj", "litecoin"),
        ("mona1qzyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3n5ltmr", "monacoin"),
        ("XcF5mKwWsiv3k394GBQNpYAuk3CVJ48Xnp", "dash"),
        ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoincash"),
        ("NDD2CT6LQLIYQ56KIXI3ENTM6EK3D44P5JFXJ4R4", "nem"),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bitcoin"),
    ],
)
def test_an_address_of_another_coin_or_network_is_named(address: str, coin: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_payees([f"{payee(1)}:1", f"{address}:1"], CHAIN)
    assert (caught.value.code, caught.value.details["what"]) == (Bad.NETWORK, f"payee 2: {coin}")


def test_a_table_as_spreadsheets_write_it() -> None:
    text = f"\ufeffAddress,Amount,Label\r\n{payee(1)}, 0.10000000 ,Rent\r\n{payee(2).upper()},21\r\n"
    assert [p.amount.units for p in parse_csv(text.encode(), CHAIN)] == [10_000_000, 2_100_000_000]


def test_too_many_payees_are_refused_before_they_are_read() -> None:
    with pytest.raises(Malformed) as caught:
        parse_payees(["rubbish:1"] * (MAX_PAYEES + 1), CHAIN)
    assert caught.value.code is Bad.TOO_MANY


def source(used: set[tuple[int, int]]) -> Callable[[list[bytes]], frozenset[bytes]]:
    account = CHAIN.enrol(descriptor(), "treasury")
    scripts = {CHAIN.lock(CHAIN.address(account, *place)) for place in used}
    return lambda asked: frozenset(scripts.intersection(asked))


@pytest.mark.parametrize(
    ("free", "used", "ends"),
    [
        ((0, 0), set(), (0, 0)),
        ((5, 2), set(), (5, 2)),
        ((0, 0), {(0, 3), (1, 0)}, (4, 1)),
        ((0, 0), {(0, GAP - 1), (0, 2 * GAP - 1)}, (2 * GAP, 0)),
        ((0, 0), {(0, GAP)}, (0, 0)),
        ((1, 0), {(0, GAP)}, (GAP + 1, 0)),
    ],
)
def test_addresses_are_watched_to_a_gap_beyond_the_last(free, used, ends) -> None:
    watched = watch(CHAIN, CHAIN.enrol(descriptor(), "treasury"), free, source(used))
    assert watched.free == ends
    assert len(watched.scripts) == sum(ends) + 2 * GAP


def coin(number: int, units: int, txid: int = 0) -> Coin:
    return Coin(f"{txid:064x}", number, units, b"", 1)


def test_lots_are_as_long_as_what_crosses_the_gap_allows() -> None:
    one_large = {f"{0:064x}": bytes(100_000)}
    coins = [coin(number, 10_000 + number) for number in range(1_000)]
    parts = lots(coins, 1_000, 1_000, one_large)
    assert [c.units for part in parts for c in part] == sorted((c.units for c in coins), reverse=True)
    assert all(len(part) * 101_000 <= MAX_LOT_PSBT for part in parts)
    own = {f"{number:064x}": bytes(50_000) for number in range(100)}
    parts = lots([coin(0, 10_000, number) for number in range(100)], 100, 1_000, own)
    assert {len(part) for part in parts[:-1]} == {MAX_LOT // 51_000}
    huge = {f"{0:064x}": bytes(2 * MAX_LOT)}
    assert [len(part) for part in lots(coins[:3], 100, 1_000, huge)] == [1, 1, 1]


def test_coins_worth_no_more_than_moving_them_stay() -> None:
    assert lots([coin(0, 1_000), coin(1, 999)], 100, 1_000, {}) == ()
    assert lots([], 100, 0, {}) == ()
