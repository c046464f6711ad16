"""The commands that meet light: showing a file as codes, and reading codes from a camera."""

from __future__ import annotations

import shutil
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from online_builder.cli.output import Output
from online_builder.eye import looks
from online_builder.files import read_input, write_output
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.wire.animation import gif
from signer.wire.dialects import detect_file
from signer.wire.reception import Heard, Receiver
from signer.wire.showing import Showing, largest_version, show
from signer.wire.symbol import ansi, png
from signer.wire.values import Dialect, Format, Kind

_VERSION: Final = 20
#: A static code is one symbol, however large it has to be.
_LARGEST: Final = 40
_SCALE: Final = 8
_CYCLES: Final = 2


def show_file(args: Namespace, out: Output) -> ExitStatus:
    """PNG frames in a folder, or an animation in the terminal until interrupted."""
    payload = detect_file(read_input(args.file))
    default = Format.KINKO if payload.kind in (Kind.REQUEST, Kind.RESPONSE) else Format.UR
    dialect = Dialect(Format(args.format) if args.format else default)
    if not 0 <= args.version <= 40:
        raise Malformed(Bad.VALUE, what="version", limit=40)
    if args.frames or args.gif:
        largest = _LARGEST if dialect.format is Format.STATIC else _VERSION
        showing = show(payload, dialect, args.version or largest)
        return _write(showing, args.frames, out) if args.frames else _film(showing, args, out)
    if not sys.stdout.isatty():
        raise Malformed(Bad.UNSUPPORTED, what="animation without a terminal")
    columns, rows = shutil.get_terminal_size()
    _animate(show(payload, dialect, args.version or largest_version(columns, rows - 1)), args.fps)
    return ExitStatus.DONE


def scan(args: Namespace, out: Output) -> ExitStatus:
    """Read codes until a payload is whole. INCOMPLETE when the source ends before that."""
    receiver, start, frames = Receiver(frozenset(Kind)), time.monotonic(), 0
    last: Heard | None = None
    for codes in looks(args.source):
        frames += 1
        for code in codes:
            last = receiver.feed(code.text)
            if last.read is not None:
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
        if time.monotonic() - start > args.timeout:
            break
    if last is not None and last.error is not None:
        raise last.error
    progress = last.progress if last else None
    have, need = (progress.have, progress.need) if progress else (0, 0)
    out.tell(
        {"complete": False, "frames": frames, "have": have, "need": need},
        [f"Incomplete: {have} of {need} parts."],
    )
    return ExitStatus.INCOMPLETE


def _write(showing: Showing, folder: Path, out: Output) -> ExitStatus:
    count = showing.frames.count
    total = count * _CYCLES if showing.frames.endless and count > 1 else count
    for index in range(total):
        write_output(folder / f"frame-{index:05d}.png", png(showing.symbol(index), _SCALE))
    document: dict[str, object] = {
        "frames": total,
        "parts": count,
        "version": showing.version,
        "modules": showing.size,
        "format": showing.dialect.format.value,
        "bytes": len(showing.payload.data),
        "folder": str(folder),
    }
    changed = f"{showing.asked.format} does not fit, shown as {showing.dialect.format}"
    lines = [f"{total} frames of {showing.size} by {showing.size} modules in {folder}"]
    out.tell(document, [*lines, *([changed] if showing.replaced else [])])
    return ExitStatus.DONE


def _film(showing: Showing, args: Namespace, out: Output) -> ExitStatus:
    """One cycle of the codes as a GIF that goes on for ever."""
    fps = min(max(round(args.fps), 1), 50)
    count = showing.frames.count
    data = gif((showing.symbol(index) for index in range(count)), fps=fps)
    write_output(args.gif, data)
    document: dict[str, object] = {"parts": count, "fps": fps, "bytes": len(data), "out": str(args.gif)}
    out.tell(document, [f"{count} codes at {fps} a second in {args.gif}"])
    return ExitStatus.DONE


def _animate(showing: Showing, fps: float) -> None:
    """Until Control-C."""
    pause, index = 1 / min(max(fps, 0.2), 30.0), 0
    try:
        while True:
            shown = f"{index % showing.frames.count + 1}/{showing.frames.count}"
            sys.stdout.write(f"\x1b[H\x1b[2J{ansi(showing.symbol(index))}\n{shown}  Control-C ends")
            sys.stdout.flush()
            index += 1
            time.sleep(pause)
    except KeyboardInterrupt:
        sys.stdout.write("\x1b[0m\n")
