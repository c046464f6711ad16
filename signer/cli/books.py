"""The commands an auditor uses: the journal, its signed head, and the device's self-check."""

from __future__ import annotations

import hashlib
from argparse import Namespace

from signer.cli.appliance import Appliance
from signer.cli.files import write_output
from signer.cli.output import Output
from signer.core.errors import ExitStatus
from signer.core.event import Event, EventKind
from signer.core.fingerprint import spoken


def verify(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Check every record and the signed head, and say the journal's key. TAMPERED if anything does not add up."""
    count, key = appliance.books.verify(), appliance.books.public_key
    words = spoken(key)
    document: dict[str, object] = {"records": count, "sound": True, "key": key.hex(), "words": list(words)}
    lines = [
        f"The journal is sound: {count} records.",
        f"Key        {key.hex()}",
        f"Words      {' '.join(words)}",
    ]
    out.tell(document, lines)
    return ExitStatus.DONE


def export(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Write the whole journal for an auditor."""
    data = appliance.books.export()
    write_output(args.out, data)
    event = Event(EventKind.EXPORTED, appliance.bench.desk.clock.now(), (), hashlib.sha256(data).digest())
    appliance.bench.journal.append(event)
    out.tell({"out": str(args.out), "bytes": len(data)}, [f"{len(data)} bytes written to {args.out}"])
    return ExitStatus.DONE


def checkpoint(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Print the signed head of the journal."""
    text = appliance.books.checkpoint().decode("utf-8", "replace")
    out.tell({"checkpoint": text}, [text.rstrip("\n")])
    return ExitStatus.DONE


def selfcheck(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Run every known-answer test, then vault and journal. TAMPERED if one fails."""
    checks = appliance.selfcheck()
    passed = all(check.passed for check in checks)
    rows = [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in checks]
    lines = [
        f"{'pass' if c.passed else 'FAIL'}  {c.name}{'  ' + c.detail if c.detail else ''}" for c in checks
    ]
    out.tell({"checks": rows, "passed": passed}, lines)
    return ExitStatus.DONE if passed else ExitStatus.TAMPERED
