"""One transfer over simulated light: frames of codes, a camera, one decoding process, bytes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from signer.camera import zbar
from signer.core.errors import Malformed
from signer.wire import Decoder, Dialect, Format, Frames, Payload, encode
from signer.wire import open as open_code
from signer.wire.kinko import KinkoDecoder
from signer.wire.pace import LADDER, START, next_step
from signer.wire.reader import Reader
from signer.wire.symbol import byte_capacity
from tests.hil.optics import CAMERA_FPS, Gray, Optics, Profile
from tests.hil.screens import page


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transfer took. `decode_ms` is CPU a frame looked at, reading and joining."""

    complete: bool
    payload: Payload | None
    seconds: float
    frames: int
    with_code: int
    codes: int
    decode_ms: float
    codes_shown: float

    def goodput(self, size: int) -> float:
        """kB a second."""
        return size / self.seconds / 1000 if self.complete else 0.0


def transfer(
    screen: Callable[[int], Gray],
    shown_fps: float,
    profile: Profile,
    size: str,
    *,
    fill: float = 0.85,
    seed: int = 1,
    limit: int = 20_000,
    slow: float = 1.0,
    opener: Callable[[bytes], Decoder] = open_code,
) -> Outcome:
    """Film until complete. `slow` makes decoding take that many times as long: frames meanwhile are missed."""
    optics, reader = Optics(profile, size, fill, seed), Reader(last=zbar.read)
    decoder: Decoder | None = None
    seen: set[bytes] = set()
    looked = with_code = 0
    cpu = free_at = now = 0.0
    done = False
    for shot in optics.film(screen, shown_fps, limit):
        now = shot.time
        if now < free_at:
            continue
        start = time.process_time()
        codes = reader.read(shot.frame)
        looked += 1
        with_code += bool(codes)
        for code in codes:
            if code.text in seen:
                continue
            seen.add(code.text)
            decoder, done = _take(decoder, code.text, opener)
        spent = time.process_time() - start
        cpu += spent
        free_at = now + spent * slow
        if done:
            break
    payload = decoder.payload() if decoder and done else None
    seconds = max(now, free_at)
    return Outcome(
        done, payload, seconds, looked, with_code, len(seen), cpu / max(1, looked) * 1000, now * shown_fps
    )


def _take(
    decoder: Decoder | None, text: bytes, opener: Callable[[bytes], Decoder]
) -> tuple[Decoder | None, bool]:
    try:
        taker = decoder or opener(text)
        return taker, taker.receive(text).complete
    except Malformed:
        return decoder, False


def success_rate(
    screen: Callable[[int], Gray], shown_fps: float, profile: Profile, size: str, *, seed: int, codes: int
) -> float:
    """The share of shown single codes that were read at least once."""
    optics, reader = Optics(profile, size, 0.85, seed), Reader(last=zbar.read)
    seen: set[bytes] = set()
    last = 0.0
    per_code = max(1, round(30 / shown_fps))
    for shot in optics.film(screen, shown_fps, codes * per_code):
        last = shot.time
        seen.update(code.text for code in reader.read(shot.frame))
    return min(1.0, len(seen) / max(1.0, last * shown_fps))


def erased(
    text: Callable[[int], bytes],
    rate: float,
    opener: Callable[[bytes], Decoder],
    *,
    seed: int,
    limit: int,
    start: int = 0,
) -> int:
    """Codes shown until complete when each is read with this probability; 0 when `limit` did not suffice."""
    rng = random.Random(seed)
    decoder: Decoder | None = None
    for index in range(start, start + limit):
        if rng.random() < rate:
            decoder, done = _take(decoder, text(index), opener)
            if done:
                return index - start + 1
    return 0


class AdaptiveSender:
    """Shows the native format from a ladder of steps; hears the receiver's feedback code, or nothing."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self.place = START
        self._since = 0.0
        self._base = 0
        self._stand(START, 0.0)

    def _stand(self, place: int, now: float) -> None:
        step = LADDER[place]
        frames: Frames = encode(self._payload, Dialect(Format.KINKO), byte_capacity(step.version))
        if self._since or self._base:
            self._base += (self.shown(now) + 1) * LADDER[self.place].tiles
            self._base = max(self._base, frames.count)  # only new symbols after a change
        self.place, self._since, base = place, now, self._base
        moved = Frames(frames.count, True, lambda index: frames.text(base + index))
        self._picture = page(moved, step.version, step.columns, step.rows)
        self._base = base or 1

    def shown(self, now: float) -> int:
        """Number of the picture on the screen since the last change of step."""
        return int((now - self._since) * LADDER[self.place].fps)

    def pictures(self, now: float) -> tuple[Gray, Gray, float]:
        """This picture, the next, and the seconds until it comes."""
        number = self.shown(now)
        change = self._since + (number + 1) / LADDER[self.place].fps - now
        return self._picture(number), self._picture(number + 1), change

    def hear(self, decoder: KinkoDecoder | None, density: float, now: float) -> None:
        """One look at the receiver's screen; nothing there means that nothing arrives."""
        place = (
            max(0, self.place - 1) if decoder is None else next_step(self.place, decoder.feedback(density))
        )
        if place != self.place:
            self._stand(place, now)


def adaptive(
    payload: Payload, profile: Profile, size: str, *, seed: int = 1, limit: int = 6_000, fill: float = 0.85
) -> Outcome:
    """A transfer whose sender begins safely and follows the feedback code, looked at every 0.7 seconds."""
    optics, reader, sender = (
        Optics(profile, size, fill, seed),
        Reader(last=zbar.read),
        AdaptiveSender(payload),
    )
    decoder: KinkoDecoder | None = None
    looked = with_code = codes_seen = 0
    cpu = density = now = 0.0
    fresh, next_feedback = False, 1.0
    for number in range(limit):
        now = number / CAMERA_FPS
        this, following, change = sender.pictures(now)
        start = time.process_time()
        frame = optics.shoot(
            this, following if this.shape == following.shape else this, change / profile.readout
        )
        start = time.process_time()
        codes = reader.read(frame)
        looked, with_code = looked + 1, with_code + bool(codes)
        for code in codes:
            decoder = decoder or KinkoDecoder(code.text)
            _, done = _take(decoder, code.text, KinkoDecoder)
            density, fresh, codes_seen = code.pixels_per_module or density, True, codes_seen + 1
        cpu += time.process_time() - start
        if decoder and decoder.progress().complete:
            break
        if now >= next_feedback:
            sender.hear(decoder if fresh else None, density, now)
            fresh, next_feedback = False, now + 0.7
    done = decoder is not None and decoder.progress().complete
    result = decoder.payload() if decoder and done else None
    return Outcome(done, result, now, looked, with_code, codes_seen, cpu / looked * 1000, float(sender.place))
