"""`show`: a file as codes, in the terminal, as PNG frames or as one GIF."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from signer.ceremony.ports import Camera
from signer.cli.appliance import Appliance
from signer.cli.files import read_input, write_output
from signer.cli.output import Output
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.core.sight import Seen
from signer.wire.animation import gif
from signer.wire.dialects import detect_file, named
from signer.wire.following import Player
from signer.wire.reel import Reel
from signer.wire.showing import START, Showing, show
from signer.wire.symbol import VERSIONS, Grid, Room, ansi, png
from signer.wire.values import Dialect, Format, Kind

_SCALE: Final = 8
_GIF_SCALE: Final = 4


def show_file(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Write a file's codes as pictures, or animate them in the terminal until interrupted, or until received."""
    payload = detect_file(read_input(args.file))
    default = Format.KINKO if payload.kind in (Kind.REQUEST, Kind.RESPONSE) or args.source else Format.UR
    dialect = named(args.format) if args.format else Dialect(default)
    grid = Grid(*args.grid)
    if args.frames or args.gif:
        room = Room.holding(args.version or VERSIONS[-1], grid)
        reel = Reel.of(show(payload, dialect, room, grid, args.version or START))
        return _write_frames(reel, args, out) if args.frames else _film(reel, args, out)
    if not sys.stdout.isatty():
        raise Malformed(Bad.UNSUPPORTED, what="animation without a terminal")
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    room = Room.console(columns, rows - 1)
    with _listening(appliance, args.source) as camera:
        return _animate(show(payload, dialect, room, grid, args.version or START), camera, args.fps, out)


def _write_frames(reel: Reel, args: Namespace, out: Output) -> ExitStatus:
    canvas = reel.canvas(_SCALE)
    with suppress(OSError):  # what does not go, cannot be written either
        for old in args.frames.glob("frame-[0-9][0-9][0-9][0-9][0-9].png"):  # pictures of another showing
            old.unlink()
    for index in range(reel.count):
        write_output(args.frames / f"frame-{index:05d}.png", png(reel.sheet(index), _SCALE, canvas=canvas))
    document, lines = _described(reel)
    shown = f"{reel.count} frames of {canvas[0]} by {canvas[1]} pixels in {args.frames}"
    out.tell(document | {"folder": str(args.frames)}, [shown, *lines])
    return ExitStatus.DONE


def _film(reel: Reel, args: Namespace, out: Output) -> ExitStatus:
    """One round of the codes as a GIF that goes on for ever."""
    fps = min(max(round(args.fps or reel.showing.fps), 1), 50)
    count = reel.showing.pictures if reel.alone is None else reel.count
    data = gif((reel.sheet(index) for index in range(count)), fps=fps, canvas=reel.canvas(_GIF_SCALE))
    write_output(args.gif, data)
    document, lines = _described(reel)
    document |= {"frames": count, "fps": fps, "bytes": len(data), "out": str(args.gif)}
    out.tell(document, [f"{count} pictures at {fps} a second in {args.gif}", *lines])
    return ExitStatus.DONE


def _described(reel: Reel) -> tuple[dict[str, object], list[str]]:
    """What was written, as a document; and what a person should know beside."""
    showing, lines = reel.showing, list[str]()
    if reel.alone is not None:
        lines.append(
            f"the last {reel.count - reel.together} are single codes, for a camera that cannot read the grid"
        )
    if showing.replaced:
        lines.append(f"{showing.asked.format} does not fit, shown as {showing.dialect.format}")
    return reel.facts(), lines


@contextmanager
def _listening(appliance: Appliance, source: str) -> Iterator[Camera | None]:
    """The camera that looks at the receiver's screen, if there is to be one."""
    camera = appliance.open_camera(source) if source else None
    try:
        yield camera
    finally:
        if camera is not None:
            camera.close()


def _animate(showing: Showing, camera: Camera | None, fps: float | None, out: Output) -> ExitStatus:
    """Until Control-C, or until the receiver says that it has all."""
    start = time.monotonic()
    player = Player(showing, start, fps=fps, listening=camera is not None)
    try:
        while not player.done:
            until = time.monotonic() + player.pause
            _draw(player, time.monotonic())
            _hear(player, camera, until)
    except KeyboardInterrupt:
        sys.stdout.write("\x1b[0m" + os.linesep)
    if camera is None:
        return ExitStatus.DONE
    sys.stdout.write("\x1b[H\x1b[2J")
    seconds = round(time.monotonic() - start, 1)
    steps = [{"second": stood.second, "shown": str(stood)} for stood in player.stood]
    words = "Received" if player.done else "Not received as far as is known"
    way = ", ".join(str(stood) for stood in player.stood)
    out.tell(
        {"received": player.done, "percent": player.percent, "seconds": seconds, "steps": steps},
        [f"{words}, after {seconds} s: {way}."],
    )
    return ExitStatus.DONE if player.done else ExitStatus.INCOMPLETE


def _draw(player: Player, now: float) -> None:
    """The next picture on top of the last; the cursor is put back for every one."""
    sheet = player.sheet(now)
    number, count = player.number
    told = "" if player.percent is None else f"  {player.percent} %"
    sys.stdout.write(
        f"\x1b[H\x1b[2J{ansi(sheet, scale=player.showing.scale)}\n{number}/{count}{told}  Control-C ends"
    )
    sys.stdout.flush()


def _hear(player: Player, camera: Camera | None, until: float) -> None:
    """What the receiver's screen says until the next picture is due."""
    if camera is None:
        time.sleep(max(0.0, until - time.monotonic()))
        return
    while (left := until - time.monotonic()) > 0:
        for event in camera.poll(left):
            if isinstance(event, Seen):
                player.hear(event.text)
