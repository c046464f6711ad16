"""The witness's commands, for a third party with a home of its own: who it is, and a head cosigned."""

from __future__ import annotations

from argparse import Namespace

from online_builder.cli.output import Output
from online_builder.desk import Desk
from online_builder.files import read_large, write_output
from online_builder.oversight.witness import Desk as WitnessDesk
from online_builder.plan.journals import MAX_EXPORT
from signer.core.cosignature import check_witness_name
from signer.core.errors import ExitStatus


def key(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """The witness's verifier key as C2SP writes it, to be enrolled on every appliance."""
    witness = _desk(desk, args).witness
    out.tell({"name": witness.name, "key": witness.text}, [witness.text])
    return ExitStatus.DONE


def cosign(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Check that a device's journal continues what was seen of it, and cosign its head."""
    witness = _desk(desk, args)
    made = witness.cosign(read_large(args.file, MAX_EXPORT))
    write_output(args.out, made.to_bytes())
    document: dict[str, object] = {
        "journal": made.head.origin,
        "records": made.head.size,
        "time": witness.now,
        "out": str(args.out),
    }
    out.tell(document, [f"Cosigned   {made.head.origin}, {made.head.size} records, to {args.out}"])
    return ExitStatus.DONE


def _desk(desk: Desk, args: Namespace) -> WitnessDesk:
    return WitnessDesk(desk.store, desk.key, check_witness_name(args.name), desk.now())
