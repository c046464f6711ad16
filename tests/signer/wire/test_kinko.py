"""The native format: next to no overhead from any start at any loss, density changed on the way, hostile frames."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.errors import Bad, Malformed
from signer.wire import Dialect, Format, Kind, Payload, encode, kinko, limits
from signer.wire import open as open_code
from signer.wire.kinko import OVERHEAD, symbol_bytes
from signer.wire.symbol import byte_capacity, symbol

NATIVE = Dialect(Format.KINKO)


def payload(size: int, seed: int = 1) -> Payload:
    return Payload(Kind.REQUEST, random.Random(seed).randbytes(size))


def receive(item: Payload, room: int, *, loss: float = 0.0, start: int = 0, seed: int = 1) -> float:
    """Symbols taken in until complete, divided by the least possible."""
    rng = random.Random(seed)
    frames = encode(item, NATIVE, room)
    decoder, taken, index = open_code(frames.text(start)), 0, start
    while True:
        text = frames.text(index)
        index += 1
        if rng.random() < loss:
            continue
        taken += len(text) - OVERHEAD
        progress = decoder.receive(text)
        if progress.complete:
            assert decoder.payload() == item
            return taken / symbol_bytes(len(item.data)) / progress.need


@pytest.mark.parametrize("size", [100, 1_000, 10_000, 100_000])
@pytest.mark.parametrize("version", [8, 15, 25, 40])
def test_every_size_in_every_symbol(size: int, version: int) -> None:
    if byte_capacity(version) - OVERHEAD < symbol_bytes(size):
        pytest.skip("not one symbol fits: the next larger version is for this size")
    receive(payload(size), byte_capacity(version))


@pytest.mark.parametrize("start", [0, 37, 5_000, 262_143])
def test_reception_overhead_below_three_percent_at_30_percent_loss(start: int) -> None:
    overheads = [receive(payload(100_000), 1_250, loss=0.3, start=start, seed=seed) for seed in range(4)]
    assert max(overheads) < 1.03


def test_two_mebibytes() -> None:
    assert receive(payload(limits.PAYLOAD_BYTES), 2_953, loss=0.3) < 1.01


@given(
    st.binary(min_size=1, max_size=4000),
    st.integers(85, 2953),
    st.integers(0, 300),
    st.sampled_from(list(Kind)),
)
def test_any_bytes(data: bytes, room: int, start: int, kind: Kind) -> None:
    frames = encode(Payload(kind, data), NATIVE, room)
    decoder = open_code(frames.text(start))
    for index in range(start, start + 40 + 3 * frames.count):
        assert len(frames.text(index)) <= room
        if decoder.receive(frames.text(index)).complete:
            break
    assert decoder.payload() == Payload(kind, data)


def test_density_changes_without_losing_progress() -> None:
    item = payload(60_000)
    decoder, index, held = open_code(encode(item, NATIVE, 500).text(0)), 0, 0
    need = decoder.receive(encode(item, NATIVE, 500).text(0)).need
    taken = 0
    for room in (500, 1250, 300, 2900, 800, 1250):
        frames = encode(item, NATIVE, room)
        index = max(index, frames.count)  # as a sender goes on after a change: with new symbols only
        for _ in range(need * symbol_bytes(60_000) // room // 4):
            text = frames.text(index)
            index += 1
            taken += (len(text) - OVERHEAD) // symbol_bytes(60_000)
            progress = decoder.receive(text)
            if progress.complete:
                break
            assert progress.have > held
            held = progress.have
    assert decoder.payload() == item
    assert taken < need * 1.03


def test_compressible_payloads_are_deflated() -> None:
    item = Payload(Kind.PSBT, b"psbt\xff" + b"the same again " * 500)
    assert encode(item, NATIVE, 300).count <= 2
    assert receive(item, 300) < 40  # a late joiner of two symbols waits at most for the frames' granularity


def test_frames_never_have_a_dull_symbol() -> None:
    item = Payload(Kind.BYTES, bytes(3000) + random.Random(1).randbytes(2000))
    rows = symbol(encode(item, NATIVE, 1250).text(0)).rows
    dark = sum(map(sum, rows)) / len(rows) ** 2
    assert 0.45 < dark < 0.55


def reseal(frame: bytes) -> bytes:
    return frame[:-4] + zlib.crc32(frame[:-4]).to_bytes(4, "big")


def test_foreign_and_damaged_frames_leave_the_state_whole() -> None:
    mine, other = encode(payload(5000), NATIVE, 500), encode(payload(5000, seed=2), NATIVE, 500)
    good = mine.text(0)
    decoder = open_code(good)
    decoder.receive(good)
    bad = [
        other.text(0),
        good[:-1],
        good + b"\0",
        good[:50] + b"?" + good[51:],
        b"",
        kinko.MAGIC,
        reseal(good[:11] + b"\0\0\0" + good[14:]),
        reseal(good[:11] + b"\xff\xff\xff" + good[14:]),
        reseal(good[:2] + b"\x40" + good[3:]),
        reseal(good[:2] + b"\x2f" + good[3:]),
        reseal(good[:14] + b"\xff\xff\xff" + good[17:]),
        reseal(good[:-10] + good[-4:]),
        b"hello",
    ]
    for frame in bad:
        with pytest.raises(Malformed):
            decoder.receive(frame)
    for index in range(1, mine.count):
        progress = decoder.receive(mine.text(index))
    assert progress.complete
    assert decoder.payload() == payload(5000)


def test_a_poisoned_transfer_recovers() -> None:
    frames = encode(payload(5000), NATIVE, 500)
    poison = reseal(frames.text(0)[:40] + bytes(60) + frames.text(0)[100:])
    decoder = open_code(poison)
    decoder.receive(poison)
    for index in range(1, frames.count - 1):
        decoder.receive(frames.text(index))
    with pytest.raises(Malformed) as caught:
        decoder.receive(frames.text(frames.count - 1))
    assert caught.value.code is Bad.CHECKSUM
    for index in range(frames.count):
        progress = decoder.receive(frames.text(index))
    assert progress.complete
    assert decoder.payload() == payload(5000)


def test_bounds() -> None:
    for data, room in ((b"", 500), (bytes(limits.PAYLOAD_BYTES + 1), 500), (b"x", 84)):
        with pytest.raises(Malformed):
            encode(Payload(Kind.BYTES, data), NATIVE, room)
    counts = [-(-length // symbol_bytes(length)) for length in range(1, limits.PAYLOAD_BYTES + 1, 997)]
    assert max(counts) <= limits.KINKO_SYMBOLS


def read_at_once(frame: bytes) -> Payload:
    decoder = open_code(frame)
    decoder.receive(frame)
    return decoder.payload()


@given(st.binary(max_size=300))
def test_random_frames(data: bytes) -> None:
    for frame in (kinko.MAGIC + data, reseal(kinko.MAGIC + data + bytes(4))):
        with pytest.raises(Malformed):
            read_at_once(frame)
