"""A payload as an animation of QR symbols, alone or in grids, that fit a console; in steps of density and of speed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.dialects import encode
from signer.wire.pace import COMFORTABLE, FINE, TOO_LOSSY, Feedback
from signer.wire.symbol import (
    ALPHANUMERIC,
    SINGLE,
    Grid,
    Room,
    Sheet,
    Symbol,
    alphanumeric_capacity,
    byte_capacity,
    smallest_version,
    symbol,
)
from signer.wire.symbol import version_for_console as largest_version
from signer.wire.values import Dialect, Format, Frames, Payload

__all__ = ["GRIDS", "SINGLE", "SPEEDS", "Grid", "Room", "Showing", "Symbol", "largest_version", "show"]

#: Symbols a second, slow to fast.
SPEEDS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15)

#: The versions one can step through, and where an animation starts if the console is large enough.
DENSITIES: Final = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 25, 27, 30, 33, 36, 40)
START: Final = 20

#: The grids one can step through, behind the largest single code, and the densest version in them.
GRIDS: Final = (SINGLE, Grid(2, 1), Grid(2, 2), Grid(3, 2))
_GRID_VERSION: Final = 29
_GRID_STEPS: Final = DENSITIES.index(30)

_FORMATS: Final = tuple(Format)
_COUNTER_GROWTH: Final = 8  # digits by which a UR's part number may grow
_LEAST_FRAGMENT: Final = 10


@dataclass(frozen=True, slots=True)
class Showing:
    """`frames` in symbols of one `version`, so many at a time as `grid` says, in the `place` there is.

    `asked` differs from `dialect` where the answer does not fit the console in the form that was asked for.
    """

    payload: Payload
    asked: Dialect
    dialect: Dialect
    frames: Frames
    version: int
    place: Room
    grid: Grid = SINGLE

    def symbol(self, index: int) -> Symbol:
        """The symbol number `index`, counted from 0 without end."""
        return symbol(self.frames.text(index), version=self.version)

    def sheet(self, index: int) -> Sheet:
        """What to show as picture number `index`, counted from 0 without end."""
        first, columns = index * self.grid.tiles, self.grid.columns
        return [
            [self.symbol(first + row * columns + column) for column in range(columns)]
            for row in range(self.grid.rows)
        ]

    @property
    def pictures(self) -> int:
        """Pictures in one cycle of the codes."""
        return -(-self.frames.count // self.grid.tiles)

    @property
    def room(self) -> int:
        """The largest version that fits in this grid."""
        return self.place.version(self.grid)

    @property
    def scale(self) -> int:
        """Dots a module may be wide and high."""
        return max(1, self.place.scale(self.version, self.grid))

    @property
    def fps(self) -> int:
        """Pictures a second that suit this density: what any camera reads may be looked at longer."""
        return 6 if self.version <= 8 else 10 if self.version <= 13 else 12 if self.grid == SINGLE else 15

    @property
    def size(self) -> int:
        """Modules on a side of a symbol, without the quiet zone."""
        return 17 + 4 * self.version

    @property
    def capacity(self) -> int:
        """Bytes one picture may carry."""
        return self.grid.tiles * byte_capacity(self.version)

    def denser(self, below: float = float("inf")) -> Showing:
        """More in each picture (less than `below` bytes), so fewer of them; the same where nothing larger fits."""
        if self.frames.count > self.grid.tiles:
            for grid, version in self._steps():
                if self.capacity < grid.tiles * byte_capacity(version) < below:
                    return self.at(version, grid)
        return self

    def sparser(self) -> Showing:
        """Less in each picture, easier to read."""
        for grid, version in reversed(self._steps()):
            if grid.tiles * byte_capacity(version) < self.capacity:
                try:
                    return self.at(version, grid)
                except Malformed:
                    continue
        return self

    def _steps(self) -> list[tuple[Grid, int]]:
        """Where one can stand, each with more bytes than the one before; a foreign reader may not take grids."""
        grids = GRIDS if self.dialect.format is Format.KINKO else dict.fromkeys((SINGLE, self.grid))
        steps: list[tuple[Grid, int]] = []
        most = 0
        for grid in grids:
            largest = min(self.place.version(grid), 40 if grid == SINGLE else _GRID_VERSION)
            for version in DENSITIES if grid == SINGLE else (*DENSITIES[:_GRID_STEPS], largest):
                bytes_shown = grid.tiles * byte_capacity(version)
                if version <= largest and bytes_shown > most:
                    steps, most = [*steps, (grid, version)], bytes_shown
        return steps

    def gridded(self, grid: Grid) -> Showing:
        """The same in another grid. Raises Malformed when it does not fit."""
        version = min(self.place.version(grid), self.version if grid == SINGLE else _GRID_VERSION)
        return self.at(version or 1, grid)

    def onwards(self) -> Showing:
        """The same, in the native format without repeating what another showing of this payload begins with."""
        if self.dialect.format is not Format.KINKO:
            return self
        return replace(self, frames=self.frames.onwards(self.version))

    @property
    def replaced(self) -> bool:
        """Whether it had to be another format than the one asked for."""
        return self.dialect.format is not self.asked.format

    def reformed(self) -> Showing:
        """The same payload in the next format that fits, for a reader that does not know this one."""
        here = _FORMATS.index(self.dialect.format)
        for form in _FORMATS[here + 1 :] + _FORMATS[:here]:
            try:
                other = show(self.payload, Dialect(form), self.place)
            except Malformed:
                continue
            if not other.replaced:
                return other
        return self

    def resized(self, room: int | Room) -> Showing:
        """The same on a console of another size."""
        place = _place(room)
        if self.version <= place.version(self.grid):
            return replace(self, place=place)
        return show(self.payload, self.asked, place)

    def heard(self, feedback: Feedback, below: float = float("inf")) -> Showing:
        """What to show after a look at the receiver's feedback code: sparser when it loses much, denser when it may."""
        if feedback.loss > TOO_LOSSY:
            return self.sparser()
        denser = self.denser(below)
        left = feedback.density * denser.scale / self.scale
        return denser if feedback.loss <= FINE and left >= COMFORTABLE else self

    def at(self, version: int, grid: Grid = SINGLE) -> Showing:
        """The same so dense. Raises Malformed when not one part fits."""
        frames = _frames(self.payload, self.dialect, version)
        if self.dialect.format is Format.KINKO and frames.count > grid.tiles:  # go on with what is new
            frames = frames.onwards(version)
        return replace(self, frames=frames, version=max(version, smallest_version(frames.text(0))), grid=grid)


