"""Pictures one after the other, for a sender that hears nothing: a grid gives way to single codes now and then.

A camera that cannot read the grid still gets everything, only later: in the native format from any of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from signer.wire.showing import SINGLE, Showing, show
from signer.wire.symbol import Room, Sheet

_CYCLES: Final = 2  # of a fountain, so that a lossy camera finds enough
_ALONE: Final = 20  # the version of single codes behind a grid: what a camera in hard light reads


@dataclass(frozen=True, slots=True)
class Reel:
    """`alone` is what follows each round of a grid; None when `showing` is no grid."""

    showing: Showing
    alone: Showing | None

    @classmethod
    def of(cls, showing: Showing) -> Reel:
        """The reel of a showing."""
        if showing.grid == SINGLE:
            return cls(showing, None)
        room = Room.holding(min(_ALONE, showing.place.version()))
        return cls(showing, show(showing.payload, showing.dialect, room).onwards())

    @property
    def together(self) -> int:
        """Pictures of the showing in one round."""
        cycles = _CYCLES if self.showing.frames.endless and self.showing.frames.count > 1 else 1
        return cycles * self.showing.pictures

    @property
    def count(self) -> int:
        """Pictures in one round: a camera that misses few needs no more."""
        if self.alone is None:
            return self.together
        return self.together + self.alone.pictures * (_CYCLES if self.alone.frames.count > 1 else 1)

    def sheet(self, index: int) -> Sheet:
        """Picture number `index`, counted from 0 without end; never the same codes again where there are others."""
        if self.showing.frames.count == 1:  # a picture that stands still is never torn
            return self.showing.sheet(0)
        turn, place = divmod(index, self.count)
        if self.alone is None or place < self.together:
            return self.showing.sheet(turn * self.together + place)
        return self.alone.sheet(turn * (self.count - self.together) + place - self.together)

    def canvas(self, scale: int) -> tuple[int, int]:
        """Pixels that hold every picture at `scale` pixels a module of the showing."""
        wide, high = self.showing.grid.dots(self.showing.version)
        return wide * scale, high * scale

    def facts(self) -> dict[str, object]:
        """What the pictures are, as both `show` commands report it in JSON."""
        showing = self.showing
        return {
            "frames": self.count,
            "parts": showing.frames.count,
            "version": showing.version,
            "modules": showing.size,
            "grid": f"{showing.grid.columns}x{showing.grid.rows}",
            "alone": self.count - self.together,
            "format": str(showing.dialect.format),
            "bytes": len(showing.payload.data),
        }
