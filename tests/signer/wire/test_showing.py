"""Receiving code by code: any order, strangers in between, a sender who moves on, a poisoned transfer."""

from __future__ import annotations

import random

import pytest

from signer.core.errors import Malformed
from signer.wire.pace import read_feedback
from signer.wire.reception import ABANDONED, Receiver, Said, from_file
from signer.wire.reel import Reel
from signer.wire.showing import DENSITIES, SINGLE, SPEEDS, Grid, Room, largest_version, show
from signer.wire.symbol import alphanumeric_capacity, byte_capacity
from signer.wire.values import Dialect, Format, Frames, Kind, Payload


def payload(tag: int, size: int = 3_000) -> Payload:
    return Payload(Kind.PSBT, b"psbt\xff" + random.Random(tag).randbytes(size))


def frames(of: Payload, form: Format = Format.UR, version: int = 10) -> Frames:
    return show(of, Dialect(form), version).frames


@pytest.mark.parametrize("form", [Format.UR, Format.BBQR])
def test_any_order_with_losses_and_repeats(form: Format) -> None:
    sent, receiver = payload(1), Receiver()
    shown = frames(sent, form)
    order = [index for index in range(shown.count) for _ in range(2)]
    random.Random(2).shuffle(order)
    heard = [receiver.feed(shown.text(index)) for index in order]
    done = [item for item in heard if item.said is Said.DONE]
    assert done[0].read is not None
    assert done[0].read.payload == sent
    assert done[0].read.dialect.format is form
    assert {item.said for item in heard[: heard.index(done[0])]} == {Said.NEW, Said.REPEAT}


def test_strangers_are_passed_over_and_cost_no_progress() -> None:
    receiver, shown = Receiver(), frames(payload(1))
    for index in range(3):
        receiver.feed(shown.text(index))
    before = receiver.progress
    for text in (b"https://example.org", b"", b"UR:PSBT/1-9/AEAE", b"B$ZP0500", bytes(range(256)) * 40):
        heard = receiver.feed(text)
        assert heard.said is Said.FOREIGN
        assert heard.error is not None
        assert receiver.progress == before


def test_a_sender_who_has_moved_on_is_followed() -> None:
    receiver, old, new = Receiver(), frames(payload(1)), frames(payload(2))
    for index in range(4):
        receiver.feed(old.text(index))
    heard = [receiver.feed(new.text(index)) for index in range(ABANDONED + 2 * new.count)]
    assert [item.said for item in heard[: ABANDONED - 1]] == [Said.FOREIGN] * (ABANDONED - 1)
    assert any(item.read is not None and item.read.payload == payload(2) for item in heard)


def test_one_stranger_now_and_then_never_restarts_a_transfer() -> None:
    receiver, mine, other = Receiver(), frames(payload(1)), frames(payload(2))
    said = []
    for index in range(mine.count):
        said.append(receiver.feed(mine.text(index)).said)
        if said[-1] is not Said.DONE:
            said += [receiver.feed(other.text(n)).said for n in range(ABANDONED - 1)]
    assert said[-1] is Said.DONE


def test_what_is_no_payment_is_named_and_forgotten() -> None:
    receiver = Receiver()
    heard = receiver.feed(b"a note that somebody left on the desk")
    assert heard.said is Said.UNWANTED
    assert heard.error is not None
    assert heard.error.details["what"] == "text"
    assert receiver.progress is None
    wanting = Receiver(frozenset({Kind.TEXT}))
    assert wanting.feed(b"a note that somebody left on the desk").said is Said.DONE


def test_a_file_is_read_as_what_it_is() -> None:
    assert from_file(payload(3).data).payload == payload(3)
    with pytest.raises(Malformed):
        from_file(b"")


@pytest.mark.parametrize("form", [Format.UR, Format.BBQR, Format.STATIC])
@pytest.mark.parametrize("room", [5, 8, 16, 27, 40])
@pytest.mark.parametrize("size", [40, 200, 5_000, 60_000])
def test_every_code_fits_the_console_and_all_together_are_the_payload(
    form: Format, room: int, size: int
) -> None:
    sent = payload(size, size)
    showing = show(sent, Dialect(form), room)
    assert showing.version <= room
    assert showing.replaced == (showing.dialect.format is not form)
    receiver = Receiver()
    for index in range(showing.frames.count):
        text = showing.frames.text(index)
        assert len(text) <= max(alphanumeric_capacity(room), byte_capacity(room))
        heard = receiver.feed(text)
    assert heard.read is not None
    assert heard.read.payload == sent
    assert showing.symbol(0).size == showing.size


@pytest.mark.parametrize(
    ("size", "room"), [(100, 5), (1_000, 5), (50_000, 5), (450_000, 13), (1_048_577, 20), (2_097_152, 20)]
)
def test_the_native_format_is_shown_wherever_one_symbol_of_it_fits(size: int, room: int) -> None:
    showing = show(payload(1, size - 5), Dialect(Format.KINKO), room)
    assert not showing.replaced
    assert showing.version <= room
    assert len(showing.symbol(showing.frames.count).rows) == showing.size


