"""A thousand random journeys without pictures: any payload, any dialect, any loss, any start; and hostile frames."""

from __future__ import annotations

import contextlib
import json
import random
from hashlib import sha256
from pathlib import Path

import pytest

from signer.core.errors import Malformed
from signer.wire import Decoder, Dialect, Format, Kind, Payload, encode
from signer.wire import open as open_code
from signer.wire.symbol import symbol

DIALECTS = [
    Dialect(Format.KINKO),
    Dialect(Format.UR, "psbt"),
    Dialect(Format.UR, "crypto-psbt"),
    Dialect(Format.UR, "bytes"),
    Dialect(Format.BBQR, "Z"),
    Dialect(Format.BBQR, "2"),
    Dialect(Format.BBQR, "H"),
    Dialect(Format.SPECTER),
]
GOLDEN = Path(__file__).parent / "golden.json"


@pytest.mark.parametrize("batch", range(10))
def test_a_hundred_journeys(batch: int) -> None:
    rng = random.Random(batch)
    for _ in range(100):
        dialect, loss = rng.choice(DIALECTS), rng.choice([0.0, 0.1, 0.3, 0.5, 0.7])
        body = rng.randbytes(rng.randrange(1, 1 << rng.randrange(5, 15)))
        item = Payload(Kind.PSBT, b"psbt\xff" + body + bytes(rng.randrange(0, 300)))
        fragment = rng.randrange(90, 1500)
        frames = encode(item, dialect, max(fragment, len(item.data) // 150))
        index, decoder = rng.randrange(0, 400), None
        while True:
            text = frames.text(index)
            index += 1
            if rng.random() < loss:
                continue
            decoder = decoder or open_code(text)
            if decoder.receive(text).complete:
                break
        assert decoder.payload() == item


def spoiled(rng: random.Random, text: bytes) -> bytes:
    """A frame with something wrong in it."""
    cut, spot = rng.randrange(len(text)), rng.randrange(len(text))
    return rng.choice(
        [
            text[:cut],
            text + text[:cut],
            text[:spot] + bytes([rng.randrange(256)]) + text[spot + 1 :],
            text[:spot] + text[spot + rng.randrange(1, 9) :],
            rng.randbytes(rng.randrange(0, 600)),
            text[: min(cut, 24)] + rng.randbytes(rng.randrange(0, 400)),
            text.swapcase(),
        ]
    )


def test_ten_thousand_hostile_frames_do_no_harm() -> None:
    rng, item = random.Random(5), Payload(Kind.PSBT, b"psbt\xff" + random.Random(1).randbytes(4000))
    for dialect in DIALECTS:
        frames = encode(item, dialect, 300)
        decoder: Decoder | None = None
        for count in range(1250):
            good = frames.text(rng.randrange(frames.count * (2 if frames.endless else 1)))
            bad = spoiled(rng, good)
            try:
                other = open_code(bad)
                other.receive(bad)
                other.payload()
            except Malformed:
                pass
            if count % 5 == 0 and dialect.format in (
                Format.KINKO,
                Format.UR,
            ):  # these carry a checksum a frame
                decoder = decoder or open_code(good)
                with contextlib.suppress(Malformed):
                    decoder.receive(bad)
                if decoder.receive(good).complete:
                    assert decoder.payload() == item
                    decoder = None


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def test_golden_frames() -> None:
    """The formats do not drift: what was shown by an older release is read by a newer one."""
    item = Payload(Kind.PSBT, b"psbt\xff" + random.Random(42).randbytes(2000))
    found = {}
    for dialect in DIALECTS:
        frames = encode(item, dialect, 400)
        texts = [frames.text(index) for index in (0, 1, frames.count - 1, frames.count + 3)]
        found[f"{dialect.format}:{dialect.variant}"] = [digest(text) for text in texts]
    modules = b"".join(symbol(encode(item, DIALECTS[1], 400).text(0)).rows)
    found["symbol"] = [digest(modules)]
    assert found == json.loads(GOLDEN.read_text())
