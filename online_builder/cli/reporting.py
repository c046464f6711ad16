"""The reports' commands: a day taken, a month made of days, both signed, and a report checked."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from online_builder.cli.output import Output
from online_builder.desk import Desk
from online_builder.errors import BuilderError
from online_builder.files import read_input, read_large, write_output
from online_builder.oversight.forms import forms
from online_builder.oversight.reports import (
    Inputs,
    Json,
    as_csv,
    check_report,
    make_month,
    take_day,
    today,
)
from online_builder.plan.coins import Holdings
from online_builder.plan.shares import WHOLE, Issue, Levels
from online_builder.plan.tables import parse_held, parse_prices
from signer.core.amount import Amount, Asset
from signer.core.errors import Bad, ExitStatus, Malformed

_LARGEST = 256 * 1024 * 1024


def day(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Take today's record, or tell the one that was taken. REFUSED if too much is hot or not matched."""
    record = None if args.again else today(desk.store, desk.now())
    if record is None:
        record = take_day(desk.store, desk.key, _inputs(desk, args), desk.now())
    document = json.loads(record)
    _write(desk, args, document, record)
    out.tell(document, _day_lines(document))
    return _status(document["issues"])


def month(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Make a month's report out of its daily records: the same bytes and the same signature each time."""
    record = make_month(desk.store, args.month)
    document = json.loads(record)
    _write(desk, args, document, record)
    missing, days = document["days_without_record"], document["days"]
    lines = [
        f"Month      {args.month}: {len(days)} records",
        f"Hot        at most {percent(document['highest_share'])} of customers' assets",
        f"Missing    {len(missing)} days without a record{': ' + ', '.join(missing) if missing else ''}",
        f"Issues     {', '.join(document['days_with_issues']) or 'none'}",
    ]
    out.tell(document, lines)
    return ExitStatus.DONE


def verify(args: Namespace, out: Output) -> ExitStatus:
    """Check the signature on a report, and that its days follow each other. TAMPERED if not."""
    try:
        key = bytes.fromhex(args.key)
    except ValueError as error:
        raise Malformed(Bad.ENCODING, what="key") from error
    data = read_large(args.file, _LARGEST)
    signature = read_input(args.signature or f"{args.file}.sig")
    document = check_report(data, signature, key)
    days = document.get("days")
    count = len(days) if isinstance(days, list) else 1
    out.tell({"kind": document["kind"], "days": count, "valid": True}, [f"Signed by this key; {count} days."])
    return ExitStatus.DONE


def percent(share: int) -> str:
    """Hundredths of a percent as people write it."""
    return f"{share // 100}.{share % 100:02d} %"


def _inputs(desk: Desk, args: Namespace) -> Inputs:
    levels = Levels(args.cap, args.warn, args.target)
    if not 0 <= levels.target <= levels.warn <= levels.cap <= WHOLE:
        raise Malformed(Bad.VALUE, what="levels", limit=WHOLE)
    prices = parse_prices(read_input(str(args.prices))) if args.prices else {}
    typed = parse_held(read_input(str(args.amounts))) if args.amounts else ()
    return Inputs(_holdings(desk), desk.oversee(), prices, typed, levels, args.money)


def _holdings(desk: Desk) -> dict[str, Holdings | BuilderError]:
    """By account; of those with one address, only the form of it that its chain has."""
    found: dict[str, Holdings | BuilderError] = {}
    for group in forms(desk.readers, desk.store.accounts()):
        seen = {known.name: _looked(desk, known.name) for known in group}
        current = [n for n, held in seen.items() if isinstance(held, Holdings) and held.current]
        name = (current or [n for n, held in seen.items() if isinstance(held, Holdings)] or list(seen))[0]
        found[name] = seen[name]
    return found


def _looked(desk: Desk, name: str) -> Holdings | BuilderError:
    try:
        return desk.holdings(name)
    except BuilderError as error:
        return error


def _write(desk: Desk, args: Namespace, document: Json, record: bytes) -> None:
    if not args.out:
        return
    data = as_csv(document) if args.csv else record
    write_output(args.out, data)
    write_output(Path(f"{args.out}.sig"), desk.key.sign(data))


def _status(issues: list[dict[str, str]]) -> ExitStatus:
    found = {Issue(row["issue"]) for row in issues}
    if Issue.ALARM in found:
        return ExitStatus.TAMPERED
    if found & {Issue.OVER_CAP, Issue.NEAR_CAP, Issue.UNMATCHED}:
        return ExitStatus.REFUSED
    return ExitStatus.INCOMPLETE if found else ExitStatus.DONE


def _day_lines(document: dict[str, object]) -> list[str]:
    total, assets, issues = document["total"], document["assets"], document["issues"]
    lines = [f"Record     {document['number']} of {document['day']}"]
    if isinstance(total, dict):
        lines.append(f"Hot        {percent(total['share'])} of customers' assets by value")
    for row in assets if isinstance(assets, list) else []:
        lines += _asset_lines(row)
    for row in issues if isinstance(issues, list) else []:
        lines.append(f"ISSUE      {row['issue']} {row['about']}".rstrip())
    return lines


def _asset_lines(row: dict[str, int]) -> list[str]:
    asset = Asset(str(row["asset"]), row["decimals"])

    def text(units: int) -> str:
        return str(Amount(units, asset))

    lines = [
        f"{asset.ticker:<10} customers {text(row['customer_hot'])} hot, {text(row['customer_cold'])} cold "
        f"({percent(row['share'])} hot); own {text(row['own_hot'])} hot, {text(row['own_cold'])} cold"
    ]
    if row["missing"]:
        lines.append(f"           own cold assets lack {text(row['missing'])} to match what is hot")
    if row["move"] > 0:
        lines.append(f"           suggested: move {text(row['move'])} from hot to cold")
    if row["move"] < 0:
        lines.append(f"           {text(-row['move'])} may be moved from cold to hot")
    return lines
