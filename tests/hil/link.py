"""One transfer over simulated light: frames of codes, a camera, one decoding process, bytes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from signer.camera.reader import Reader
from signer.core.errors import Malformed
from signer.wire import Decoder, Payload
from signer.wire import open as open_code
from tests.hil.optics import Gray, Optics, Profile


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
    optics, reader = Optics(profile, size, fill, seed), Reader()
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
    return Outcome(done, payload, seconds, looked, with_code, len(seen), cpu / max(1, looked) * 1000, now * shown_fps)


def _take(decoder: Decoder | None, text: bytes, opener: Callable[[bytes], Decoder]) -> tuple[Decoder | None, bool]:
    try:
        taker = decoder or opener(text)
        return taker, taker.receive(text).complete
    except Malformed:
        return decoder, False


def success_rate(screen: Callable[[int], Gray], shown_fps: float, profile: Profile, size: str, *, seed: int, codes: int) -> float:
    """The share of shown single codes that were read at least once."""
    optics, reader = Optics(profile, size, 0.85, seed), Reader()
    seen: set[bytes] = set()
    last = 0.0
    per_code = max(1, round(30 / shown_fps))
    for shot in optics.film(screen, shown_fps, codes * per_code):
        last = shot.time
        seen.update(code.text for code in reader.read(shot.frame))
    return min(1.0, len(seen) / max(1.0, last * shown_fps))


def erased(text: Callable[[int], bytes], rate: float, opener: Callable[[bytes], Decoder], *, seed: int, limit: int, start: int = 0) -> int:
    """Codes shown until complete when each is read with this probability; 0 when `limit` did not suffice."""
    rng = random.Random(seed)
    decoder: Decoder | None = None
    for index in range(start, start + limit):
        if rng.random() < rate:
            decoder, done = _take(decoder, text(index), opener)
            if done:
                return index - start + 1
    return 0
