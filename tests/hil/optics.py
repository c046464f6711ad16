"""A camera before a screen, simulated: geometry, light, blur, noise, shutter; the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Floats = NDArray[np.float32]

CAMERA_FPS = 30.0
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}


@dataclass(frozen=True, slots=True)
class Profile:
    """How kind the world is. Pixels are camera pixels at 1080p; light is in shares of full white."""

    name: str
    tilt: float  # how far corners move, as a share of the picture
    shake: float  # pixels the picture moves between frames
    blur: float  # sigma of defocus, pixels
    noise: float  # sigma, gray levels
    shade: float  # how much darker the darkest side is
    glare: float  # added at the centre of a reflection
    moire: float  # depth of the beat between the screen's and the camera's pixels
    contrast: tuple[float, float]  # gray levels of black and white
    jpeg: int
    exposure: float  # seconds a row collects light
    readout: float  # seconds between the first row and the last
    dropped: float  # share of camera frames lost
    doubled: float  # share of camera frames delivered twice
    gap: int  # screen pixels of background between a terminal's rows


GOOD = Profile("good", 0.01, 0.3, 0.5, 3, 0.10, 0, 0.01, (25, 225), 92, 0.003, 0.010, 0.00, 0.00, 0)
NORMAL = Profile("normal", 0.03, 0.8, 0.8, 6, 0.25, 30, 0.03, (35, 210), 85, 0.006, 0.015, 0.02, 0.02, 1)
HARD = Profile("hard", 0.06, 1.6, 1.3, 11, 0.45, 90, 0.06, (55, 180), 70, 0.012, 0.022, 0.10, 0.05, 1)
PROFILES = {profile.name: profile for profile in (GOOD, NORMAL, HARD)}


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame the camera delivered, and when."""

    time: float
    frame: Gray


class Optics:
    """One camera held before one screen for the length of one transfer."""

    def __init__(self, profile: Profile, size: str, fill: float, seed: int) -> None:
        self.profile = profile
        self.width, self.height = SIZES[size]
        self._scale = self.height / 1080
        self._fill = fill
        self._rng = np.random.default_rng(seed)
        self._corners = self._rng.uniform(-1, 1, (4, 2)) * profile.tilt * self.height
        self._light = self._make_light()
        self._bank = self._rng.normal(0, profile.noise, (self.height + 64, self.width + 64)).astype(
            np.float32
        )
        self._drift = np.zeros(2)

    def _make_light(self) -> tuple[Floats, Floats]:
        """What a pixel is multiplied with, and what is added to it."""
        profile, rng = self.profile, self._rng
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        x, y = x / self.width - 0.5, y / self.height - 0.5
        angle = rng.uniform(0, 2 * math.pi)
        shade = 1 - profile.shade * (0.5 + x * math.cos(angle) + y * math.sin(angle)).clip(0, 1)
        beat, turn = rng.uniform(40, 90), rng.uniform(0, math.pi)
        wave = np.sin(2 * math.pi * beat * (x * math.cos(turn) + y * math.sin(turn)))
        spot_x, spot_y = rng.uniform(-0.35, 0.35, 2)
        glare = profile.glare * np.exp(-(((x - spot_x) / 0.10) ** 2 + ((y - spot_y) / 0.07) ** 2))
        return (shade * (1 + profile.moire * wave)).astype(np.float32), glare.astype(np.float32)

    def shoot(self, upper: Gray, lower: Gray, tear: float) -> Gray:
        """The frame of a screen that shows `upper` above the share `tear` of its height and `lower` below it."""
        profile = self.profile
        screen = upper if tear >= 1 else lower if tear <= 0 else _torn(upper, lower, tear, self._zone())
        screen = self._to_scale(screen)
        black, white = profile.contrast
        frame = cv2.warpPerspective(
            screen,
            self._homography(screen),
            (self.width, self.height),
            flags=cv2.INTER_LINEAR,
            borderValue=70,
        ).astype(np.float32)
        gain, glare = self._light
        frame = (frame * ((white - black) / 255) + black) * gain + glare
        sigma = profile.blur * self._scale
        frame = cv2.GaussianBlur(frame, (0, 0), sigma) if sigma > 0.3 else frame
        down, right = self._rng.integers(0, 64, 2)
        frame += self._bank[down : down + self.height, right : right + self.width]
        plain = np.asarray(cv2.convertScaleAbs(np.clip(frame, 0, 255)), dtype=np.uint8)
        _, packed = cv2.imencode(".jpg", plain, [cv2.IMWRITE_JPEG_QUALITY, profile.jpeg])
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)

    def _to_scale(self, screen: Gray) -> Gray:
        """A camera pixel averages what falls on it; the warp alone would only sample it."""
        tall, wide = screen.shape
        scale = self._fill * min(self.height / tall, self.width / wide)
        if scale > 0.75:
            return screen
        size = (round(wide * scale), round(tall * scale))
        return np.asarray(cv2.resize(screen, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def _zone(self) -> float:
        """The share of rows that see both codes, one after the other, while they collect light."""
        return min(1.0, self.profile.exposure / self.profile.readout)

    def _homography(self, screen: Gray) -> NDArray[np.float64]:
        self._drift = 0.9 * self._drift + self._rng.normal(0, self.profile.shake * self._scale, 2)
        tall, wide = screen.shape
        scale = self._fill * min(self.height / tall, self.width / wide)
        half = np.array([wide * scale / 2, tall * scale / 2])
        signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        target = (
            np.array([self.width / 2, self.height / 2])
            + signs * half
            + self._corners * self._fill
            + self._drift
        )
        source = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], dtype=np.float32)
        return np.asarray(cv2.getPerspectiveTransform(source, target.astype(np.float32)))

    def film(self, screen: Callable[[int], Gray], shown_fps: float, limit: int) -> Iterator[Shot]:
        """Frames of a screen that shows picture 0, 1, 2... `shown_fps` times a second; at most `limit` frames."""
        rng, profile = self._rng, self.profile
        phase = rng.uniform(0, 1 / CAMERA_FPS)
        for number in range(limit):
            if rng.random() < profile.dropped:
                continue
            start = phase + number / CAMERA_FPS + rng.normal(0, 0.0005)
            shown = max(0, math.floor(start * shown_fps))
            change = (shown + 1) / shown_fps - start
            tear = change / profile.readout
            frame = self.shoot(screen(shown), screen(shown + 1) if tear < 1 else screen(shown), tear)
            done = start + profile.readout
            yield Shot(done, frame)
            if rng.random() < profile.doubled:
                yield Shot(done + 0.001, frame)


def _torn(upper: Gray, lower: Gray, tear: float, zone: float) -> Gray:
    """Rolling shutter: the code changes while rows are read; rows in between mix both."""
    rows = upper.shape[0]
    share = (np.arange(rows, dtype=np.float32) / rows - tear) / max(zone, 1e-3) + 0.5
    share = share.clip(0, 1)[:, None]
    return np.asarray(upper * (1 - share) + lower * share, dtype=np.uint8)
