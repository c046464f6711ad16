"""`scan`: codes from a camera to a file."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from online_builder.cli.output import Output
from online_builder.eye import looks
from online_builder.files import write_output
from signer.core.errors import ExitStatus
from signer.wire.reader import Code
from signer.wire.reception import Heard, Read, Receiver, Said
from signer.wire.symbol import Room, ansi, symbol
from signer.wire.values import Kind

_TELL: Final = 0.5  # seconds a feedback code stays at least


def scan(args: Namespace, out: Output) -> ExitStatus:
    """Read codes until a payload is whole. INCOMPLETE when the source ends before that."""
    receiver, tally, told = Receiver(frozenset(Kind)), _Tally(), 0.0
    for codes in looks(args.source):
        tally.frames += 1
        tally.decoded += bool(codes)
        for code in codes:
            read = tally.take(code, receiver.feed(code.text))
            if read is not None:
                _tell_sender(receiver.feedback(code.pixels_per_module))
                return _done(tally, read, args.out, out)
        if codes and time.monotonic() - told > _TELL:
            told = time.monotonic()
            _tell_sender(receiver.feedback(codes[0].pixels_per_module))
        if tally.seconds > args.timeout:
            break
    return _incomplete(tally, out)


class _Tally:
    """What was seen until the payload was whole; told in the signer's words (`kinko-signer scan --json`)."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self.frames = self.decoded = self.codes = self.used = 0
        self.decoder = "none"
        self.last: Heard | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def take(self, code: Code, heard: Heard) -> Read | None:
        self.codes += 1
        self.used += heard.said in (Said.NEW, Said.DONE)
        self.decoder = code.decoder
        self.last = heard
        return heard.read

    def document(self) -> dict[str, object]:
        return {
            "codes": self.codes,
            "used": self.used,
            "seconds": round(self.seconds, 3),
            "frames": self.frames,
            "decoded": self.decoded,
            "decoder": self.decoder,
        }


def _done(tally: _Tally, read: Read, path: Path, out: Output) -> ExitStatus:
    if sys.stderr.isatty():
        sys.stderr.write("\a")
    payload = read.payload
    write_output(path, payload.data)
    document = tally.document() | {
        "complete": True,
        "kind": payload.kind.value,
        "bytes": len(payload.data),
        "format": read.dialect.format.value,
        "variant": read.dialect.variant,
        "out": str(path),
    }
    out.tell(document, [f"{len(payload.data)} bytes ({payload.kind.value}) read to {path}"])
    return ExitStatus.DONE


def _incomplete(tally: _Tally, out: Output) -> ExitStatus:
    last = tally.last
    if last is not None and last.error is not None and last.progress is None:
        raise last.error
    progress = last.progress if last else None
    have, need = (progress.have, progress.need) if progress else (0, 0)
    missing = list(progress.missing) if progress else []
    words = f"{have} of {need} parts; missing {missing}" if progress else "no code seen"
    document = tally.document() | {"complete": False, "have": have, "need": need, "missing": missing}
    out.tell(document, [f"Incomplete: {words}."])
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
