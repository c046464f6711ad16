"""`scan`: codes from a camera to a file."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from typing import Final

from online_builder.cli.output import Output
from online_builder.eye import looks
from online_builder.files import write_output
from signer.core.errors import ExitStatus
from signer.wire.reception import Heard, Receiver
from signer.wire.symbol import Room, ansi, symbol
from signer.wire.values import Kind

_TELL: Final = 0.5  # seconds a feedback code stays at least


def scan(args: Namespace, out: Output) -> ExitStatus:
    """Read codes until a payload is whole. INCOMPLETE when the source ends before that."""
    receiver, start, frames, told = Receiver(frozenset(Kind)), time.monotonic(), 0, 0.0
    last: Heard | None = None
    for codes in looks(args.source):
        frames += 1
        for code in codes:
            last = receiver.feed(code.text)
            if last.read is not None:
                _tell_sender(receiver.feedback(code.pixels_per_module))
                if sys.stderr.isatty():
                    sys.stderr.write("\a")
                payload = last.read.payload
                write_output(args.out, payload.data)
                document: dict[str, object] = {
                    "complete": True,
                    "frames": frames,
                    "bytes": len(payload.data),
                    "kind": payload.kind.value,
                    "format": last.read.dialect.format.value,
                    "out": str(args.out),
                }
                out.tell(document, [f"{len(payload.data)} bytes ({payload.kind.value}) read to {args.out}"])
                return ExitStatus.DONE
        if codes and time.monotonic() - told > _TELL:
            told = time.monotonic()
            _tell_sender(receiver.feedback(codes[0].pixels_per_module))
        if time.monotonic() - start > args.timeout:
            break
    if last is not None and last.error is not None and last.progress is None:
        raise last.error
    progress = last.progress if last else None
    have, need = (progress.have, progress.need) if progress else (0, 0)
    out.tell(
        {"complete": False, "frames": frames, "have": have, "need": need},
        [f"Incomplete: {have} of {need} parts."],
    )
    return ExitStatus.INCOMPLETE


def _tell_sender(feedback: bytes | None) -> None:
    """A small code for a sender with a camera, where there is a terminal to show it on."""
    if feedback is None or not sys.stderr.isatty():
        return
    code, size = symbol(feedback), os.get_terminal_size(sys.stderr.fileno())
    scale = Room.console(size.columns, size.lines - 1).scale(code.version)
    if scale:
        sys.stderr.write(f"\x1b[H\x1b[2J{ansi(code, scale=scale)}\n")
        sys.stderr.flush()
