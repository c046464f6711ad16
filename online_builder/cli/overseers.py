"""The command line of overseers, witnesses and preparers: devices, alarms, audits, reports, cosignatures, scripts."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from online_builder.plan.shares import CAP, TARGET, WARN
from online_builder.store.watched import Owner, Temperature

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add: TypeAlias = Callable[[Commands, str, str], argparse.ArgumentParser]


def add_overseers(commands: Commands, add: Add) -> None:
    """Every command of theirs; `add(commands, name, text)` makes one."""
    _devices(commands, add)
    _alarms(commands, add)
    _reports(commands, add)
    _witness(commands, add)
    _ceremony(commands, add)


def _verbs(command: argparse.ArgumentParser) -> Commands:
    return command.add_subparsers(dest="verb", metavar="VERB", required=True)


def _devices(commands: Commands, add: Add) -> None:
    verbs = _verbs(add(commands, "device", "the appliances, by the keys of their journals"))
    device = add(verbs, "add", "know an appliance: its checkpoints are verified from now on")
    device.add_argument("key", help="the journal's key in hex, or a file with an export of the journal")
    device.add_argument("--name", required=True, help="what to call it")
    add(verbs, "list", "every appliance, and how many records were seen of its journal")
    audit = add(
        commands, "audit", "hold exports of journals against themselves, what came back, and the chain"
    )
    audit.add_argument("export", nargs="+", help="what `kinko-signer journal export` wrote, one an appliance")
    audit.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="HEX",
        help="the key of a journal that is not registered",
    )


def _alarms(commands: Commands, add: Add) -> None:
    verbs = _verbs(add(commands, "alarm", "spends and checkpoints that nothing explains"))
    add(verbs, "list", "every alarm there ever was, with its age")
    settle = add(verbs, "settle", "answer for an alarm; it stays on record")
    settle.add_argument(
        "id", help="the beginning of its subject (a transaction id, a journal's name), or all"
    )
    settle.add_argument("--by", required=True, metavar="NAME", help="who answers for it")
    settle.add_argument("--why", required=True, metavar="TEXT", help="what it was")
    watch = add(commands, "watch", "look again and again; ends with status 6 at the first alarm")
    watch.add_argument(
        "--every", type=_seconds, default=60, metavar="SECONDS", help="between two looks (default: 60)"
    )
    watch.add_argument("--times", type=int, default=0, metavar="N", help="looks at most (default: for ever)")


def _reports(commands: Commands, add: Add) -> None:
    tag = add(commands, "tag", "say whether an account is hot or cold, and whose money it holds")
    tag.add_argument("name", help="the account")
    tag.add_argument("temperature", choices=[item.value for item in Temperature])
    tag.add_argument("owner", choices=[item.value for item in Owner])
    verbs = _verbs(add(commands, "report", "quantities, hot share and what matches it, by day and by month"))
    day = add(verbs, "day", "take today's record (UTC), or tell the one that was taken")
    day.add_argument("--prices", type=Path, metavar="FILE", help="CSV: asset,price of a whole coin, integers")
    day.add_argument(
        "--amounts",
        type=Path,
        metavar="FILE",
        help="CSV: place,asset,decimals,units,temperature,owner of what no account here watches",
    )
    day.add_argument("--money", default="JPY", help="what prices are in (default: JPY)")
    for name, value, text in (
        ("cap", CAP, "the legal cap"),
        ("warn", WARN, "the alarm below it"),
        ("target", TARGET, "what is aimed at"),
    ):
        text = f"{text}, hundredths of a percent (default: {value})"
        day.add_argument(f"--{name}", type=int, default=value, metavar="N", help=text)
    day.add_argument(
        "--again", action="store_true", help="take a further record today, which corrects the first"
    )
    _signed(day)
    month = add(verbs, "month", "make a month's report of its daily records")
    month.add_argument("month", help="such as 2026-11")
    _signed(month)
    check = add(commands, "verify", "check the signature on a report, and that its days follow each other")
    check.add_argument("file")
    check.add_argument("--key", required=True, metavar="HEX", help="the builder's key (kinko-builder key)")
    check.add_argument("--signature", default="", metavar="FILE", help="default: the file's name with .sig")


def _signed(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, help="write it, and the signature beside it in .sig")
    command.add_argument("--csv", action="store_true", help="write the quantities as CSV instead of JSON")


def _witness(commands: Commands, add: Add) -> None:
    verbs = _verbs(add(commands, "witness", "for a third party: cosign the heads of journals (C2SP)"))
    key = add(verbs, "key", "the witness's verifier key, to be enrolled on the appliances")
    cosign = add(verbs, "cosign", "check that a journal continues what was seen of it, and cosign its head")
    cosign.add_argument("file", help="a checkpoint of an appliance, or an export of its whole journal")
    cosign.add_argument("--out", type=Path, required=True, help="the cosigned checkpoint, to be shown back")
    for command in (key, cosign):
        command.add_argument(
            "--name", required=True, help="the witness's name, such as auditor.example/kinko"
        )


def _ceremony(commands: Commands, add: Add) -> None:
    verbs = _verbs(add(commands, "ceremony", "prepare the ceremonies that appliances hold"))
    key = add(verbs, "key", "the preparer's verifier key, for the rule `scripts` of the appliances' policy")
    sign = add(verbs, "sign", "sign a ceremony script, and say the words that appliances show for it")
    sign.add_argument("file", help="the script; signatures it has already are kept")
    sign.add_argument("--out", type=Path, required=True, help="the signed script, to be shown as codes")
    for command in (key, sign):
        command.add_argument("--name", required=True, help="the preparer's name, such as hana@kinko")


def _seconds(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"not from 1 to 86400: {text}")
    return value