@pytest.mark.parametrize(
    ("form", "size", "room"),
    [
        (Format.BBQR, 600_000, 20),
        (Format.BBQR, 800_000, 40),
        (Format.UR, 1_500_000, 14),
        (Format.BBQR, 50_000, 6),
    ],
)
def test_many_parts_are_made_fewer_and_fuller(form: Format, size: int, room: int) -> None:
    assert not show(payload(1, size - 5), Dialect(form), room).replaced


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(Format.KINKO),
        Dialect(Format.UR, "psbt"),
        Dialect(Format.BBQR, "H"),
        Dialect(Format.SPECTER),
        Dialect(Format.STATIC, "base43"),
    ],
    ids=lambda dialect: dialect.format.value,
)
@pytest.mark.parametrize("size", [100, 700, 5_000, 20_000])
@pytest.mark.parametrize("room", [4, 9, 14, 20, 40])
def test_every_picture_there_will_ever_be_can_be_drawn(dialect: Dialect, size: int, room: int) -> None:
    for grid in (SINGLE, Grid(2, 2)):
        reel = Reel.of(show(payload(1, size - 5), dialect, Room.holding(room, grid), grid))
        last = reel.count + 12
        for index in {*range(12), *range(98, min(102, last)), *range(reel.count - 2, last)}:
            assert len(reel.sheet(index)[0][0].rows) > 0


def test_a_single_code_stands_still() -> None:
    reel = Reel.of(show(payload(1, 95), Dialect(Format.KINKO), 40))
    assert reel.sheet(0) == reel.sheet(1) == reel.sheet(99)


def test_steps_of_density_go_up_and_down_and_end() -> None:
    showing = show(payload(1, 20_000), Dialect(Format.UR), 27)
    versions = [showing.version]
    for _ in DENSITIES:
        showing = showing.denser()
        versions.append(showing.version)
    assert versions[-1] == 27
    counts = []
    for _ in DENSITIES:
        showing = showing.sparser()
        counts.append(showing.frames.count)
    assert counts == sorted(counts)
    assert showing.version < 6
    assert showing.sparser() == showing
    assert list(SPEEDS) == sorted(SPEEDS)


def test_a_smaller_console_shows_smaller_codes() -> None:
    showing = show(payload(1, 20_000), Dialect(Format.UR), 27)
    assert showing.resized(5).version == 5
    assert showing.resized(30).room == 30
    with pytest.raises(Malformed):
        showing.resized(0)
    assert largest_version(80, 24) == 5
    assert largest_version(240, 67) == 27


def test_another_format_carries_the_same() -> None:
    showing, sent = show(payload(1), Dialect(Format.UR), 20), payload(1)
    seen = {showing.dialect.format}
    for _ in Format:
        showing = showing.reformed()
        seen.add(showing.dialect.format)
        receiver = Receiver()
        heard = [receiver.feed(showing.frames.text(index)) for index in range(showing.frames.count + 5)]
        assert any(item.read is not None and item.read.payload == sent for item in heard)
    assert {Format.UR, Format.BBQR} <= seen


def test_density_of_the_native_format_changes_with_new_symbols_only() -> None:
    sent, receiver = payload(3, 30_000), Receiver()
    showing, index, codes = show(sent, Dialect(Format.KINKO), 27), 0, set()
    read = None
    for change in ("sparser", "denser", "denser", "sparser", "sparser", "denser"):
        for _ in range(4):
            text = showing.frames.text(index)
            assert text not in codes
            codes.add(text)
            index += 1
            heard = receiver.feed(text)
            read = read or heard.read
            assert heard.said in (Said.NEW, Said.DONE) or read
        showing = showing.sparser() if change == "sparser" else showing.denser()
    while read is None:
        read = receiver.feed(showing.frames.text(index)).read
        index += 1
    assert read.payload == sent


def test_a_sender_follows_the_feedback() -> None:
    sent, receiver = payload(4, 30_000), Receiver()
    showing = show(sent, Dialect(Format.KINKO), 40)
    assert receiver.feedback(5.0) is None
    for index in range(8):
        receiver.feed(showing.frames.text(index))
    told = receiver.feedback(6.0)
    assert told is not None
    assert showing.heard(read_feedback(told)).version > showing.version
    near_cliff = receiver.feedback(3.2)
    assert near_cliff is not None
    assert showing.heard(read_feedback(near_cliff)).version == showing.version
    for index in range(8, 90, 4):
        receiver.feed(showing.frames.text(index))
    lossy = receiver.feedback(6.0)
    assert lossy is not None
    assert showing.heard(read_feedback(lossy)).version < showing.version
