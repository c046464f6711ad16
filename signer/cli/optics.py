"""`scan`: codes from a camera to a file."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from typing import Final

from signer.ceremony.ports import Camera
from signer.ceremony.reception import Heard, Read, Receiver, Said
from signer.cli.appliance import Appliance
from signer.cli.files import write_output
from signer.cli.output import Output
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.core.sight import CameraEvent, Ended, Ending, Seen, Stats
from signer.wire.symbol import Room, ansi, symbol
from signer.wire.values import Kind

_POLL: Final = 0.25
_TELL: Final = 0.5  # seconds a feedback code stays at least


def scan(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Read codes until a payload is whole, and write it. INCOMPLETE when the source ends before that."""
    camera = appliance.open_camera(args.source)
    try:
        watch = _watch(camera, args.timeout)
    finally:
        camera.close()
    document: dict[str, object] = {
        "complete": watch.read is not None,
        "codes": watch.codes,
        "used": watch.used,
        "seconds": round(watch.seconds, 3),
    }
    if watch.stats is not None:
        stats = watch.stats
        document |= {"frames": stats.frames_seen, "decoded": stats.decoded, "decoder": stats.decoder}
    if watch.read is None:
        return _incomplete(watch, document, out)
    payload = watch.read.payload
    write_output(args.out, payload.data)
    document |= {
        "kind": payload.kind.value,
        "bytes": len(payload.data),
        "format": str(watch.read.dialect.format),
        "variant": watch.read.dialect.variant,
        "out": str(args.out),
    }
    out.tell(
        document,
        [f"{len(payload.data)} bytes ({payload.kind.value}) read from {watch.used} codes to {args.out}"],
    )
    return ExitStatus.DONE


class _Watch:
    """What a camera said until the payload was whole, the source ended or time ran out."""

    def __init__(self) -> None:
        self.codes = 0
        self.used = 0
        self.seconds = 0.0
        self.density = 0.0
        self.last: Heard | None = None
        self.read: Read | None = None
        self.stats: Stats | None = None
        self.ended: Ended | None = None

    def take(self, receiver: Receiver, event: CameraEvent) -> None:
        match event:
            case Seen(text=text) if self.read is None:
                self.codes += 1
                self.density = event.pixels_per_module
                self.last = receiver.feed(text)
                self.used += self.last.said in (Said.NEW, Said.DONE)
                self.read = self.last.read
            case Stats():
                self.stats = event
            case Ended():
                self.ended = event
            case _:
                pass


def _watch(camera: Camera, timeout: float) -> _Watch:
    watch, receiver, start, told = _Watch(), Receiver(frozenset(Kind)), time.monotonic(), 0.0
    while watch.read is None and watch.ended is None and watch.seconds < timeout:
        for event in camera.poll(_POLL):
            watch.take(receiver, event)
        watch.seconds = time.monotonic() - start
        if watch.seconds - told > _TELL or watch.read is not None:
            told = watch.seconds
            _tell_sender(receiver.feedback(watch.density))
    if watch.read is not None and sys.stderr.isatty():
        sys.stderr.write("\a")
    return watch


def _tell_sender(feedback: bytes | None) -> None:
    """A small code for a sender with a camera, where there is a terminal to show it on."""
    if feedback is None or not sys.stderr.isatty():
        return
    code, size = symbol(feedback), os.get_terminal_size(sys.stderr.fileno())
    scale = Room.console(size.columns, size.lines - 1).scale(code.version)
    if scale:
        sys.stderr.write(f"\x1b[H\x1b[2J{ansi(code, scale=scale)}\n")
        sys.stderr.flush()


def _incomplete(watch: _Watch, document: dict[str, object], out: Output) -> ExitStatus:
    last = watch.last
    if last is not None and last.error is not None and last.progress is None:
        raise last.error
    if last is None and watch.ended is not None and watch.ended.reason is not Ending.END:
        raise Malformed(Bad.UNREADABLE, what="camera")
    progress = last.progress if last else None
    document |= {"have": progress.have if progress else 0, "need": progress.need if progress else 0}
    document["missing"] = list(progress.missing) if progress else []
    words = (
        f"{progress.have} of {progress.need} parts; missing {list(progress.missing)}"
        if progress
        else "no code seen"
    )
    out.tell(document, [f"Incomplete: {words}."])
    return ExitStatus.INCOMPLETE
