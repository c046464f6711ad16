"""The commands that meet light: reading codes from a camera, and showing a file as codes."""

from __future__ import annotations

import os
import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from signer.ceremony.ports import Camera
from signer.ceremony.reception import Heard, Read, Receiver, Said
from signer.ceremony.showing import Showing, largest_version, show
from signer.cli.appliance import Appliance
from signer.cli.files import read_input, write_output
from signer.cli.output import Output
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.core.sight import CameraEvent, Ended, Ending, Seen, Stats
from signer.wire import detect_file
from signer.wire.symbol import ansi, png
from signer.wire.values import Dialect, Format, Kind

_POLL: Final = 0.25
#: A comfortable single symbol for a 1080p camera; see docs/reference/qr-formats.md.
_VERSION: Final = 20
#: A static code is one symbol, however large it has to be.
_LARGEST: Final = 40
_SCALE: Final = 8
#: A fountain is written out for this many cycles, so that a lossy camera finds enough.
_CYCLES: Final = 2


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
        self.last: Heard | None = None
        self.read: Read | None = None
        self.stats: Stats | None = None
        self.ended: Ended | None = None

    def take(self, receiver: Receiver, event: CameraEvent) -> None:
        match event:
            case Seen(text=text) if self.read is None:
                self.codes += 1
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
    watch, receiver, start = _Watch(), Receiver(frozenset(Kind)), time.monotonic()
    while watch.read is None and watch.ended is None and watch.seconds < timeout:
        for event in camera.poll(_POLL):
            watch.take(receiver, event)
        watch.seconds = time.monotonic() - start
    return watch


def _incomplete(watch: _Watch, document: dict[str, object], out: Output) -> ExitStatus:
    last = watch.last
    if last is not None and last.error is not None:
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


def show_file(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Write a file's codes as PNG frames, or animate them in the terminal until interrupted."""
    payload = detect_file(read_input(args.file))
    default = Format.KINKO if payload.kind in (Kind.REQUEST, Kind.RESPONSE) else Format.UR
    dialect = Dialect(Format(args.format) if args.format else default)
    if not 0 <= args.version <= 40:
        raise Malformed(Bad.VALUE, what="version", limit=40)
    if args.frames:
        largest = _LARGEST if dialect.format is Format.STATIC else _VERSION
        showing = show(payload, dialect, args.version or largest)
        return _write_frames(showing, args.frames, out)
    if not sys.stdout.isatty():
        raise Malformed(Bad.UNSUPPORTED, what="animation without a terminal")
    columns, rows = shutil.get_terminal_size()
    _animate(show(payload, dialect, args.version or largest_version(columns, rows - 1)), args.fps)
    return ExitStatus.DONE


def _write_frames(showing: Showing, folder: Path, out: Output) -> ExitStatus:
    count = showing.frames.count
    total = count * _CYCLES if showing.frames.endless and count > 1 else count
    for index in range(total):
        write_output(folder / f"frame-{index:05d}.png", png(showing.symbol(index), _SCALE))
    document: dict[str, object] = {
        "frames": total,
        "parts": count,
        "version": showing.version,
        "modules": showing.size,
        "format": str(showing.dialect.format),
        "folder": str(folder),
        "bytes": len(showing.payload.data),
    }
    changed = f"{showing.asked.format} does not fit, shown as {showing.dialect.format}"
    lines = [f"{total} frames of {showing.size} by {showing.size} modules in {folder}"]
    out.tell(document, [*lines, *([changed] if showing.replaced else [])])
    return ExitStatus.DONE


def _animate(showing: Showing, fps: float) -> None:
    """Until Control-C. The cursor is put back on top for every code."""
    pause = 1 / min(max(fps, 0.2), 30.0)
    index = 0
    try:
        while True:
            sys.stdout.write(
                f"\x1b[H\x1b[2J{ansi(showing.symbol(index))}\n{index % showing.frames.count + 1}"
            )
            sys.stdout.write(f"/{showing.frames.count}  Control-C ends")
            sys.stdout.flush()
            index += 1
            time.sleep(pause)
    except KeyboardInterrupt:
        sys.stdout.write("\x1b[0m" + os.linesep)
