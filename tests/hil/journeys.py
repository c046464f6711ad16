"""`make journeys`: a thousand random journeys over light, and ten thousand hostile frames before the camera's child.

A journey's payload, dialect, first code, density, grid, speed, camera, profile and loss come from its number alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import replace

from signer.wire import Dialect, Format, Frames, Kind, Payload, encode
from signer.wire.symbol import byte_capacity
from tests.hil.hostile import FRAMES, before_the_camera
from tests.hil.link import transfer
from tests.hil.optics import HARD, PROFILES, SIZES
from tests.hil.screens import page

JOURNEYS = 1_000
DIALECTS = (
    Dialect(Format.KINKO),
    Dialect(Format.KINKO),
    Dialect(Format.UR, "psbt"),
    Dialect(Format.UR, "crypto-psbt"),
    Dialect(Format.UR, "bytes"),
    Dialect(Format.BBQR, "Z"),
    Dialect(Format.BBQR, "2"),
    Dialect(Format.BBQR, "H"),
    Dialect(Format.SPECTER),
)
LOSSES = (0.0, 0.1, 0.3, 0.5)


def journey(number: int) -> str:
    """Travel once; what it was, or an error in words when the bytes did not come out."""
    rng = random.Random(number)
    dialect, loss = rng.choice(DIALECTS), rng.choice(LOSSES)
    profile, size = rng.choice(list(PROFILES.values())), rng.choice(list(SIZES))
    version, speed, late = rng.choice((10, 15, 20)), rng.choice((6, 10)), rng.randrange(200)
    grid = (2, 2) if dialect.format is Format.KINKO and profile is not HARD and rng.random() < 0.4 else (1, 1)
    body = rng.randbytes(rng.randrange(100, 1_500)) + bytes(rng.randrange(0, 1_500))
    item = Payload(Kind.PSBT, b"psbt\xff" + body)
    frames = encode(item, dialect, byte_capacity(version) // 2)
    joined = Frames(frames.count, True, lambda index: frames.text(index + late))
    screen = page(joined, max(version, 15), *grid)
    lossy = replace(profile, dropped=max(profile.dropped, loss))
    result = transfer(screen, speed, lossy, size, seed=number, slow=0, limit=1_500)
    words = (
        f"{dialect.format} {dialect.variant} v{version} {grid[0]}x{grid[1]} {speed}/s {profile.name} {size}, "
        f"{loss:.0%} lost, {len(item.data)} bytes from code {late}"
    )
    return words if result.payload == item else f"LOST {number}: {words}"


def _travel(count: int) -> None:
    told = []
    for number in range(count):
        told.append(journey(number))
        if number % 100 == 99:
            print(f"  {number + 1:,} travelled", file=sys.stderr, flush=True)
    lost = [words for words in told if words.startswith("LOST")]
    print(f"{count:,} random journeys: {count - len(lost):,} arrived with the right bytes.")
    kinds = Counter(words.split()[0] for words in told if not words.startswith("LOST"))
    print("  " + ", ".join(f"{name} {kinds[name]}" for name in sorted(kinds)), flush=True)
    for words in lost:
        print(f"- {words}")
    if lost:
        raise SystemExit(1)


def _be_hostile(count: int) -> None:
    result = before_the_camera(count)
    print(
        f"{result.frames:,} hostile frames: {result.transfers} transfers begun among them, {result.right} arrived with "
        f"the right bytes, {result.wrong} with others; {result.unchecked} codes of formats without a checksum were "
        f"somebody else's; the child was replaced {result.replaced} times."
    )
    if result.right != result.transfers or result.wrong:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--journeys", type=int, default=JOURNEYS)
    parser.add_argument("--frames", type=int, default=FRAMES)
    wanted = parser.parse_args()
    start = time.process_time()
    _travel(wanted.journeys)
    _be_hostile(wanted.frames)
    print(f"{time.process_time() - start:.0f} s of CPU here, the child's not counted.")


if __name__ == "__main__":
    main()
