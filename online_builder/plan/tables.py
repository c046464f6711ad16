"""The tables a reporter types: prices, and amounts in places that no account of ours watches. Whole numbers only."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from online_builder.plan.shares import Held
from signer.core.amount import Asset
from signer.core.errors import Bad, Malformed

MAX_ROWS: Final = 10_000
_DIGITS: Final = 30
_NAME: Final = 64
_PRICES: Final = ("asset", "price")
_HELD: Final = ("place", "asset", "decimals", "units", "temperature", "owner")


def parse_prices(data: bytes) -> dict[str, int]:
    """`asset,price`: the price of a whole coin in the smallest unit of the money. Raises Malformed with the line."""
    prices: dict[str, int] = {}
    for line, (asset, price) in _rows(data, _PRICES):
        if asset in prices:
            raise Malformed(Bad.DUPLICATE, what=f"prices line {line}")
        prices[_name(asset, "prices", line)] = _number(price, "prices", line)
    return prices


def parse_held(data: bytes) -> tuple[Held, ...]:
    """`place,asset,decimals,units,temperature,owner`: hot or cold, customer or own. Raises Malformed with the line."""
    held = []
    for line, (place, ticker, decimals, units, heat, owner) in _rows(data, _HELD):
        if heat not in ("hot", "cold") or owner not in ("customer", "own"):
            raise Malformed(Bad.VALUE, what=f"amounts line {line}")
        places = _number(decimals, "amounts", line)
        if places > 18:
            raise Malformed(Bad.VALUE, what=f"amounts line {line}")
        asset = Asset(_name(ticker, "amounts", line), places)
        count = _number(units, "amounts", line)
        where = _name(place, "amounts", line)
        held.append(Held(where, asset, count, heat == "hot", owner == "customer", typed=True))
    return tuple(held)


def _rows(data: bytes, header: Sequence[str]) -> list[tuple[int, list[str]]]:
    what = "prices" if header is _PRICES else "amounts"
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed(Bad.ENCODING, what=what) from error
    if not rows or [cell.strip().lower() for cell in rows[0]] != list(header):
        raise Malformed(Bad.FIELD, what=f"{what} line 1")
    if len(rows) > MAX_ROWS:
        raise Malformed(Bad.TOO_MANY, what=what, limit=MAX_ROWS)
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            raise Malformed(Bad.FIELD, what=f"{what} line {line}")
    return [(line, [cell.strip() for cell in row]) for line, row in enumerate(rows[1:], 2)]


def _number(text: str, what: str, line: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise Malformed(Bad.VALUE, what=f"{what} line {line}")
    return int(text)


def _name(text: str, what: str, line: int) -> str:
    if not 0 < len(text) <= _NAME or not text.isprintable():
        raise Malformed(Bad.VALUE, what=f"{what} line {line}")
    return text
