"""The feedback code, and where on the ladder it puts a sender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.errors import Malformed
from signer.wire import Dialect, Format, Kind, Payload, encode
from signer.wire.kinko import KinkoDecoder
from signer.wire.pace import LADDER, START, Feedback, LossMeter, next_step, read_feedback, write_feedback
from signer.wire.symbol import smallest_version


def heard(density: float, loss: int) -> Feedback:
    return Feedback(bytes(8), 10, 100, density, loss)


@given(st.binary(min_size=8, max_size=8), st.integers(0, 2635), st.integers(0, 9000), st.integers(0, 100))
def test_round_trip(digest: bytes, have: int, density: int, loss: int) -> None:
    item = Feedback(digest, have, 2635, density / 100, loss)
    text = write_feedback(item)
    assert read_feedback(text) == item
    assert smallest_version(text) <= 3


@pytest.mark.parametrize(
    "text", [b"", b"KINKO/00/1/2/3/4", b"KINKO/" + b"0" * 16 + b"/5/4/300/0", b"x" * 3000]
)
def test_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        read_feedback(text)


def test_steps() -> None:
    assert next_step(START, heard(12.0, 5)) == START + 2
    assert next_step(START, heard(3.4, 5)) == START
    assert next_step(START, heard(0.0, 5)) == START
    assert next_step(START, heard(12.0, 40)) == START
    assert next_step(START, heard(12.0, 80)) == START - 1
    assert next_step(0, heard(12.0, 99)) == 0
    assert next_step(len(LADDER) - 1, heard(50.0, 0)) == len(LADDER) - 1


def test_ladder_rises() -> None:
    rates = [step.tiles * step.version**2 * step.fps for step in LADDER]
    assert rates == sorted(rates)
    assert all(60 % step.fps == 0 for step in LADDER)


def test_loss_is_seen() -> None:
    meter = LossMeter()
    for number in range(0, 100, 4):
        meter.arrived(number)
        meter.arrived(number)
    assert 70 <= meter.percent <= 77
    meter.arrived(1)
    assert meter.percent == 0


def test_a_decoder_tells_what_it_misses() -> None:
    frames = encode(Payload(Kind.BYTES, bytes(range(256)) * 100), Dialect(Format.KINKO), 1250)
    decoder = KinkoDecoder(frames.text(0))
    for index in range(0, frames.count, 2):
        decoder.receive(frames.text(index))
    told = decoder.feedback(4.5)
    assert told.density == 4.5
    assert told.have < told.need or frames.count < 3
