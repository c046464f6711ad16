"""A payload as an animation of QR symbols that fit a console, in steps of density and of speed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.dialects import encode
from signer.wire.pace import COMFORTABLE, FINE, TOO_LOSSY, Feedback
from signer.wire.symbol import (
    ALPHANUMERIC,
    QUIET,
    Symbol,
    alphanumeric_capacity,
    byte_capacity,
    smallest_version,
    symbol,
)
from signer.wire.symbol import version_for_console as largest_version
from signer.wire.values import Dialect, Format, Frames, Payload

__all__ = ["SPEEDS", "Showing", "Symbol", "largest_version", "show"]

#: Symbols a second, slow to fast.
SPEEDS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15)

#: The versions one can step through, and where an animation starts if the console is large enough.
DENSITIES: Final = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 25, 27, 30, 33, 36, 40)
_START: Final = 20

_FORMATS: Final = tuple(Format)
_COUNTER_GROWTH: Final = 8  # digits by which a fountain's part number may grow
_LEAST_FRAGMENT: Final = 10


@dataclass(frozen=True, slots=True)
class Showing:
    """`frames` in symbols of one `version`; `room` is the largest version the console holds.

    `asked` differs from `dialect` where the answer does not fit the console in the form that was asked for.
    """

    payload: Payload
    asked: Dialect
    dialect: Dialect
    frames: Frames
    version: int
    room: int

    def symbol(self, index: int) -> Symbol:
        """The symbol to show as number `index`, counted from 0 without end."""
        return symbol(self.frames.text(index), version=self.version)

    @property
    def size(self) -> int:
        """Modules on a side, without the quiet zone."""
        return 17 + 4 * self.version

    def denser(self) -> Showing:
        """More in each symbol, so fewer of them; the same where nothing larger fits."""
        larger = [version for version in DENSITIES if self.version < version <= self.room]
        return self._at(larger[0]) if larger and self.frames.count > 1 else self

    def sparser(self) -> Showing:
        """Less in each symbol, easier to read."""
        for version in reversed([step for step in DENSITIES if step < self.version]):
            try:
                return self._at(version)
            except Malformed:
                continue
        return self

    @property
    def replaced(self) -> bool:
        """Whether it had to be another format than the one asked for."""
        return self.dialect.format is not self.asked.format

    def reformed(self) -> Showing:
        """The same payload in the next format that fits, for a reader that does not know this one."""
        here = _FORMATS.index(self.dialect.format)
        for form in _FORMATS[here + 1 :] + _FORMATS[:here]:
            try:
                other = show(self.payload, Dialect(form), self.room)
            except Malformed:
                continue
            if not other.replaced:
                return other
        return self

    def resized(self, room: int) -> Showing:
        """The same on a console of another size."""
        if self.version <= room:
            return replace(self, room=room)
        return show(self.payload, self.asked, room)

    def heard(self, feedback: Feedback) -> Showing:
        """What to show after a look at the receiver's feedback code: sparser when it loses much, denser when it may."""
        if feedback.loss > TOO_LOSSY:
            return self.sparser()
        denser = self.denser()
        left = feedback.density * (self.size + QUIET) / (denser.size + QUIET)
        return denser if feedback.loss <= FINE and left >= COMFORTABLE else self

    def _at(self, version: int) -> Showing:
        frames = _frames(self.payload, self.dialect, version)
        if self.dialect.format is Format.KINKO:  # what was received stays good, so go on with what is new
            frames = frames.onwards(version)
        return replace(self, frames=frames, version=max(version, smallest_version(frames.text(0))))


def show(payload: Payload, dialect: Dialect, room: int) -> Showing:
    """Begin, safely: small enough for poor cameras, and in another dialect if this one cannot fit.

    `room` is the largest QR version the console holds. Raises Malformed if nothing fits.
    """
    for candidate in dict.fromkeys(
        (dialect, Dialect(dialect.format), Dialect(Format.UR), Dialect(Format.BBQR))
    ):
        for version in dict.fromkeys((min(room, _START), room)):
            try:
                frames = _frames(payload, candidate, version)
            except Malformed:
                continue
            fitting = max(smallest_version(frames.text(0)), version if frames.count > 1 else 1)
            if fitting <= room:
                return Showing(payload, dialect, candidate, frames, fitting, room)
    raise Malformed(Bad.TOO_LARGE, what="symbol", limit=room)


def _frames(payload: Payload, dialect: Dialect, version: int) -> Frames:
    """The fullest frames that fit symbols of this version. Raises Malformed."""
    low, high, best = _LEAST_FRAGMENT, byte_capacity(version), None
    while low <= high:
        middle = (low + high) // 2
        frames = encode(payload, dialect, middle)
        if _fits(frames, version):
            low, best = middle + 1, frames
        elif dialect.format is Format.STATIC:
            break
        else:
            high = middle - 1
    if best is None:
        raise Malformed(Bad.TOO_LARGE, what="symbol", limit=byte_capacity(version))
    return best


def _fits(frames: Frames, version: int) -> bool:
    # A fountain's mixed parts, which follow the pure ones, may be the longer.
    text = max(frames.text(0), frames.text(frames.count), key=len)
    alphanumeric = not text.translate(None, ALPHANUMERIC)
    capacity = alphanumeric_capacity(version) if alphanumeric else byte_capacity(version)
    return len(text) + (_COUNTER_GROWTH if frames.endless else 0) <= capacity