def _place(room: int | Room) -> Room:
    return room if isinstance(room, Room) else Room.holding(room)


def show(
    payload: Payload, dialect: Dialect, room: int | Room, grid: Grid = SINGLE, start: int = START
) -> Showing:
    """Begin, safely: small enough for poor cameras, and in another dialect if this one cannot fit.

    `room` is the place there is, or the largest version that a single code may have; `start` the version to begin
    with where the payload fits in such. Raises Malformed if nothing fits.
    """
    place = _place(room)
    largest = place.version(grid)
    for candidate in dict.fromkeys(
        (dialect, Dialect(dialect.format), Dialect(Format.UR), Dialect(Format.BBQR))
    ):
        for version in dict.fromkeys((min(largest, start), largest)):
            try:
                frames = _frames(payload, candidate, version)
            except Malformed:
                continue
            fitting = max(smallest_version(frames.text(0)), version if frames.count > 1 else 1)
            if fitting <= largest:
                used = grid if frames.count > 1 else SINGLE
                return Showing(payload, dialect, candidate, frames, fitting, place, used)
    raise Malformed(Bad.TOO_LARGE, what="symbol", limit=largest)


def _frames(payload: Payload, dialect: Dialect, version: int) -> Frames:
    """The fullest frames that fit symbols of this version. Raises Malformed."""
    low, high, best = _LEAST_FRAGMENT, byte_capacity(version), None
    while low <= high:
        middle = (low + high) // 2
        try:
            frames = encode(payload, dialect, middle)
        except Malformed:  # too many parts so small, or not one symbol in them: more in each may do
            if dialect.format is Format.STATIC:
                break
            low = middle + 1
            continue
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
    # The longest: a fountain's mixed parts, behind the pure ones; fixed parts whose number has most digits.
    text = max((frames.text(max(0, frames.count + at)) for at in (-2, -1, 0)), key=len)
    alphanumeric = not text.translate(None, ALPHANUMERIC)
    capacity = alphanumeric_capacity(version) if alphanumeric else byte_capacity(version)
    return len(text) + (_COUNTER_GROWTH if frames.endless and alphanumeric else 0) <= capacity
