"""Daily records and monthly reports: taken once, tied to each other by hashes, the same bytes whenever they are made.

A day is what the sources said when it was taken; it is never taken again from them. A month is its days and nothing
else, so that it can be made again years later and compared.
"""

from __future__ import annotations

import calendar
import csv
import hashlib
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from online_builder.errors import BuilderError
from online_builder.key import BuilderKey
from online_builder.oversight.alarms import Overview
from online_builder.oversight.checkpoints import verify
from online_builder.plan.coins import Holdings
from online_builder.plan.shares import Held, Issue, Levels, shares
from online_builder.store.sqlite import Store
from online_builder.store.watched import Alarm, Owner, SeenSpend, Temperature
from signer.core.errors import Bad, Broken, Malformed, Tampered

Json: TypeAlias = "dict[str, object]"
_VERSION: Final = 1
_FIRST: Final = "0" * 64
_COLUMNS: Final = ("day", "record", "place", "asset", "decimals", "units", "temperature", "owner", "source")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a day is made of besides the store: holdings by account or why not, and what somebody typed."""

    holdings: Mapping[str, Holdings | BuilderError]
    overview: Overview
    prices: Mapping[str, int]
    typed: Sequence[Held]
    levels: Levels
    money: str


def take_day(store: Store, key: BuilderKey, inputs: Inputs, now: int) -> bytes:
    """Write today's record (UTC) after those that are there. Further ones on one day correct the ones before."""
    last = store.oversight.last_day()
    number = last[0] + 1 if last else 1
    before = hashlib.sha256(last[2]).hexdigest() if last else _FIRST
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    document: Json = {
        "kind": "kinko-day",
        "version": _VERSION,
        "number": number,
        "day": day,
        "taken": now,
        "before": before,
        "builder": key.public.hex(),
        **_quantities(store, inputs),
        "requests": _requests(store),
        "spends": [asdict(spend) for spend in _new_spends(store)],
        "alarms": [_alarm(alarm, now) for alarm in inputs.overview.open],
    }
    record = canonical(document)
    store.oversight.keep_day(number, day, record)
    return record


def today(store: Store, now: int) -> bytes | None:
    """Today's newest record (UTC)."""
    days = store.oversight.days(datetime.fromtimestamp(now, UTC).date().isoformat())
    return days[-1] if days else None


def make_month(store: Store, month: str) -> bytes:
    """The report of a month, `2026-11`, out of its daily records alone. Raises Malformed."""
    year, number = _month(month)
    days = [json.loads(record) for record in store.oversight.days(f"{month}-")]
    counted = {day["day"]: day for day in days}  # the last one of a day counts
    every = [f"{month}-{day:02d}" for day in range(1, calendar.monthrange(year, number)[1] + 1)]
    shares_of = [day["total"]["share"] for day in counted.values()]
    document: Json = {
        "kind": "kinko-month",
        "version": _VERSION,
        "month": month,
        "days": days,
        "days_without_record": [day for day in every if day not in counted],
        "highest_share": max(shares_of, default=0),
        "days_with_issues": sorted(day for day, record in counted.items() if record["issues"]),
    }
    return canonical(document)


def as_csv(document: Json) -> bytes:
    """The quantities of a day or a month, a line each: what a spreadsheet reads."""
    days = document["days"] if document["kind"] == "kinko-month" else [document]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for day in days if isinstance(days, list) else []:
        for row in day["held"]:
            source = "typed" if row["typed"] else "chain"
            heat, owner = "hot" if row["hot"] else "cold", "customer" if row["customers"] else "own"
            cells = (row["place"], row["asset"], row["decimals"], row["units"], heat, owner, source)
            table.writerow((day["day"], day["number"], *map(_cell, cells)))
    return text.getvalue().encode()


def check_report(data: bytes, signature: bytes, public_key: bytes) -> Json:
    """The report, if this key signed it and its days are tied to each other. Raises Malformed, Tampered(JOURNAL)."""
    if not verify(public_key, data, signature):
        raise Tampered(Broken.JOURNAL, what="the signature on the report")
    try:
        document = json.loads(data)
        days = document["days"] if document["kind"] == "kinko-month" else [document]
        records = [(canonical(day), str(day["before"])) for day in days]
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(Bad.FIELD, what="report") from error
    for (record, _), (_, before) in itertools.pairwise(records):
        if hashlib.sha256(record).hexdigest() != before:
            raise Tampered(Broken.JOURNAL, what="the days of the report do not follow each other")
    return dict(document)


def canonical(document: object) -> bytes:
    """JSON in its one spelling here: sorted keys, two spaces, UTF-8, a line feed at the end."""
    return (json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _quantities(store: Store, inputs: Inputs) -> Json:
    held, issues = list(inputs.typed), []
    tags = store.oversight.tags()
    for name, holdings in inputs.holdings.items():
        if isinstance(holdings, BuilderError):
            issues.append((Issue.UNSEEN, name))
        elif name not in tags:
            issues.append((Issue.UNTAGGED, name))
        else:
            tag, sums = tags[name], (holdings.confirmed, holdings.waiting, holdings.reserved)
            units = sum(amount.units for amount in sums)
            hot, customers = tag.temperature is Temperature.HOT, tag.owner is Owner.CUSTOMER
            held.append(Held(name, holdings.confirmed.asset, units, hot, customers))
    found = shares(held, inputs.prices, inputs.levels)
    issues += found.issues(inputs.levels)
    issues += [(Issue.ALARM, alarm.subject) for alarm in inputs.overview.open]
    return {
        "money": inputs.money,
        "prices": dict(inputs.prices),
        "levels": asdict(inputs.levels),
        "held": [_flat(asdict(item)) for item in held],
        "assets": [_flat(asdict(line)) for line in found.lines],
        "total": {"hot_value": found.hot_value, "value": found.value, "share": found.share},
        "issues": [{"issue": issue.value, "about": about} for issue, about in issues],
    }


def _flat(row: Json) -> Json:
    asset = row.pop("asset")
    match asset:
        case {"ticker": ticker, "decimals": decimals}:
            return {**row, "asset": ticker, "decimals": decimals}
    return row


def _requests(store: Store) -> list[Json]:
    """Those that are new, or in another state than when a day was last taken."""
    told = {
        row["id"]: (row["state"], row["txid"])
        for record in store.oversight.days()
        for row in json.loads(record)["requests"]
    }
    return [
        {
            "id": r.id,
            "account": r.account,
            "digest": r.digest.hex(),
            "txid": r.txid,
            "state": r.state.value,
            "created": r.created,
            "purpose": r.purpose,
        }
        for r in reversed(store.requests())
        if told.get(r.id) != (r.state.value, r.txid)
    ]


def _new_spends(store: Store) -> list[SeenSpend]:
    told = {
        (row["account"], row["txid"], row["height"])
        for record in store.oversight.days()
        for row in json.loads(record)["spends"]
    }
    return [s for s in store.oversight.spends() if (s.account, s.txid, s.height) not in told]


def _alarm(alarm: Alarm, now: int) -> Json:
    return {
        "kind": alarm.kind.value,
        "subject": alarm.subject,
        "account": alarm.account,
        "at": alarm.at,
        "age": max(0, now - alarm.at),
        "detail": alarm.detail,
    }


def _month(text: str) -> tuple[int, int]:
    year, dash, month = text.partition("-")
    fits = (
        len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit() and dash
    )
    if not fits or not 1 <= int(month) <= 12 or int(year) < 2009:
        raise Malformed(Bad.VALUE, what="month")
    return int(year), int(month)


def _cell(value: object) -> object:
    """A cell that a spreadsheet would take for a formula is told to be text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
