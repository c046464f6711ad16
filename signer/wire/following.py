"""The sender's side of the feedback code: what to show next, from what the receiver's screen says, or does not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from signer.core.errors import Malformed
from signer.wire.kinko import digest_of
from signer.wire.pace import Feedback, read_feedback
from signer.wire.reel import Reel
from signer.wire.showing import Showing
from signer.wire.symbol import Sheet
from signer.wire.values import Format

LOOK: Final = 1.0  # seconds between two decisions: what was lost before a step must not count after it
SILENCE: Final = 4.0  # seconds without news after which less is shown
GRUDGE: Final = 15.0  # seconds for which a step that failed is not tried again


class Follower:
    """Steps a showing. `showing` is what to show now; `done` once the receiver has it all."""

    def __init__(self, showing: Showing, now: float) -> None:
        """`now` counts seconds from anywhere, here and below."""
        self.showing = showing
        self.done = False
        self.heard: Feedback | None = None
        self._digest = digest_of(showing.payload)
        self._have = -1
        self._news = now  # when something new was last heard
        self._decided = now
        self._fresh = False
        self._ceiling = float("inf")
        self._forgive = 0.0

    @property
    def hears(self) -> bool:
        """Only the native format has a feedback code."""
        return self.showing.dialect.format is Format.KINKO

    def take(self, text: bytes) -> None:
        """What the camera read; codes that are not this receiver's feedback are passed over."""
        try:
            feedback = read_feedback(text)
        except Malformed:
            return
        if feedback.digest == self._digest:
            self.heard, self._fresh = feedback, True

    def step(self, now: float) -> bool:
        """Whether something else is to be shown from now on."""
        if self.done or not self.hears or now - self._decided < LOOK:
            return False
        heard = self.heard if self._fresh else None
        self._fresh = False
        if heard is not None and heard.need and heard.have >= heard.need:
            self.done = True
            return True
        if now > self._forgive:
            self._ceiling = float("inf")
        if heard is not None and heard.have != self._have:
            self._have, self._news = heard.have, now
            return self._stand(self.showing.heard(heard, self._ceiling), now)
        if now - self._news > SILENCE:  # nothing is seen, or nothing is told: both mean that it is too much
            self._news = now
            return self._stand(_much_sparser(self.showing), now)
        return False

    def _stand(self, there: Showing, now: float) -> bool:
        here, self._decided = self.showing, now
        if there.capacity < here.capacity:
            self._ceiling, self._forgive = here.capacity, now + GRUDGE
        self.showing = there
        return there is not here


def _much_sparser(showing: Showing) -> Showing:
    """Half as much in a picture, or modules of more dots, whichever comes first."""
    there = showing.sparser()
    while 2 * there.capacity > showing.capacity and there.scale <= showing.scale:
        sparser = there.sparser()
        if sparser is there:
            break
        there = sparser
    return there


@dataclass(frozen=True, slots=True)
class Stood:
    """From `second` on (since the beginning) it was shown like this."""

    second: float
    columns: int
    rows: int
    version: int

    def __str__(self) -> str:
        return f"{self.columns}x{self.rows} v{self.version}"


class Player:
    """A showing picture by picture, in a console. With `listening` it follows the receiver."""

    def __init__(self, showing: Showing, now: float, *, fps: float | None, listening: bool) -> None:
        """`fps` pictures a second; None for what suits the density."""
        self._follower = Follower(showing, now) if listening else None
        self._reel = Reel(showing, None) if listening else Reel.of(showing)
        self._fps = fps
        self._start = now
        self._index = 0
        self.stood: list[Stood] = [_stood(showing, 0.0)]

    @property
    def showing(self) -> Showing:
        """Where it stands."""
        return self._reel.showing

    @property
    def done(self) -> bool:
        """Whether the receiver has said that all is there."""
        return self._follower is not None and self._follower.done

    @property
    def pause(self) -> float:
        """Seconds until the next picture."""
        return 1 / min(max(self._fps or self.showing.fps, 0.2), 30.0)

    @property
    def number(self) -> tuple[int, int]:
        """The picture that was last shown, from 1, and how many there are in a round."""
        return (self._index - 1) % self._reel.count + 1, self._reel.count

    @property
    def percent(self) -> int | None:
        """How much the receiver says it has; None while it says nothing."""
        heard = self._follower.heard if self._follower else None
        return 100 * heard.have // heard.need if heard and heard.need else None

    def hear(self, text: bytes) -> None:
        """A code that the sender's camera read."""
        if self._follower is not None:
            self._follower.take(text)

    def sheet(self, now: float) -> Sheet:
        """The next picture."""
        if self._follower is not None and self._follower.step(now) and not self.done:
            self._reel = Reel(self._follower.showing, None)
            self.stood.append(_stood(self.showing, now - self._start))
        self._index += 1
        return self._reel.sheet(self._index - 1)


def _stood(showing: Showing, second: float) -> Stood:
    return Stood(round(second, 1), showing.grid.columns, showing.grid.rows, showing.version)
