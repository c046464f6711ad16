"""How dense and how fast to show: a ladder of steps, and the small feedback code that tells a sender where to stand."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.symbol import Grid

COMFORTABLE: Final = 3.3  # camera pixels a module that the next denser step must still leave
TOO_LOSSY: Final = 50  # percent of shown codes that were not read at all
FINE: Final = 25
_AT_ONCE: Final = 2  # steps up
_WINDOW: Final = 24
_LEAP: Final = 4 * _WINDOW
_FEEDBACK: Final = re.compile(rb"KINKO/([0-9A-F]{16})/([0-9]{1,5})/([0-9]{1,5})/([0-9]{1,5})/([0-9]{1,3})\Z")


@dataclass(frozen=True, slots=True)
class Step:
    """`columns` x `rows` codes of one QR version, `fps` pictures a second."""

    columns: int
    rows: int
    version: int
    fps: int

    @property
    def grid(self) -> Grid:
        """How the codes of one picture lie."""
        return Grid(self.columns, self.rows)

    @property
    def modules(self) -> tuple[int, int]:
        """Width and height in modules, quiet zones shared between neighbours."""
        return self.grid.dots(self.version)

    @property
    def tiles(self) -> int:
        """Codes in one picture."""
        return self.grid.tiles


#: From what any camera reads to what a page before a 1080p camera carries. Rates divide 60, so no picture is torn.
LADDER: Final = (
    Step(1, 1, 8, 6),
    Step(1, 1, 13, 10),
    Step(1, 1, 20, 12),
    Step(1, 1, 25, 12),
    Step(1, 1, 33, 12),
    Step(1, 1, 40, 15),
    Step(2, 2, 25, 15),
    Step(2, 2, 29, 15),
    Step(3, 2, 29, 15),
)
START: Final = 2


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a receiver tells: the transfer's digest (8 bytes), symbols had and needed, how well it sees.

    `density` is camera pixels a module (0 unknown), `loss` the percentage of recently shown codes it did not read.
    """

    digest: bytes
    have: int
    need: int
    density: float
    loss: int


def write_feedback(item: Feedback) -> bytes:
    """The text of a feedback code: alphanumeric, small enough for a version 3."""
    density = min(99_999, round(item.density * 100))
    return f"KINKO/{item.digest.hex().upper()}/{item.have}/{item.need}/{density}/{item.loss}".encode()


def is_feedback(text: bytes) -> bool:
    """Whether the text of a code is one that a receiver shows."""
    return _FEEDBACK.match(text) is not None


def read_feedback(text: bytes) -> Feedback:
    """Raises Malformed for any other text."""
    found = _FEEDBACK.match(text)
    if not found:
        raise Malformed(Bad.UNKNOWN_FORMAT, what="feedback")
    digest, (have, need, density, loss) = bytes.fromhex(found[1].decode()), map(int, found.groups()[1:])
    if have > need or loss > 100:
        raise Malformed(Bad.INCONSISTENT, what="feedback")
    return Feedback(digest, have, need, density / 100, loss)


def next_step(place: int, heard: Feedback, *, highest: int = len(LADDER) - 1) -> int:
    """Where on the ladder to stand after a feedback: one down when much is lost, up while there is room."""
    if heard.loss > TOO_LOSSY:
        return max(0, place - 1)
    if heard.loss > FINE or not heard.density:
        return place
    here, best = LADDER[place].modules, place
    for candidate in range(place + 1, min(highest, place + _AT_ONCE) + 1):
        there = LADDER[candidate].modules
        if heard.density * min(here[0] / there[0], here[1] / there[1]) >= COMFORTABLE:
            best = candidate
    return best


class LossMeter:
    """The share of shown codes that did not arrive, from the running numbers of those that did."""

    def __init__(self) -> None:
        self._numbers: deque[int] = deque(maxlen=_WINDOW)

    def arrived(self, number: int) -> None:
        """A code with this running number was read; running backwards or far ahead begins a new count."""
        if self._numbers and (number < min(self._numbers) or number > max(self._numbers) + _LEAP):
            self._numbers.clear()
        if number not in self._numbers:
            self._numbers.append(number)

    @property
    def percent(self) -> int:
        """Of the codes between the first and last remembered one; 0 while there is too little to say."""
        if len(self._numbers) < 4:
            return 0
        shown = max(self._numbers) - min(self._numbers) + 1
        return max(0, min(100, round(100 - 100 * len(self._numbers) / shown)))
