"""The overseer's commands: devices and their journals, alarms, the audit, and the watch that never ends."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, TypeAlias

from online_builder.cli.output import Output
from online_builder.desk import Desk
from online_builder.errors import BuilderError, Trouble
from online_builder.files import read_large
from online_builder.oversight.alarms import Overview
from online_builder.oversight.audit import Audit, Auditor
from online_builder.oversight.checkpoints import KEY_BYTES, register
from online_builder.plan.ages import age
from online_builder.plan.journals import MAX_EXPORT, open_export
from online_builder.store.watched import Alarm, Owner, Tag, Temperature
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.core.fingerprint import spoken

_LONGEST: Final = 200
_SHORTEST: Final = 8
OpenDesk: TypeAlias = Callable[[Path | None], AbstractContextManager[Desk]]


def device_add(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Know a device's journal key. The words are to be compared with what the device shows."""
    device = register(desk.store.oversight, args.name, read_key(args.key))
    words = spoken(device.public_key)
    document: dict[str, object] = {
        "name": device.name,
        "journal": device.origin,
        "key": device.public_key.hex(),
        "words": list(words),
    }
    out.tell(document, [f"Device     {device.name}: {device.origin}", f"Words      {' '.join(words)}"])
    return ExitStatus.DONE


def device_list(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Every device, and how far its journal was seen."""
    book = desk.store.oversight
    last = {head.origin: head for head in book.heads()}
    rows = [
        {
            "name": device.name,
            "journal": device.origin,
            "key": device.public_key.hex(),
            "records": last[device.origin].size if device.origin in last else None,
        }
        for device in book.devices()
    ]
    lines = [f"{row['name']:<20} {row['journal']}  {row['records'] or 0} records seen" for row in rows]
    out.tell({"devices": rows}, lines or ["No device is registered."])
    return ExitStatus.DONE


def tag(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Say of an account whether it is hot or cold, and whose money it holds."""
    known = desk.known(args.name)
    made = Tag(known.name, Temperature(args.temperature), Owner(args.owner))
    desk.store.oversight.tag(made)
    document: dict[str, object] = {
        "name": made.account,
        "temperature": made.temperature.value,
        "owner": made.owner.value,
    }
    out.tell(document, [f"{made.account}: {made.temperature}, {made.owner}"])
    return ExitStatus.DONE


def alarm_list(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Every alarm there ever was. TAMPERED while one is open."""
    found, now = desk.oversee(), desk.now()
    lines = [line for alarm in found.alarms for line in alarm_lines(alarm, now)]
    out.tell(overview_document(found, now), lines or ["There was never an alarm."])
    return ExitStatus.TAMPERED if found.open else ExitStatus.DONE


def alarm_settle(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Somebody answers for an alarm; it stays on record with the name and the reason."""
    for text, what in ((args.by, "name"), (args.why, "reason")):
        if not 0 < len(text) <= _LONGEST or not text.isprintable():
            raise Malformed(Bad.VALUE, what=what, limit=_LONGEST)
    beginning = "" if args.id == "all" else args.id
    told = args.id == "all" or len(args.id) >= _SHORTEST
    count = desk.store.oversight.settle(beginning, args.by, args.why) if told else 0
    if not count:
        raise BuilderError(Trouble.NO_ALARM, what=args.id[:80])
    out.tell({"settled": count}, [f"Settled by {args.by}: {count}"])
    return ExitStatus.DONE


def audit(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Hold journals against themselves, what came back of them, and the chain. TAMPERED if anything is wrong."""
    exports = [read_large(name, MAX_EXPORT) for name in args.export]
    seen = desk.oversee()
    keys = [read_key(text) for text in args.key]
    done = Auditor(desk.store, desk.readers, desk.now()).audit(exports, keys)
    out.tell(_audit_document(done, seen), _audit_lines(done, seen))
    return ExitStatus.TAMPERED if done.found else ExitStatus.DONE


def watch(open_desk: OpenDesk, args: Namespace, out: Output) -> ExitStatus:
    """Look again and again; end with TAMPERED at the first open alarm, so that what started this can call somebody."""
    rounds = 0
    while True:
        with open_desk(args.home) as desk:
            desk.watch()
            found, now = desk.oversee(), desk.now()
        rounds += 1
        if found.open or rounds == args.times:
            lines = overview_lines(found, now) or [f"No alarm in {rounds} rounds."]
            out.tell(overview_document(found, now), lines)
            return ExitStatus.TAMPERED if found.open else ExitStatus.DONE
        time.sleep(args.every)


def overview_document(found: Overview, now: int) -> dict[str, object]:
    """For `--json`: alarms, open ones first; accounts nobody sees; journals nobody can verify."""
    rows = sorted(found.alarms, key=lambda alarm: not alarm.open)
    return {
        "alarms": [_alarm_row(alarm, now) for alarm in rows],
        "open": len(found.open),
        "blind": [{"account": name, "why": why} for name, why in found.blind],
        "unverified": list(found.unverified),
    }


def overview_lines(found: Overview, now: int) -> list[str]:
    """Open alarms, and what cannot be watched."""
    lines = [line for alarm in found.open for line in alarm_lines(alarm, now)]
    lines += [f"BLIND     {name}: {why}" for name, why in found.blind]
    told = (
        "its key is not registered, so its checkpoints are kept and not verified (kinko-builder device add)"
    )
    return lines + [f"UNPROVEN  {journal}: {told}" for journal in found.unverified]


def alarm_lines(alarm: Alarm, now: int) -> list[str]:
    """An alarm in words, with its age."""
    word = "ALARM    " if alarm.open else "settled  "
    account = f"{alarm.account}: " if alarm.account else ""
    lines = [
        f"{word} {age(now - alarm.at)}  {account}{alarm.kind.value}",
        f"          {alarm.detail or alarm.subject}",
    ]
    if alarm.detail:
        lines.append(f"          {alarm.subject}")
    if not alarm.open:
        lines.append(f"          by {alarm.settled_by}: {alarm.settled_why}")
    return lines


def read_key(text: str) -> bytes:
    """A journal's key: 64 hex digits, or an export of the journal, which begins with it. Raises Malformed."""
    if len(text) == 2 * KEY_BYTES:
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise Malformed(Bad.ENCODING, what="key") from error
    return open_export(read_large(text, MAX_EXPORT)).public_key


def _alarm_row(alarm: Alarm, now: int) -> dict[str, object]:
    return {
        "kind": alarm.kind.value,
        "subject": alarm.subject,
        "account": alarm.account,
        "at": alarm.at,
        "found": alarm.found,
        "age": max(0, now - alarm.at),
        "detail": alarm.detail,
        "open": alarm.open,
        "settled_by": alarm.settled_by,
        "settled_why": alarm.settled_why,
    }


def _audit_document(done: Audit, seen: Overview) -> dict[str, object]:
    return {
        "sound": not done.found,
        "journals": [
            {
                "name": j.name,
                "journal": j.journal,
                "records": j.records,
                "checkpoints": j.heads,
                "proven": j.proven,
                "elsewhere": j.elsewhere,
            }
            for j in done.journals
        ],
        "found": [{"fault": f.fault.value, "journal": f.journal, "what": f.what} for f in done.found],
        "blind": [{"account": name, "why": why} for name, why in seen.blind],
    }


def _audit_lines(done: Audit, seen: Overview) -> list[str]:
    lines = []
    for j in done.journals:
        whose = j.name or "nobody said whose key this is: compare it with the genesis transcript"
        lines.append(f"Journal    {j.journal} ({whose})")
        lines.append(f"           {j.records} records; {j.heads} remembered checkpoints are its beginnings")
        if j.elsewhere:
            lines.append(f"           {j.elsewhere} signatures in it are for nothing that was proposed here")
    lines += [f"WRONG      {f.fault.value}: {f.what}" for f in done.found]
    lines += [f"BLIND      {name}: {why}" for name, why in seen.blind]
    return [*lines, "Something does not add up." if done.found else "Everything adds up."]
