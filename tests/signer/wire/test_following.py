"""A sender that hears the receiver steps up and down, alone or in grids; one that does not hear shows both."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from signer.core.errors import Malformed
from signer.wire.following import GRUDGE, LOOK, SILENCE, Follower, Player
from signer.wire.kinko import digest_of
from signer.wire.pace import Feedback, write_feedback
from signer.wire.reception import Receiver, Said
from signer.wire.reel import Reel
from signer.wire.showing import SINGLE, Showing, show
from signer.wire.symbol import Grid, Room
from signer.wire.values import Dialect, Format, Kind, Payload

PAYLOAD = Payload(Kind.PSBT, b"psbt\xff" + random.Random(1).randbytes(60_000))
CONSOLE = Room.console(240, 67)
NATIVE = Dialect(Format.KINKO)


def told(have: int, *, density: float = 8.0, loss: int = 0, need: int = 600) -> bytes:
    return write_feedback(Feedback(digest_of(PAYLOAD), have, need, density, loss))


def capacities(follower: Follower, feedbacks: list[bytes | None]) -> list[int]:
    """What a picture carries after each second of feedback."""
    found = []
    for second, text in enumerate(feedbacks, 1):
        if text is not None:
            follower.take(text)
        follower.step(second * LOOK)
        found.append(follower.showing.capacity)
    return found


def test_up_to_a_grid_while_all_is_well() -> None:
    follower = Follower(show(PAYLOAD, NATIVE, CONSOLE), 0.0)
    found = capacities(follower, [told(10 * second) for second in range(1, 12)])
    assert found == sorted(found)
    assert follower.showing.grid == Grid(2, 1)
    assert follower.showing.version == CONSOLE.version(Grid(2, 1))


def test_no_further_than_the_camera_can_see() -> None:
    follower = Follower(show(PAYLOAD, NATIVE, CONSOLE), 0.0)
    start = follower.showing
    capacities(follower, [told(10 * second, density=3.2) for second in range(1, 9)])
    assert follower.showing == start


def test_down_when_much_is_lost_and_not_up_again_at_once() -> None:
    follower = Follower(show(PAYLOAD, NATIVE, CONSOLE), 0.0)
    high = follower.showing.capacity
    (low,) = capacities(follower, [told(10, loss=80)])
    assert low < high
    for second in range(2, int(GRUDGE)):
        follower.take(told(10 * second))
        follower.step(second * LOOK)
        assert follower.showing.capacity < high
    follower.take(told(900, need=1000))
    follower.step(GRUDGE + 5)
    assert follower.showing.capacity >= high


@pytest.mark.parametrize("same", [None, told(7)], ids=["silence", "no progress"])
def test_down_when_nothing_arrives(same: bytes | None) -> None:
    follower = Follower(show(PAYLOAD, NATIVE, CONSOLE), 0.0)
    high = follower.showing.capacity
    found = capacities(follower, [same] * int(4 * SILENCE))
    assert found[0] >= high
    assert found[-1] < high / 3
    assert sorted(found[1:], reverse=True) == found[1:]


def test_strangers_feedback_is_nothing() -> None:
    follower = Follower(show(PAYLOAD, NATIVE, CONSOLE), 0.0)
    for text in (b"KINKO/0011223344556677/5/10/900/0", b"https://example.org", b"", told(3)[:-3]):
        follower.take(text)
    assert follower.heard is None


def test_the_end_is_heard() -> None:
    showing, receiver = show(PAYLOAD, NATIVE, CONSOLE), Receiver()
    player = Player(showing, 0.0, fps=None, listening=True)
    index = 0
    while receiver.feed(showing.frames.text(index)).said is not Said.DONE:
        index += 1
    text = receiver.feedback(5.0)
    assert text is not None
    player.hear(text)
    player.sheet(LOOK)
    assert player.done
    assert player.percent == 100


def test_other_formats_stay_as_they_are() -> None:
    follower = Follower(show(PAYLOAD, Dialect(Format.UR), CONSOLE), 0.0)
    start = follower.showing
    capacities(follower, [None] * 30)
    assert follower.showing == start


def receive(showing_texts: list[bytes]) -> Payload | None:
    receiver = Receiver()
    for text in showing_texts:
        heard = receiver.feed(text)
        if heard.read is not None:
            return heard.read.payload
    return None


def texts(showing: Showing, pictures: range) -> list[bytes]:
    tiles = showing.grid.tiles
    return [showing.frames.text(index * tiles + tile) for index in pictures for tile in range(tiles)]


@pytest.mark.parametrize("form", [Format.KINKO, Format.UR, Format.BBQR])
def test_a_grid_carries_everything_and_so_do_the_single_codes_behind_it(form: Format) -> None:
    grid = Grid(2, 2)
    showing = show(PAYLOAD, Dialect(form), Room.holding(20, grid), grid)
    assert showing.grid == grid
    reel = Reel.of(showing)
    assert reel.alone is not None
    assert receive(texts(showing, range(reel.together))) == PAYLOAD
    assert receive(texts(reel.alone, range(reel.count - reel.together))) == PAYLOAD
    assert len(reel.sheet(0)) == 2
    assert len(reel.sheet(reel.together)) == 1
    width, height = reel.canvas(4)
    assert width == height == 4 * grid.dots(showing.version)[0]
    if form is Format.KINKO:  # a second round brings new codes
        first = set(texts(showing, range(reel.together)))
        assert not first & set(texts(showing, range(reel.together, 2 * reel.together)))


def test_one_small_code_is_no_grid() -> None:
    small = replace(PAYLOAD, data=PAYLOAD.data[:60])
    assert show(small, NATIVE, Room.holding(20, Grid(2, 2)), Grid(2, 2)).grid == SINGLE


def test_a_grid_needs_room() -> None:
    with pytest.raises(Malformed):
        show(PAYLOAD, NATIVE, Room.console(60, 20), Grid(4, 4))
    assert show(PAYLOAD, NATIVE, CONSOLE).gridded(Grid(2, 1)).grid == Grid(2, 1)
    assert show(PAYLOAD, Dialect(Format.UR), CONSOLE).denser().grid == SINGLE
