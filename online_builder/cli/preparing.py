"""The commands of whoever prepares ceremonies: the key that appliances' policies name, and scripts signed with it."""

from __future__ import annotations

from argparse import Namespace

from online_builder.cli.output import Output
from online_builder.desk import Desk
from online_builder.files import read_large, write_output
from signer.core.checkpoint import check_key_name
from signer.core.errors import ExitStatus
from signer.core.prepared import MAX_PREPARED, Preparer, read_prepared


def key(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """The preparer's verifier key as C2SP writes it, for the policy's rule `scripts`."""
    preparer = _preparer(desk, args)
    out.tell({"name": preparer.name, "key": preparer.text}, [preparer.text])
    return ExitStatus.DONE


def sign(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Sign a ceremony script, and say the words that the appliances will show for it."""
    preparer = _preparer(desk, args)
    made = read_prepared(read_large(args.file, MAX_PREPARED)).sign(preparer, desk.key.sign)
    write_output(args.out, made.to_bytes())
    names = [signer.name for signer in made.signers]
    document: dict[str, object] = {
        "sha256": made.digest.hex(),
        "words": list(made.words),
        "signers": names,
        "out": str(args.out),
    }
    lines = [
        f"Signed     by {', '.join(names)}, to {args.out}",
        f"SHA-256    {made.digest.hex()}",
        f"Words      {' '.join(made.words)}",
    ]
    out.tell(document, lines)
    return ExitStatus.DONE


def _preparer(desk: Desk, args: Namespace) -> Preparer:
    return Preparer(check_key_name(args.name, "preparer"), desk.key.public)
