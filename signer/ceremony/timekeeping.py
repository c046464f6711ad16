"""The device's time, set by its officers: on a board without a battery-backed clock, at the start of a session.

It only goes forward. A time too late cannot be taken back and would free every limit of time, so it takes the quorum of
every key, and the journal has both times (docs/adr/0016-time-from-block-headers.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from signer.ceremony.custody import Hall
from signer.ceremony.presence import agreed, prove
from signer.core.errors import Bad, Malformed
from signer.core.event import EventKind
from signer.core.transcript import Transcript
from signer.core.when import utc

FORMAT: Final = "%Y-%m-%dT%H:%M"
MINUTE: Final = 60
LATEST: Final = 4_102_444_800  # 2100: whoever types more has mistyped


def read_moment(text: str) -> int:
    """Unix seconds of `2026-11-26T04:53`, in UTC. Raises ValueError."""
    return int(datetime.strptime(text, FORMAT).replace(tzinfo=UTC).timestamp())


def set_clock(
    hall: Hall, witnesses: Sequence[str], present: Mapping[str, bytearray], moment: int
) -> Transcript:
    """Go on from another time, by the quorum of every key; before the first key, by whoever is there. The minute that
    it is now confirms the clock.

    Raises Malformed(VALUE) for a time that is past already or after 2100, VaultError.
    """
    before = hall.clock.now()
    if not before - MINUTE < moment < LATEST:
        raise Malformed(Bad.VALUE, what="time")
    moment = max(before, moment)
    transcript = hall.open("Setting of the clock", witnesses, always=True)
    if hall.custody.slots():
        with closing(hall.custody.assembly()) as assembly:
            transcript = agreed(hall, present, prove(hall, assembly, present, transcript))
    waited = hall.clock.now() - before  # for passphrases
    hall.record(
        EventKind.CEREMONY, tuple(present), b"", ceremony="clock", state="set", to=utc(moment + waited)
    )
    hall.adjust(moment + waited)
    transcript = transcript.say(f"time: from {utc(before)} to {utc(moment)}")
    return hall.conclude("clock", transcript, tuple(present))
