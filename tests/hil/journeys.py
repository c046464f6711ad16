"""Random journeys over light: payload, dialect, density, speed, profile, all from one seed."""

from __future__ import annotations

import random

from signer.wire import Dialect, Format, Kind, Payload, encode
from signer.wire.symbol import byte_capacity
from tests.hil.link import transfer
from tests.hil.optics import PROFILES
from tests.hil.screens import page

FORMATS = (Format.KINKO, Format.UR, Format.BBQR, Format.SPECTER)


def journey(number: int) -> str:
    """Travel once at 720p; what it was, or an error in words when the bytes did not come out."""
    rng = random.Random(number)
    dialect = Dialect(rng.choice(FORMATS))
    profile, version = rng.choice(list(PROFILES.values())), rng.choice((10, 15, 20))
    item = Payload(Kind.PSBT, b"psbt\xff" + rng.randbytes(rng.randrange(100, 1_500)))
    frames = encode(item, dialect, byte_capacity(version) // 2)
    screen = page(frames, max(version, 15))
    result = transfer(screen, rng.choice((6, 10)), profile, "720p", seed=number, slow=0, limit=1_500)
    words = f"{dialect.format} v{version} {profile.name} {len(item.data)} bytes"
    return words if result.payload == item else f"LOST {number}: {words}"
