"""Codes made to harm: nothing but Malformed, nothing kept of them, nothing slow, nothing large."""

from __future__ import annotations

import contextlib
import random
import time
import zlib
from base64 import b32encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.errors import Bad, Malformed
from signer.wire import Dialect, Format, Kind, Payload, bytewords, cbor, detect_file, encode, limits
from signer.wire import open as open_code
from tests.signer.wire.test_transfer import DIALECTS, psbt


def part(number: int, count: int, length: int, checksum: int, data: bytes, kind: str = "psbt") -> bytes:
    body = bytewords.encode(cbor.encode([number, count, length, checksum, data]))
    return f"UR:{kind.upper()}/{number}-{count}/".encode() + body


@pytest.mark.parametrize(
    "text",
    [
        part(1, limits.UR_PARTS + 1, (limits.UR_PARTS + 1) * 10, 0, bytes(10)),
        part(1, 3, limits.PAYLOAD_BYTES * 2, 0, bytes(10)),
        part(1, 3, 10, 0, bytes(10)),
        part(1, 3, 31, 0, bytes(10)),
        part(0, 3, 30, 0, bytes(10)),
        part(1, 0, 30, 0, bytes(10)),
        part(1, 3, 30, 1 << 32, bytes(10)),
        part(1 << 32, 3, 30, 0, bytes(10)),
        part(1, 3, 0, 0, b""),
        b"UR:PSBT/1-3/" + part(2, 3, 30, 0, bytes(10)).split(b"/")[-1],
        b"UR:PSBT/1-3/" + bytewords.encode(b"\x85\x01\x03\x18\x1e\x00\x9b" + b"\xff" * 8),
        b"UR:PSBT/1-3/" + bytewords.encode(b"\x81" * 200),
        b"UR:PSBT/LPADAXCFA",
        b"UR:PSBT/" + b"AE" * 20,
        b"UR:PSBT/" + b"A" * 8000,
        b"UR:" + b"X" * 60 + b"/AEAEAEAEAE",
        b"UR:PSBT/99999999999-3/AEAEAEAEAE",
        b"B$HP0000AB",
        b"B$HP0101AB",
        b"B$HP0100ABC",
        b"B$HP0100",
        b"B$XP0100AB",
        b"B$2P01000189",
        b"p0of3 QUJD",
        b"p4of3 QUJD",
        b"p1of9999 QUJD",
        b"p1of1 QUJ",
        b"",
        bytes(8000),
    ],
)
def test_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        open_code(text).receive(text)


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
def test_foreign_codes_leave_the_state_whole(dialect: Dialect) -> None:
    mine, other = encode(psbt(2000), dialect, 300), encode(psbt(1400, seed=2), dialect, 290)
    decoder = open_code(mine.text(0))
    decoder.receive(mine.text(0))
    for index in range(mine.count - 1):
        for foreign in (
            other.text(index),
            b"UR:BYTES/AEAE",
            b"B$HP0100AB",
            b"hello",
            b"",
            mine.text(index)[:-1] + b"%",
        ):
            with pytest.raises(Malformed):
                decoder.receive(foreign)
        before = decoder.receive(mine.text(index))
        assert decoder.receive(mine.text(index)) == before
    decoder.receive(mine.text(mine.count - 1))
    assert decoder.payload() == psbt(2000)


def test_payload_before_the_end() -> None:
    for dialect in DIALECTS:
        frames = encode(psbt(2000), dialect, 300)
        decoder = open_code(frames.text(0))
        decoder.receive(frames.text(0))
        with pytest.raises(Malformed) as caught:
            decoder.payload()
        assert caught.value.code is Bad.TRUNCATED


def test_a_poisoned_fountain_recovers() -> None:
    payload = psbt(900)
    frames = encode(payload, Dialect(Format.UR, "psbt"), 100)
    good = [frames.text(i) for i in range(frames.count)]
    number, count, length, checksum, data = cbor.decode(bytewords.decode(good[2].split(b"/")[-1]))  # type: ignore[misc]
    decoder = open_code(good[0])
    decoder.receive(part(number, count, length, checksum, bytes(len(data))))
    for text in good[:-1]:
        decoder.receive(text)
    with pytest.raises(Malformed) as caught:
        decoder.receive(good[-1])
    assert caught.value.code is Bad.CHECKSUM
    for text in good:
        progress = decoder.receive(text)
    assert progress.complete
    assert decoder.payload() == payload


