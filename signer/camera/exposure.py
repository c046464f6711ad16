"""How long a bare sensor collects light, and how much it amplifies: steps towards a white that is bright, not cut off.

The white of a code is what must be seen, and most of a picture can be a dark room: so the measure is the brightest
twentieth, not the mean. Green saturates first; in gray, white is cut off from about 200 on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from signer.wire.reader import Gray

WAIT_FRAMES: Final = 4  # until a step shows: sensors take a setting on one or two frames late
_DARK, _AIM, _BRIGHT = 115, 155, 195
_SHARE: Final = 95  # per cent of the picture that is darker than its white
_GAIN_STEPS, _LEAST_NOTCH = 16, 4
_EVERY: Final = 8  # of pixels and lines


@dataclass(frozen=True, slots=True)
class Knob:
    """One control of a sensor, in its own units: lines of exposure, or a code for gain."""

    least: int
    most: int
    now: int

    def at(self, value: int) -> Knob:
        """The same control at another value, within its bounds."""
        return Knob(self.least, self.most, max(self.least, min(self.most, value)))


def white(frame: Gray) -> int:
    """How bright the brightest twentieth is, 0 to 255."""
    some = frame[::_EVERY, ::_EVERY].reshape(-1)
    place = some.size * _SHARE // 100
    return int(np.partition(some, place)[place])  # percentile() loads modules when files are closed


def step(level: int, exposure: Knob, gain: Knob) -> tuple[Knob, Knob]:
    """Where the controls go next, for a white of this level: more light before more gain, less gain before less light.

    At most twice or half the exposure. Gain, whose codes no two sensors count alike (code / 16, 256 / (256 - code)), by
    a quarter of its code and at most a sixteenth of its range: less than there is between dark and bright.
    """
    if _DARK <= level <= _BRIGHT:
        return exposure, gain
    notch = max(1, min(max(_LEAST_NOTCH, gain.now // 4), (gain.most - gain.least) // _GAIN_STEPS))
    if level < _DARK and exposure.now == exposure.most:
        return exposure, gain.at(gain.now + notch)
    if level > _BRIGHT and gain.now > gain.least:
        return exposure, gain.at(gain.now - notch)
    factor = 0.5 if level > 250 else max(0.5, min(2.0, _AIM / max(1, level)))
    wanted = round(exposure.now * factor)
    return exposure.at(wanted if wanted != exposure.now else wanted + (1 if factor > 1 else -1)), gain
