"""Every dialect there and back: random payloads, random loss, any order, late joiners."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.errors import Bad, Malformed
from signer.wire import Decoder, Dialect, Format, Frames, Kind, Payload, base43, detect_file, encode
from signer.wire import open as open_code
from signer.wire.values import Progress

BBQR = json.loads((Path(__file__).parent / "vectors" / "bbqr.json").read_text())
PSBT = b"psbt\xff"
DIALECTS = [
    Dialect(Format.UR, "crypto-psbt"),
    Dialect(Format.UR, "psbt"),
    Dialect(Format.UR, "bytes"),
    Dialect(Format.BBQR, "H"),
    Dialect(Format.BBQR, "2"),
    Dialect(Format.BBQR, "Z"),
    Dialect(Format.SPECTER, "base64"),
    Dialect(Format.KINKO),
]


def psbt(size: int, seed: int = 1) -> Payload:
    return Payload(Kind.PSBT, PSBT + random.Random(seed).randbytes(max(0, size - 5)))


def transfer(frames: Frames, loss: float, seed: int, start: int = 0) -> tuple[Decoder, int]:
    """Show frames from `start`; a share of them is never seen. Gives the decoder and how many were seen."""
    rng = random.Random(seed)
    decoder: Decoder | None = None
    seen, index = 0, start
    while index < start + 60 * frames.count + 60:
        text = frames.text(index)
        index += 1
        if rng.random() < loss:
            continue
        seen += 1
        if decoder is None:
            decoder = open_code(text)
        if decoder.receive(text).complete:
            return decoder, seen
    raise AssertionError("never complete")


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
@pytest.mark.parametrize("size", [6, 99, 1000, 20_000])
@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_round_trip(dialect: Dialect, size: int, loss: float) -> None:
    payload = psbt(size)
    decoder, _ = transfer(encode(payload, dialect, 200), loss, seed=size)
    assert decoder.payload() == payload
    assert decoder.dialect.format == dialect.format


@given(
    data=st.binary(min_size=1, max_size=3000),
    dialect=st.sampled_from([Dialect(Format.UR, "bytes"), *DIALECTS[3:7]]),
    fragment=st.integers(1, 700),
    start=st.integers(0, 50),
)
def test_any_bytes_any_fragment(data: bytes, dialect: Dialect, fragment: int, start: int) -> None:
    frames = encode(Payload(Kind.BYTES, data), dialect, max(fragment, len(data) // 200))
    decoder, _ = transfer(frames, 0.1, seed=start, start=start)
    assert decoder.payload().data == data


def test_late_joiner_of_a_ur_needs_few_more_than_all() -> None:
    payload = psbt(100_000)
    frames = encode(payload, Dialect(Format.UR, "psbt"), 400)
    needed = []
    for seed in range(5):
        decoder, seen = transfer(frames, 0.0, seed=seed, start=frames.count + 1000 * seed)
        assert decoder.payload() == payload
        needed.append(seen / frames.count)
    assert max(needed) < 1.15  # the peeling decoder of the reference needs about 2.2


def test_answer_in_the_dialect_of_the_question() -> None:
    for dialect in DIALECTS:
        decoder, _ = transfer(encode(psbt(900), dialect, 100), 0.0, seed=1)
        kept = Dialect(Format.BBQR, "2") if dialect.variant == "Z" else dialect  # random bytes do not deflate
        assert decoder.dialect == kept


def test_bbqr_published_scan() -> None:
    parts = [part.encode() for part in BBQR["parts"]]
    decoder = open_code(parts[3])
    progress: Progress | None = None
    for part in parts[3:] + parts[:3]:
        progress = decoder.receive(part)
    assert progress == Progress(8, 8, (), True)
    assert decoder.payload().kind is Kind.TEXT
    for words in BBQR["contains"]:
        assert words.encode() in decoder.payload().data


def test_bbqr_compresses() -> None:
    payload = Payload(Kind.PSBT, PSBT + b"the same words again and again " * 60)
    frames = encode(payload, Dialect(Format.BBQR, "Z"), 100)
    assert frames.text(0).startswith(b"B$ZP")
    assert frames.count * 100 < len(payload.data) / 3
    assert transfer(frames, 0.2, seed=1)[0].payload() == payload


@pytest.mark.parametrize("variant", ["base64", "base43", "hex", "binary"])
def test_static(variant: str) -> None:
    payload = psbt(700)
    decoder, seen = transfer(encode(payload, Dialect(Format.STATIC, variant), 1), 0.0, seed=1)
    assert (decoder.payload(), seen, decoder.dialect.variant) == (payload, 1, variant)


def test_base43_is_a_number_in_base_43() -> None:
    data = b"\0\0" + random.Random(1).randbytes(60)
    text = base43.encode(data)
    assert text.startswith(b"00")
    number = 0
    for char in text:
        number = number * 43 + b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:".index(char)
    assert number == int.from_bytes(data, "big")
    assert base43.decode(text) == data
    with pytest.raises(Malformed):
        base43.decode(b"NO SPACE")


@given(st.binary(max_size=200))
def test_base43_round_trip(data: bytes) -> None:
    assert base43.decode(base43.encode(data)) == data


def test_hex_and_base43_of_a_transaction() -> None:
    transaction = Payload(Kind.TRANSACTION, b"\2\0\0\0" + random.Random(2).randbytes(200))
    for variant in ("hex", "base43"):
        decoder, _ = transfer(encode(transaction, Dialect(Format.STATIC, variant), 1), 0.0, seed=1)
        assert decoder.payload() == transaction


def test_specter_as_its_users_write_it() -> None:
    text = base64.b64encode(psbt(50).data)
    parts = [b"p1of3 " + text[:30], b"p2of3 " + text[30:60], b"P3OF3 " + text[60:]]
    decoder = open_code(parts[1])
    assert decoder.receive(parts[1]) == Progress(1, 3, (0, 2), False)
    decoder.receive(parts[0])
    assert decoder.receive(parts[2]).complete
    assert decoder.payload() == psbt(50)


def test_static_text_and_descriptor() -> None:
    for text, kind in (
        (b"bitcoin:bc1qexample", Kind.TEXT),
        (b"wsh(sortedmulti(2,a,b))#abcdefgh", Kind.DESCRIPTOR),
    ):
        decoder = open_code(text)
        decoder.receive(text)
        assert decoder.payload() == Payload(kind, text)


def test_too_large_for_one_code() -> None:
    with pytest.raises(Malformed) as caught:
        encode(psbt(3000), Dialect(Format.STATIC, "base64"), 1)
    assert caught.value.code is Bad.TOO_LARGE


@pytest.mark.parametrize("dialect", DIALECTS[:-1], ids=str)  # native codes are not lines of text
def test_file_of_codes(dialect: Dialect) -> None:
    frames = encode(psbt(2000), dialect, 300)
    text = b"\r\n".join(frames.text(i) for i in range(frames.count))
    assert detect_file(text) == psbt(2000)


def test_files() -> None:
    raw = psbt(500).data
    coded = encode(psbt(500), Dialect(Format.STATIC, "base64"), 1).text(0)
    wrapped = b"\n".join(coded[at : at + 64] for at in range(0, len(coded), 64)) + b"\n"
    for data in (raw, coded, wrapped, raw.hex().encode(), b" " + raw.hex().upper().encode() + b"\n"):
        assert detect_file(data) == Payload(Kind.PSBT, raw)
    assert detect_file(b"\xd2\x84rest").kind is Kind.REQUEST
    assert detect_file(b"\xa4\x00rest").kind is Kind.RESPONSE
    assert detect_file(b"\x00\x01\xff").kind is Kind.BYTES
    assert detect_file(b"tb1q address").kind is Kind.TEXT


@pytest.mark.parametrize("data", [b"", bytes(9_000_000), b"cHNidP8!", b"UR:PSBT/AEAE", b"B$HP0200ABCD"])
def test_bad_files(data: bytes) -> None:
    with pytest.raises(Malformed):
        detect_file(data)
