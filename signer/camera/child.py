"""The child process that looks at pixels: source -> decoders -> lines on a pipe. It is given no key and no secret."""

from __future__ import annotations

import argparse
import os
import sys
import time

import cv2
import numpy as np

from signer.camera import advice, lines, sandbox, zbar
from signer.camera.noise import Collector
from signer.camera.sources import Source, open_source
from signer.core.sight import Ended, Ending, Hint, Seen, Stats
from signer.wire.reader import Gray, Reader
from signer.wire.symbol import symbol

_PREVIEW_EVERY, _STATS_EVERY, _HINT_EVERY = 0.12, 0.5, 0.5
_REMEMBERED = 15  # frames for which a text is not told again: a reception that begins anew must hear it again


def gather(source: Source) -> None:
    """Only noise, until nobody listens: nothing is decoded."""
    collector = Collector()
    for number, frame in enumerate(source.frames()):
        tell(lines.Alive(number))
        noise = b"" if frame is None else collector.take(frame)
        if noise:
            tell(lines.Noise(noise))


class Scan:
    """One source, looked at frame by frame."""

    def __init__(self, source: Source, preview: tuple[int, int] | None, skip: int) -> None:
        self._source = source
        self._preview = preview
        self._skip = skip
        self._reader = Reader(hasty=source.live, last=zbar.read)
        self._adviser = advice.Adviser()
        self._recent: dict[bytes, int] = {}  # texts told, and at which frame
        self._start = time.monotonic()
        self._due = dict.fromkeys(("preview", "stats", "hint"), 0.0)
        self._seen = self._decoded = self._used = 0
        self._decoder = "none"

    def run(self) -> None:
        """Until the source ends."""
        for number, frame in enumerate(self._source.frames()):
            if number < self._skip:
                continue
            tell(lines.Alive(number))
            self._seen += 1
            if frame is not None:
                self._look(frame)
            if self._is_due("stats", _STATS_EVERY):
                tell(self._stats())
        tell(self._stats())

    def _look(self, frame: Gray) -> None:
        codes = self._reader.read(frame, hard=self._source.once)
        if codes:
            self._decoded += 1
            self._decoder = codes[0].decoder
        self._recent = {
            text: frame for text, frame in self._recent.items() if self._seen - frame < _REMEMBERED
        }
        fresh = [code for code in codes if code.text not in self._recent]
        if fresh:
            self._used += len(fresh)
            self._recent |= {code.text: self._seen for code in fresh}
            tell(self._stats())  # before the codes, so that who stops at the last one has the count
        for code in fresh:
            tell(Seen(code.text, code.pixels_per_module))
        if self._preview and self._is_due("preview", _PREVIEW_EVERY):
            tell(advice.shrink(frame, self._preview, codes))
        if self._is_due("hint", _HINT_EVERY):
            kind = self._adviser.advise(frame, codes)
            if kind:
                tell(Hint(kind))

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + every
        return True

    def _stats(self) -> Stats:
        seconds = time.monotonic() - self._start
        return Stats(self._seen, self._decoded, self._used, seconds, self._decoder)


def tell(event: lines.Told) -> None:
    """One line to the parent, whole."""
    rest = memoryview(lines.write(event))
    while rest:
        rest = rest[os.write(1, rest) :]


def _warm_up() -> None:
    """Make libraries load what they load late: after the doors are closed they cannot."""
    rows = np.frombuffer(b"".join(symbol(b"warm up").rows), np.uint8).reshape(21, 21)
    picture = np.kron(np.pad(255 * (1 - rows), 4, constant_values=255), np.ones((6, 6), np.uint8))
    Reader().read(picture.astype(np.uint8))
    Reader(last=zbar.read).read(np.zeros((64, 64), np.uint8), hard=True)
    for kind in (".png", ".jpg"):
        cv2.imdecode(cv2.imencode(kind, picture.astype(np.uint8))[1], cv2.IMREAD_GRAYSCALE)


def main() -> None:
    """Run as the child; see process.py for the arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--preview", type=int, nargs=2)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--noise", action="store_true")
    arguments = parser.parse_args()
    sandbox.enter(arguments.parent)
    cv2.setNumThreads(1)
    source = open_source(arguments.source)
    if source is None:
        tell(Ended(Ending.UNREADABLE))
        sys.exit(1)
    _warm_up()
    tell(lines.Closed(sandbox.close_in(source.folder)))
    if arguments.noise:
        gather(source)
        tell(Ended(Ending.END))
        return
    preview = (arguments.preview[0], arguments.preview[1]) if arguments.preview else None
    Scan(source, preview, arguments.skip).run()
    tell(Ended(Ending.END))
