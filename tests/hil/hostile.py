"""Frames made to do harm, shown to the camera's child among the frames of honest transfers."""

from __future__ import annotations

import random
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from signer.camera import open_camera
from signer.ceremony.reception import Read, Receiver
from signer.core.sight import Ended, Ending, Seen
from signer.wire import Dialect, Format, Kind, Payload, encode
from signer.wire.symbol import png, symbol
from tests.hil.optics import Gray

FRAMES = 10_000
BATCH = 500
DIALECTS = (
    Dialect(Format.KINKO),
    Dialect(Format.UR, "psbt"),
    Dialect(Format.BBQR, "Z"),
    Dialect(Format.SPECTER),
)
#: Formats whose payload carries a digest or checksum of the whole.
CHECKED = frozenset({Format.KINKO, Format.UR})


@dataclass(frozen=True, slots=True)
class Harm:
    """What came of hostile frames: of the honest transfers among them, how many ended right, and wrong.

    `wrong` are other payloads of formats with a checksum. `unchecked` are those of formats without one (static,
    Specter, BBQr): somebody's whole code, or an altered part. The words to compare tell these; no reader can.
    """

    frames: int
    transfers: int
    right: int
    wrong: int
    unchecked: int
    replaced: int


def before_the_camera(count: int, seed: int = 1) -> Harm:
    """Show `count` hostile frames in batches through real children, each batch around one honest transfer."""
    right = wrong = unchecked = replaced = transfers = 0
    for batch in range(-(-count // BATCH)):
        item, got, again = _batch(random.Random(f"{seed} {batch}"), min(BATCH, count - batch * BATCH), batch)
        transfers += 1
        others = [read.dialect.format in CHECKED for read in got if read.payload != item]
        right += any(read.payload == item for read in got)
        wrong, unchecked = wrong + others.count(True), unchecked + others.count(False)
        replaced += again
    return Harm(count, transfers, right, wrong, unchecked, replaced)


def _batch(rng: random.Random, count: int, number: int) -> tuple[Payload, list[Read], int]:
    item = Payload(Kind.PSBT, b"psbt\xff" + rng.randbytes(2_000))
    frames = encode(item, DIALECTS[number % len(DIALECTS)], 300)
    with tempfile.TemporaryDirectory() as folder:
        for index in range(count):
            kind = rng.choice(KINDS)
            (Path(folder) / f"{index:05d}.png").write_bytes(
                kind(rng, frames.text(rng.randrange(frames.count)))
            )
            if index % 10 == 9:  # an honest frame now and then, and a whole cycle at the end
                (Path(folder) / f"{index:05d}x.png").write_bytes(_honest(frames.text(index // 10)))
        for index in range(max(60, 4 * frames.count)):
            (Path(folder) / f"x{index:05d}.png").write_bytes(_honest(frames.text(index)))
        return item, *_watch(folder)


def _watch(folder: str) -> tuple[list[Read], int]:
    camera, receiver = open_camera(folder), Receiver(frozenset({Kind.PSBT}))
    got: list[Read] = []
    limit = time.monotonic() + 1_800
    try:
        while time.monotonic() < limit:
            for event in camera.poll(0.5):
                if isinstance(event, Seen):
                    read = receiver.feed(event.text).read
                    got += [read] if read else []
                elif isinstance(event, Ended):
                    return (got if event.reason is Ending.END else []), camera.replaced
        return [], camera.replaced
    finally:
        camera.close()


def _honest(text: bytes) -> bytes:
    return png(symbol(text), 4)


def _picture(gray: Gray, kind: str = ".png") -> bytes:
    return bytes(cv2.imencode(kind, gray)[1].tobytes())


def _gray(text: bytes) -> Gray:
    return np.asarray(
        cv2.imdecode(np.frombuffer(_honest(text), np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8
    )


def _text_of_junk(rng: random.Random, text: bytes) -> bytes:
    """A readable code whose text is nearly that of the transfer."""
    cut = rng.randrange(1, len(text))
    return _honest(
        rng.choice(
            [
                text[:cut],
                text[:cut] + rng.randbytes(rng.randrange(1, 200)),
                text[:cut] + bytes([text[cut] ^ 1 << rng.randrange(8)]) + text[cut + 1 :],
                rng.randbytes(rng.randrange(1, 900)),
            ]
        )
    )


def _poison(rng: random.Random, text: bytes) -> bytes:
    """The transfer's own header and a right checksum over symbols that are lies (native format)."""
    if not text.startswith(b"\xf7K"):
        return _text_of_junk(rng, text)
    body = text[:14] + rng.randrange(1 << 20).to_bytes(3, "big") + rng.randbytes(len(text) - 21)
    return _honest(body + zlib.crc32(body).to_bytes(4, "big"))


def _bomb(rng: random.Random, _: bytes) -> bytes:
    """Claims of thousands of parts, of enormous lengths, and texts that inflate."""
    return _honest(
        rng.choice(
            [
                b"UR:PSBT/1-%d/LPADADCFADAEAEAEAEAEAEAE" % rng.randrange(1 << 30),
                b"UR:PSBT/" + b"AE" * rng.randrange(1, 600),
                b"B$ZP%s%s" % (b"ZZ", b"00") + b"A" * rng.randrange(1, 900),
                b"B$2U0100" + b"7" * rng.randrange(1, 900),
                b"p1of99999999 cHNidP8=",
                b"p0of0 AAAA",
                b"KINKO/" + b"0" * 16 + b"/99999/0/0/900",
                b"cHNidP8" + b"A" * rng.randrange(1, 900),
            ]
        )
    )


def _spoiled(rng: random.Random, text: bytes) -> bytes:
    """Modules painted over, up to beyond what error correction mends."""
    frame = _gray(text)
    for _ in range(rng.randrange(1, 60)):
        y, x = rng.randrange(frame.shape[0]), rng.randrange(frame.shape[1])
        frame[y : y + rng.randrange(1, 40), x : x + rng.randrange(1, 40)] = rng.choice((0, 255, 128))
    return _picture(frame, rng.choice((".png", ".jpg", ".bmp")))


def _mixed(rng: random.Random, text: bytes) -> bytes:
    """The upper part of one code over the lower part of another, as a torn frame has it."""
    upper, lower = _gray(text), _gray(text[:-1] + rng.randbytes(1))
    cut = rng.randrange(upper.shape[0])
    if upper.shape != lower.shape:
        return _picture(upper[:, : max(16, cut)])
    return _picture(np.vstack([upper[:cut], lower[cut:]]))


def _noise(rng: random.Random, _: bytes) -> bytes:
    draw = np.random.default_rng(rng.randrange(1 << 30))
    high, wide = rng.randrange(1, 500), rng.randrange(1, 700)
    return _picture(draw.integers(0, 256, (high, wide)).astype(np.uint8))


def _patterns(rng: random.Random, text: bytes) -> bytes:
    """Finder patterns everywhere, stripes and checks: what a detector must not count for ever."""
    finder = _gray(text)[16:44, 16:44]
    stripes = np.kron(np.array([[0, 255], [255, 0]], np.uint8), np.ones((rng.randrange(1, 9), 2), np.uint8))
    tile = rng.choice([np.pad(finder, rng.randrange(1, 9), constant_values=255), stripes])
    tiled = np.tile(tile, (rng.randrange(1, 12), rng.randrange(1, 12)))
    return _picture(np.asarray(tiled[:600, :800], dtype=np.uint8))


def _broken_file(rng: random.Random, text: bytes) -> bytes:
    """Files cut short, spoiled inside, or of enormous size by their own word."""
    whole = bytearray(_honest(text))
    match rng.randrange(3):
        case 0:
            return bytes(whole[: rng.randrange(len(whole))])
        case 1:
            for _ in range(rng.randrange(1, 30)):
                whole[rng.randrange(len(whole))] = rng.randrange(256)
        case _:
            whole[16:24] = rng.randbytes(8)
            whole[29:33] = zlib.crc32(whole[12:29]).to_bytes(4, "big")
    return bytes(whole)


KINDS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _text_of_junk,
    _poison,
    _bomb,
    _spoiled,
    _mixed,
    _noise,
    _patterns,
    _broken_file,
)
