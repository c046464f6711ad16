"""Who is to be paid how much: from `ADDRESS:AMOUNT` on the command line, or a CSV file of a payment system."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signer.chains.draft import Chain
from signer.chains.registry import coins_of
from signer.core.amount import Amount, Asset, parse_amount
from signer.core.errors import Bad, Malformed

MAX_PAYEES = 2000
MAX_CSV = 1024 * 1024
_HEADER: Final = ("address", "amount")


@dataclass(frozen=True, slots=True)
class Payee:
    """One payment: the address as it was given, the script it stands for, the amount."""

    address: str
    script: bytes
    amount: Amount


def parse_payees(texts: Sequence[str], chain: Chain, asset: Asset | None = None) -> tuple[Payee, ...]:
    """`ADDRESS:AMOUNT` each, the amount in whole coins, or in whole ones of `asset`.

    Raises Malformed naming the place, counted from 1.
    """
    rows = []
    for place, text in enumerate(texts, 1):
        address, colon, amount = text.rpartition(":")
        if not colon:
            raise Malformed(Bad.ENCODING, what=f"payee {place}")
        rows.append((address, amount))
    return _payees(rows, chain, asset, "payee", 1)


def parse_csv(data: bytes, chain: Chain, asset: Asset | None = None) -> tuple[Payee, ...]:
    """A header `address,amount` (further columns are ignored), a line a payee. Raises Malformed naming the line."""
    if len(data) > MAX_CSV:
        raise Malformed(Bad.TOO_LARGE, what="csv", limit=MAX_CSV)
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed(Bad.ENCODING, what="csv") from error
    if not rows or [cell.strip().lower() for cell in rows[0][:2]] != list(_HEADER):
        raise Malformed(Bad.FIELD, what="csv line 1")
    for line, row in enumerate(rows[1:], 2):
        if len(row) < 2:
            raise Malformed(Bad.FIELD, what=f"csv line {line}")
    return _payees([(row[0].strip(), row[1].strip()) for row in rows[1:]], chain, asset, "csv line", 2)


def _payees(
    rows: Sequence[tuple[str, str]], chain: Chain, asset: Asset | None, what: str, first: int
) -> tuple[Payee, ...]:
    if not rows:
        raise Malformed(Bad.EMPTY, what="payees")
    if len(rows) > MAX_PAYEES:
        raise Malformed(Bad.TOO_MANY, what="payees", limit=MAX_PAYEES)
    payees: list[Payee] = []
    seen: set[bytes] = set()
    for place, (address, amount) in enumerate(rows, first):
        payee = _payee(address, amount, chain, asset, f"{what} {place}")
        if payee.script in seen:
            raise Malformed(Bad.DUPLICATE, what=f"{what} {place}")
        seen.add(payee.script)
        payees.append(payee)
    return tuple(payees)


def _payee(address: str, amount: str, chain: Chain, asset: Asset | None, where: str) -> Payee:
    try:
        parsed = parse_amount(amount, asset or chain.network.asset)
        script = chain.lock(address)
    except Malformed as error:
        whose = coins_of(address) if error.code is Bad.ADDRESS else ()
        if whose:
            raise Malformed(Bad.NETWORK, what=f"{where}: {', '.join(whose)}") from error
        raise Malformed(Bad(error.code.value), what=where) from error
    if not parsed.units:
        raise Malformed(Bad.VALUE, what=where)
    return Payee(address, script, parsed)
