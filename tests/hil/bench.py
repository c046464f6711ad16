"""`make bench-optics`: how fast bytes cross simulated light, Kinko's formats beside its peers' published settings.

Pictures are the same for the same seed; seconds of CPU are of the machine it runs on.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from signer.camera import zbar
from signer.core.errors import Malformed
from signer.wire import Decoder, Dialect, Format, Frames, Kind, Payload, encode
from signer.wire import open as open_code
from signer.wire.kinko import KinkoDecoder
from signer.wire.reader import Reader
from signer.wire.symbol import alphanumeric_capacity, byte_capacity, smallest_version
from tests.hil.link import adaptive, erased, success_rate, transfer
from tests.hil.optics import NORMAL, PROFILES, Gray, Profile
from tests.hil.peeling import open_peeling
from tests.hil.screens import page, terminal

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LONGEST = 40.0  # seconds of film; a longer transfer is reckoned from the measured share of codes read
UR, BBQR, NATIVE = Dialect(Format.UR, "crypto-psbt"), Dialect(Format.BBQR, "2"), Dialect(Format.KINKO)


@dataclass(frozen=True, slots=True)
class Setting:
    """A way of showing: `fragment` bytes a code (0: what the version holds), `version` 0: the smallest that fits."""

    name: str
    dialect: Dialect
    fragment: int
    version: int
    fps: float
    columns: int = 1
    rows: int = 1
    console: bool = False
    opener: Callable[[bytes], Decoder] = open_code


def ur_room(version: int) -> int:
    """Message bytes in a UR part that fits: two letters a byte, after type, numbers, CBOR head and checksum."""
    return (alphanumeric_capacity(version) - 36) // 2 - 24


def bbqr_room(version: int) -> int:
    return (alphanumeric_capacity(version) - 8) // 8 * 5


# The peers' rates are bytes a part times parts a second of their defaults; where only the product is
# documented the split is ours.
PEERS = (
    Setting("Jade (UR)", UR, 36, 0, 4),
    Setting("SeedSigner medium (UR)", UR, 30, 0, 6),
    Setting("Passport (UR)", UR, 200, 0, 3.33),
    Setting("Keystone (UR)", UR, 200, 0, 5),
    Setting("Sparrow (UR)", UR, 400, 0, 5),
    Setting("Coldcard Q (BBQr v25)", BBQR, bbqr_room(25), 25, 5),
)
BEST_OF_OTHERS = (
    Setting("UR at its best (v39)", UR, ur_room(39), 39, 15),
    Setting("the same, reference decoder", UR, ur_room(39), 39, 15, opener=open_peeling),
    Setting("BBQr at its best (v40)", BBQR, bbqr_room(40), 40, 15),
)
NATIVES = (
    Setting("native, terminal v27", NATIVE, 0, 27, 12, console=True),
    Setting("native, one code v40", NATIVE, 0, 40, 15),
    Setting("native, 2x2 v29", NATIVE, 0, 29, 15, 2, 2),
    Setting("native, 3x2 v29", NATIVE, 0, 29, 15, 3, 2),
)


def payload(size: int) -> Payload:
    """Bytes that do not deflate: every format carries all of them."""
    return Payload(Kind.PSBT, b"psbt\xff" + random.Random(size).randbytes(size - 5))


def frames_of(setting: Setting, size: int) -> Frames:
    return encode(payload(size), setting.dialect, setting.fragment or byte_capacity(setting.version))


def screen_of(setting: Setting, frames: Frames, profile: Profile) -> Callable[[int], Gray]:
    version = max(
        setting.version, smallest_version(frames.text(min(frames.count, 9) + (200 if frames.endless else 0)))
    )
    if setting.console:
        return terminal(frames, version, profile.gap)
    return page(frames, version, setting.columns, setting.rows)


@dataclass(frozen=True, slots=True)
class Row:
    seconds: float
    frames: int
    rate: float
    milliseconds: float
    reckoned: bool


def run(
    setting: Setting, size: int, profile: Profile, resolution: str, *, slow: float = 1.0, seed: int = 1
) -> Row | None:
    """One transfer; None when it did not complete, or would need more parts than the format or Kinko takes."""
    try:
        frames = frames_of(setting, size)
    except Malformed:
        return None
    screen = screen_of(setting, frames, profile)
    tiles = setting.columns * setting.rows
    if frames.count / tiles / setting.fps > LONGEST and tiles == 1:
        return _reckon(setting, frames, size, profile, resolution, seed)
    limit = round(max(10.0, 12 * frames.count / tiles / setting.fps) * 30)
    opener = setting.opener
    result = transfer(
        screen, setting.fps, profile, resolution, seed=seed, slow=slow, limit=min(limit, 2_400), opener=opener
    )
    if not result.complete:
        return None
    if result.payload != payload(size):
        raise SystemExit(f"{setting.name}: wrong bytes")
    return Row(result.seconds, result.frames, result.goodput(size), result.decode_ms, False)


def _reckon(
    setting: Setting, frames: Frames, size: int, profile: Profile, resolution: str, seed: int
) -> Row | None:
    """The share of codes read is measured on film, the transfer is played without pictures."""
    screen = screen_of(setting, frames, profile)
    rate = success_rate(screen, setting.fps, profile, resolution, seed=seed, codes=60)
    shown = erased(frames.text, rate, setting.opener, seed=seed, limit=30 * frames.count)
    if not shown:
        return None
    seconds = shown / setting.fps
    return Row(seconds, round(seconds * 30), size / seconds / 1000, 0.0, True)


def cells(row: Row | None) -> list[str]:
    if row is None:
        return ["-", "-", "not possible", ""]
    mark = "*" if row.reckoned else ""
    speed = f"{row.milliseconds:.1f}" if row.milliseconds else ""
    return [f"{row.seconds:.1f}{mark}", f"{row.frames}{mark}", f"{row.rate:.2f}{mark}", speed]


def table(heads: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(heads) + " |")
    print("| " + " | ".join("---" for _ in heads) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def goodput() -> None:
    print("## Normal optics, 1080p, camera at 30 a second, one decoding process\n")
    print("An asterisk: longer than a short film; reckoned from the measured share of codes read.\n")
    print("| setting | bytes | seconds | camera frames | kB/s | CPU ms a frame |")
    print("| --- | --- | --- | --- | --- | --- |")
    for setting in (*PEERS, *BEST_OF_OTHERS, *NATIVES):
        for size in SIZES:
            row = run(setting, size, NORMAL, "1080p")
            print("| " + " | ".join([setting.name, f"{size:,}", *cells(row)]) + " |", flush=True)
    print()


def slow() -> None:
    print("## The same with decoding 4.5 times as slow (a stand-in for one core of a Pi 4), 100 kB\n")
    rows = [[setting.name, *cells(run(setting, 100_000, NORMAL, "1080p", slow=4.5))] for setting in NATIVES]
    table(["setting", "seconds", "frames looked at", "kB/s", "CPU ms a frame"], rows)


def profiles() -> None:
    print("## Every profile: the sender begins at v20 and follows the receiver's feedback code, 100 kB\n")
    rows = []
    for profile in PROFILES.values():
        for resolution in ("720p", "1080p"):
            fixed = [run(setting, 100_000, profile, resolution) for setting in NATIVES[1:3]]
            result = adaptive(payload(100_000), profile, resolution)
            right = result.complete and result.payload == payload(100_000)
            rates = [f"{row.rate:.1f}" if row else "-" for row in fixed]
            rows.append(
                [
                    profile.name,
                    resolution,
                    *rates,
                    f"{result.goodput(100_000):.1f}" if right else "not complete",
                ]
            )
    table(["profile", "camera", "one code v40, kB/s", "2x2 v29, kB/s", "adaptive, kB/s"], rows)


def overheads() -> None:
    print(
        "## Reception overhead, 100 kB, without pictures: codes needed beyond the least possible, 30 % loss\n"
    )
    frames = frames_of(NATIVES[1], 100_000)
    small = encode(payload(100_000), NATIVE, 1_250)
    rows = []
    for start in (0, small.count // 2, 1_000, 100_000):
        extra = []
        for seed in range(10):
            rng, decoder, taken = random.Random(seed), KinkoDecoder(frames.text(0)), 0
            index = start
            while not decoder.progress().complete:
                text = small.text(index)
                index += 1
                if rng.random() >= 0.3:
                    taken += (len(text) - 21) // 98
                    decoder.receive(text)
            extra.append(100 * (taken / decoder.progress().need - 1))
        rows.append([f"{start}", f"{statistics.median(extra):.2f} %", f"{max(extra):.2f} %"])
    table(["first code", "median", "worst of 10"], rows)
    print("## UR, 250 parts: parts seen until complete, divided by parts\n")
    ur = encode(payload(100_000), UR, 400)
    rows = []
    for name, loss, start in (
        ("from the start", 0.3, 0),
        ("late, no loss", 0.0, 5_000),
        ("late", 0.5, 5_000),
    ):
        row = [name, f"{loss:.0%}"]
        for opener in (open_code, open_peeling):
            needed = [
                erased(ur.text, 1 - loss, opener, seed=seed, limit=6_000, start=start + 977 * seed)
                * (1 - loss)
                / ur.count
                for seed in range(5)
            ]
            row.append(f"{statistics.median(needed):.2f}")
        rows.append(row)
    table(["receiver joins", "loss", "Kinko's elimination", "reference peeling"], rows)


def empties() -> None:
    """Cost of frames with nothing to read: a wall in uneven light, and pure noise, the worst there is."""
    rng = np.random.default_rng(1)
    wall = np.linspace(60, 160, 1920, dtype=np.float32)[None, :] + rng.normal(0, 6, (1080, 1920)).astype(
        np.float32
    )
    for name, frame in (
        ("wall", wall.astype(np.uint8)),
        ("noise", rng.integers(0, 256, (1080, 1920)).astype(np.uint8)),
    ):
        reader = Reader(last=zbar.read)
        start = time.process_time()
        for _ in range(100):
            reader.read(frame)
        print(
            f"A 1080p frame without a code ({name}): {(time.process_time() - start) * 10:.1f} ms of CPU in the mean.\n"
        )


PARTS = (overheads, empties, slow, profiles, goodput)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[part.__name__ for part in PARTS])
    only = parser.parse_args().only
    for part in PARTS:
        if only in (part.__name__, None):
            part()


if __name__ == "__main__":
    main()
