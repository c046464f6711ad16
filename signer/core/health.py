"""Health tests of raw noise and of dice, before any of it goes into a key. They fail closed.

A test can show that a source is broken, never that it is good: sources are mixed so that any good one is enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from signer.core.errors import Lock, VaultError

#: NIST SP 800-90B, 4.4.1 and 4.4.2, for a source claimed to have at least one bit a byte and a false alarm of 2^-20.
REPETITION_CUTOFF = 21
WINDOW = 512
PROPORTION_CUTOFF = 325
MIN_NOISE = 1024
#: 99 rolls of a fair die are 255 bits.
MIN_ROLLS = 99
MAX_ROLLS = 1000
_FACES = "123456"
#: 5 and 35 degrees of freedom, at 1 in 10,000, in thousandths.
_CHI_FACES = 25_745
_CHI_PAIRS = 73_800


def check_noise(samples: bytes) -> None:
    """Repetition count and adaptive proportion over at least 1,024 raw bytes. Raises VaultError(ENTROPY)."""
    if len(samples) < MIN_NOISE:
        raise VaultError(Lock.ENTROPY, what="too short")
    run = 1
    for before, here in pairwise(samples):
        run = run + 1 if here == before else 1
        if run >= REPETITION_CUTOFF:
            raise VaultError(Lock.ENTROPY, what="repetition count")
    for start in range(0, len(samples) - WINDOW + 1, WINDOW):
        window = samples[start : start + WINDOW]
        if window.count(window[0]) >= PROPORTION_CUTOFF:
            raise VaultError(Lock.ENTROPY, what="adaptive proportion")


def check_dice(text: str) -> bytearray:
    """At least 99 rolls of a six-sided die, typed as digits; blanks are skipped. Returns the digits as bytes.

    Raises VaultError(ENTROPY) for other characters, too few rolls, faces or pairs of faces that are not evenly
    spread (chi-squared at 1 in 10,000), and patterns that fingers make: a short piece repeated, steps up or down.
    """
    rolls = "".join(text.split())
    if not rolls.isascii() or any(roll not in _FACES for roll in rolls) or len(rolls) > MAX_ROLLS:
        raise VaultError(Lock.ENTROPY, what="dice show 1 to 6")
    if len(rolls) < MIN_ROLLS:
        raise VaultError(Lock.ENTROPY, what=f"{len(rolls)} of {MIN_ROLLS} rolls")
    if _uneven(list(rolls), 6, _CHI_FACES):
        raise VaultError(Lock.ENTROPY, what="faces")
    pairs = [rolls[i : i + 2] for i in range(len(rolls) - 1)]
    if _uneven(pairs, 36, _CHI_PAIRS):
        raise VaultError(Lock.ENTROPY, what="serial")
    if _periodic(rolls) or _stepping(rolls):
        raise VaultError(Lock.ENTROPY, what="pattern")
    return bytearray(rolls.encode())


def _uneven(seen: Sequence[str], cells: int, limit: int) -> bool:
    """Pearson's chi-squared against an even spread, in thousandths and in integers."""
    total = len(seen)
    squares = sum(count * count for count in Counter(seen).values())
    return (squares * cells * 1000) // total - total * 1000 > limit


def _periodic(rolls: str) -> bool:
    """Whether the text agrees with itself moved along far more often than chance: one in six."""
    return any(
        2 * sum(a == b for a, b in zip(rolls, rolls[shift:], strict=False)) > len(rolls) - shift
        for shift in range(1, len(rolls) // 2 + 1)
    )


def _stepping(rolls: str) -> bool:
    """Whether more than half of the steps from one roll to the next are the same: 1 2 3 4 5 6 1 2 ..."""
    steps = Counter((int(b) - int(a)) % 6 for a, b in pairwise(rolls))
    return 2 * max(steps.values()) > len(rolls)
