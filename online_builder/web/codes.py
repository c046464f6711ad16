"""A request as codes on the page: the same ladder of densities and grids that every sender stands on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.pace import LADDER, START
from signer.wire.showing import Showing, show
from signer.wire.symbol import Room, png
from signer.wire.values import Dialect, Format, Kind, Payload

_CYCLES: Final = 2  # of a fountain, so that a lossy camera finds enough
SCALE: Final = 8  # pixels a module in a picture


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the ladder: how many pictures there are, how many a second, and what a person calls it."""

    place: int
    pictures: int
    fps: int
    name: str


def steps(sealed: bytes) -> list[Step]:
    """The places where this request may be shown, sparse to dense; beyond a single picture nothing is gained."""
    found: list[Step] = []
    for place, step in enumerate(LADDER):
        try:
            showing = _standing(sealed, place)
        except Malformed:  # not one symbol of the code fits
            continue
        pictures = showing.pictures if showing.pictures == 1 else _CYCLES * showing.pictures
        name = f"{step.columns}x{step.rows} version {step.version}"
        found.append(Step(place, pictures, step.fps, name))
        if pictures == 1:
            break
    return found


def first(found: list[Step]) -> int:
    """Which of them to begin with: what most cameras read."""
    return max([index for index, step in enumerate(found) if step.place <= START], default=0)


def picture(sealed: bytes, place: int, number: int) -> bytes:
    """One picture as a PNG. Raises Malformed when there is no such place."""
    if not 0 <= place < len(LADDER):
        raise Malformed(Bad.VALUE, what="place", limit=len(LADDER))
    return png(_standing(sealed, place).sheet(number), SCALE)


@lru_cache(maxsize=2 * len(LADDER))  # a browser asks for one picture after the other
def _standing(sealed: bytes, place: int) -> Showing:
    step = LADDER[place]
    largest = Room.holding(40)
    return show(Payload(Kind.REQUEST, sealed), Dialect(Format.KINKO), largest).at(step.version, step.grid)
