"""The simulator is deterministic, and what it must let through gets through, at the speeds that are promised."""

from __future__ import annotations

import numpy as np
import pytest

from signer.wire import Dialect, Format, encode
from signer.wire.symbol import byte_capacity
from tests.hil.bench import NATIVES, PEERS, Setting, frames_of, payload, screen_of
from tests.hil.hostile import before_the_camera
from tests.hil.journeys import journey
from tests.hil.link import adaptive, transfer
from tests.hil.optics import HARD, NORMAL, PROFILES, Optics, Profile
from tests.hil.screens import page


def speed(setting: Setting, size: int, profile: Profile = NORMAL) -> float:
    """kB/s at 1080p; the time decoding takes is left out, so that the number is the same everywhere."""
    screen = screen_of(setting, frames_of(setting, size), profile)
    result = transfer(screen, setting.fps, profile, "1080p", slow=0, limit=1200)
    assert result.payload == payload(size)
    return result.goodput(size)


def test_same_seed_same_film() -> None:
    frames = encode(payload(2000), Dialect(Format.KINKO), byte_capacity(15))
    films = [list(Optics(HARD, "720p", 0.8, 7).film(page(frames, 15), 10, 5)) for _ in range(2)]
    assert len(films[0]) == len(films[1]) > 2
    assert all(np.array_equal(a.frame, b.frame) and a.time == b.time for a, b in zip(*films, strict=True))


def test_promised_speeds() -> None:
    terminal, single, grid = (
        speed(setting, size) for setting, size in zip(NATIVES, (20_000, 60_000, 100_000), strict=False)
    )
    assert terminal > 12
    assert single > 35
    assert grid > 70
    best_of_peers = max(speed(peer, 2_000) for peer in PEERS[3:])
    assert single > best_of_peers * 5
    assert grid > best_of_peers * 10


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("size", ["720p", "1080p"])
def test_every_profile_completes(profile: Profile, size: str) -> None:
    for length in (100, 20_000):
        result = adaptive(payload(length), profile, size, seed=length)
        assert result.complete
        assert result.payload == payload(length)


def test_the_sender_steps_down_when_nothing_arrives() -> None:
    # a camera so far away that only the coarsest codes are read
    result = adaptive(payload(3_000), NORMAL, "720p", fill=0.22, limit=1_500)
    assert result.complete
    assert result.codes_shown < 2  # its place on the ladder at the end


@pytest.mark.parametrize("batch", range(4))
def test_journeys_over_light(batch: int) -> None:
    """A thousand of them: make journeys."""
    lost = [words for words in map(journey, range(6 * batch, 6 * batch + 6)) if words.startswith("LOST")]
    assert lost == []


@pytest.mark.slow
def test_hostile_frames_do_no_harm() -> None:
    """Ten thousand of them: make journeys."""
    harm = before_the_camera(240, seed=2)
    assert (harm.right, harm.wrong, harm.replaced) == (harm.transfers, 0, 0)
