"""The commands an auditor uses: the journal, its signed head, and the device's self-check."""

from __future__ import annotations

import hashlib
from argparse import Namespace

from signer.ceremony.witnessing import take_cosigned
from signer.cli.appliance import Appliance
from signer.cli.files import read_input, write_output
from signer.cli.output import Output
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.core.event import Event, EventKind
from signer.core.fingerprint import spoken
from signer.core.when import utc


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
    """Print the signed head of the journal; for a witness, proved to continue what he cosigned last."""
    size = 0
    if args.witness:
        upkeep = appliance.bench.desk.policies.upkeep()
        if args.witness not in [witness.name for witness in upkeep.witnesses]:
            raise Malformed(Bad.VALUE, what="witness")
        size = upkeep.cosigned.get(args.witness, (0, 0))[0]
    text = appliance.books.since(size).decode("utf-8", "replace")
    if args.out:
        write_output(args.out, text.encode())
    out.tell({"checkpoint": text}, [text.rstrip("\n")])
    return ExitStatus.DONE


def cosigned(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Take in a checkpoint that witnesses have cosigned."""
    bench = appliance.bench
    said = take_cosigned(bench.desk, bench.journal, read_input(args.file))
    rows = [{"name": witness.name, "records": size, "time": at} for witness, size, at in said]
    lines = [f"{witness.name} has cosigned {size} records, at {utc(at)}" for witness, size, at in said]
    out.tell({"cosigned": rows}, lines)
    return ExitStatus.DONE


def witnesses(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """One line a witness: whose cosignatures count, and the newest of each."""
    upkeep, rows, lines = appliance.bench.desk.policies.upkeep(), [], []
    for witness in upkeep.witnesses:
        size, at = upkeep.cosigned.get(witness.name, (0, 0))
        rows.append({"name": witness.name, "key": witness.text, "records": size, "time": at})
        lines.append(f"{witness.text}  {f'{size} records, at {utc(at)}' if at else 'nothing cosigned yet'}")
    out.tell({"witnesses": rows, "records": upkeep.records}, lines or ["No witness is enrolled."])
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
