"""Noise of a camera as entropy: what varies passes, and whatever stands still, in whichever way, is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from signer.camera import lines
from signer.camera.noise import BYTES, STRIDE, Collector
from signer.camera.process import NOISE_BYTES, gather_noise
from signer.core.errors import Lock, Malformed, VaultError
from signer.core.health import check_noise
from signer.wire.reader import Gray
from tests.hil.optics import GOOD, HARD, NORMAL, Optics, Profile

COUNT = 36
SHAPE = (720, 1280)


def film(folder: Path, frames: Iterator[Gray]) -> str:
    folder.mkdir()
    for number, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{number:03d}.png"), frame)
    return str(folder)


def simulated(profile: Profile) -> Iterator[Gray]:
    """A dark screen, as the simulated camera sees it: sensor noise, shake, JPEG."""
    optics = Optics(profile, "720p", 0.8, 4)
    screen = np.full((600, 800), 12, np.uint8)
    for _ in range(COUNT):
        yield optics.shoot(screen, screen, 1.0)


def covered(sigma: float, level: float = 16) -> Iterator[Gray]:
    """A sensor in the dark: noise of its reading about its black level."""
    rng = np.random.default_rng(7)
    for _ in range(COUNT):
        yield np.clip(rng.normal(level, sigma, SHAPE), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("profile", [GOOD, NORMAL, HARD], ids=lambda profile: profile.name)
def test_noise_of_the_simulated_camera_passes(tmp_path: Path, profile: Profile) -> None:
    gathered = gather_noise(film(tmp_path / "film", simulated(profile)))
    assert len(gathered) == NOISE_BYTES
    check_noise(bytes(gathered))


def test_a_covered_sensor_passes_and_gives_almost_all_it_could(tmp_path: Path) -> None:
    gathered = bytes(gather_noise(film(tmp_path / "film", covered(2.0))))
    check_noise(gathered)
    ones = sum(byte.bit_count() for byte in gathered)
    assert abs(ones / (8 * len(gathered)) - 0.5) < 0.02


def still() -> Iterator[Gray]:
    """One noisy picture, again and again: a camera that hangs, or a photograph of noise."""
    picture = next(covered(6.0))
    return (picture for _ in range(COUNT))


def flickering() -> Iterator[Gray]:
    """One noisy picture, one level brighter in every second frame."""
    picture = next(covered(6.0))
    return (picture + np.uint8(number % 2) for number in range(COUNT))


def burnt() -> Iterator[Gray]:
    return (np.full(SHAPE, 255, np.uint8) for _ in range(COUNT))


def mostly_dead() -> Iterator[Gray]:
    """One sample of two hundred lives."""
    rng = np.random.default_rng(3)
    for frame in covered(2.0):
        yield np.where(rng.random(SHAPE) < 0.005, frame, np.uint8(16)).astype(np.uint8)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (covered(0.0, 0), "repetition count"),
        (covered(0.0), "repetition count"),
        (still(), "repetition count"),
        (flickering(), "repetition count"),
        (burnt(), "repetition count"),
        (mostly_dead(), "repetition count"),
        (iter(list(covered(2.0))[:3]), "too short"),
    ],
    ids=["black", "grey", "frozen", "flickering", "burnt", "mostly dead", "too short"],
)
def test_what_is_no_noise_is_refused(tmp_path: Path, frames: Iterator[Gray], reason: str) -> None:
    gathered = gather_noise(film(tmp_path / "film", frames))
    with pytest.raises(VaultError) as caught:
        check_noise(bytes(gathered))
    assert (caught.value.code, caught.value.details["what"]) == (Lock.ENTROPY, reason)


def test_samples_that_favour_one_value_are_refused() -> None:
    """Adaptive proportion: no run is long, and one value has two thirds of the window."""
    collector, rng = Collector(), np.random.default_rng(5)
    gathered = b""
    for _ in range(8):
        lowest = np.repeat(rng.random((SHAPE[0] // STRIDE, SHAPE[1] // STRIDE // 8)) < 0.3, 8, axis=1)
        frame = np.kron(lowest, np.ones((STRIDE, STRIDE), np.uint8)).astype(np.uint8)
        gathered += collector.take(np.zeros(SHAPE, np.uint8)) + collector.take(frame)
    with pytest.raises(VaultError, match="adaptive proportion"):
        check_noise(gathered)


def test_each_frame_is_used_once() -> None:
    """Differences that share a frame depend on one another."""
    collector, (first, second, third, fourth) = Collector(), list(covered(2.0))[:4]
    assert collector.take(first) == b""
    made = collector.take(second)
    assert len(made) == BYTES
    assert collector.take(third) == b""
    assert collector.take(fourth) not in (b"", made)
    assert collector.take(first) == b""
    assert collector.take(second[:64]) == b""  # another size: a pair begins


def test_no_camera_no_noise(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        gather_noise(str(tmp_path / "none"))
    (tmp_path / "text").write_text("no video")
    assert gather_noise(str(tmp_path / "text")) == b""


@pytest.mark.parametrize("line", [b"N ", b"N ====", b"N " + b"QUJD" * 200])
def test_lines_of_noise_are_bounded(line: bytes) -> None:
    with pytest.raises(Malformed):
        lines.read(line)
    assert lines.read(lines.write(lines.Noise(b"abc")).strip()) == lines.Noise(b"abc")