def bbqr_of(packed: bytes) -> bytes:
    return b"B$ZB0100" + b32encode(packed).rstrip(b"=")


def test_bomb() -> None:
    engine = zlib.compressobj(9, wbits=-15)
    bomb = engine.compress(bytes(limits.PAYLOAD_BYTES + 1)) + engine.flush()
    text = bbqr_of(bomb)
    assert len(text) < limits.TEXT_BYTES
    with pytest.raises(Malformed) as caught:
        open_code(text).receive(text)
    assert caught.value.code is Bad.TOO_LARGE


@pytest.mark.parametrize(
    "packed", [b"\x00", b"\xff\xff", zlib.compress(b"header too"), b"\x4b\x04\x00trailing"]
)
def test_bad_deflate(packed: bytes) -> None:
    text = bbqr_of(packed)
    with pytest.raises(Malformed):
        open_code(text).receive(text)


def test_bbqr_parts_must_agree() -> None:
    decoder = open_code(b"B$HB0300AABB")
    decoder.receive(b"B$HB0300AABB")
    for text in (b"B$HB0300AABC", b"B$HB0301AA", b"B$HB0302AABBCC", b"B$HU0301AABB", b"B$HB0401AABB"):
        with pytest.raises(Malformed):
            decoder.receive(text)
    early = open_code(b"B$HB0302AABB")
    early.receive(b"B$HB0302AABB")
    with pytest.raises(Malformed):
        early.receive(b"B$HB0300AA")


@given(st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    for head in (b"", b"UR:PSBT/", b"UR:CRYPTO-ACCOUNT/", b"B$ZP0200", b"B$HU0100"):
        try:
            decoder = open_code(head + data)
            decoder.receive(head + data)
            decoder.payload()
        except Malformed:
            pass
    with contextlib.suppress(Malformed):
        detect_file(data)


@given(
    st.binary(max_size=200),
    st.sampled_from(["crypto-account", "crypto-output", "output-descriptor", "hdkey"]),
)
def test_random_registry_types(data: bytes, kind: str) -> None:
    text = f"UR:{kind.upper()}/".encode() + bytewords.encode(data)
    try:
        decoder = open_code(text)
        decoder.receive(text)
        decoder.payload()
    except Malformed:
        pass


leaves = st.integers(-5, 2**40) | st.binary(max_size=40) | st.text(max_size=20) | st.booleans() | st.none()
items = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.integers(0, 10), inner, max_size=6)
        | st.builds(
            cbor.Tag,
            st.sampled_from([303, 304, 305, 308, 400, 401, 403, 407, 410, 40303, 40304, 40308]),
            inner,
        )
    ),
    max_leaves=20,
)


@given(
    items,
    st.sampled_from(["crypto-account", "crypto-output", "output-descriptor", "account-descriptor", "hdkey"]),
)
def test_odd_registry_items(item: object, kind: str) -> None:
    text = f"UR:{kind.upper()}/".encode() + bytewords.encode(cbor.encode(item))
    try:
        decoder = open_code(text)
        decoder.receive(text)
        decoder.payload()
    except Malformed:
        pass


def test_many_hostile_parts_cost_little() -> None:
    rng = random.Random(1)
    count, size = limits.UR_PARTS, 200
    first = part(1, count, count * size, 7, rng.randbytes(size))
    decoder = open_code(first)
    start = time.process_time()
    for _ in range(150):
        decoder.receive(part(rng.randrange(1, 1 << 32), count, count * size, 7, rng.randbytes(size)))
    assert time.process_time() - start < 5


def test_nesting_and_counts() -> None:
    deep = b"\x81" * 30 + b"\x00"
    for data in (deep, b"\x9a\xff\xff\xff\xff", b"\xbb" + b"\xff" * 8, b"\x5f", b"\xf9\x00\x00", b"\x1c"):
        with pytest.raises(Malformed):
            cbor.decode(data)


def test_kinds_that_do_not_fit_a_type() -> None:
    with pytest.raises(Malformed):
        encode(Payload(Kind.PSBT, b"psbt\xff"), Dialect(Format.UR, "unknown"), 10)
    with pytest.raises(Malformed):
        encode(Payload(Kind.BYTES, b""), Dialect(Format.BBQR), 10)
    text = b"UR:PSBT/" + bytewords.encode(cbor.encode(b"not a psbt"))
    decoder = open_code(text)
    decoder.receive(text)
    with pytest.raises(Malformed):
        decoder.payload()
