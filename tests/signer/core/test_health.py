"""Health tests of dice and noise: fair ones pass, what fingers and broken sensors make does not."""

from __future__ import annotations

import random

import pytest

from signer.core.errors import Lock, VaultError
from signer.core.health import MIN_ROLLS, check_dice, check_noise


def rolls(seed: int, count: int = 120, faces: str = "123456") -> str:
    pick = random.Random(seed)
    return "".join(pick.choice(faces) for _ in range(count))


def reason(check: object, given: object) -> str:
    with pytest.raises(VaultError) as caught:
        check(given)  # type: ignore[operator]
    assert caught.value.code is Lock.ENTROPY
    return str(caught.value.details["what"])


def test_fair_dice_pass_but_for_one_in_hundreds() -> None:
    refused = 0
    for seed in range(1000):
        try:
            check_dice(rolls(seed, 99 + seed % 60))
        except VaultError:
            refused += 1
    assert refused < 10


def test_what_comes_back_is_the_digits() -> None:
    text = rolls(3, 99)
    assert check_dice(" ".join(text) + "\n") == text.encode()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", f"0 of {MIN_ROLLS} rolls"),
        (rolls(1, MIN_ROLLS - 1), f"98 of {MIN_ROLLS} rolls"),
        (rolls(1, 1001), "dice show 1 to 6"),
        (rolls(1, 99) + "7", "dice show 1 to 6"),
        (rolls(1, 99) + "１", "dice show 1 to 6"),
        ("1" * 120, "faces"),
        (rolls(2, 150, "12345"), "faces"),
        ("123456" * 20, "serial"),
        ("654321" * 20, "serial"),
        ("112233445566" * 10, "serial"),
        ("121314151623242526343536454656" * 4, "pattern"),
        (rolls(5, 60) * 2, "pattern"),
    ],
)
def test_dice_that_are_refused(text: str, what: str) -> None:
    assert reason(check_dice, text) == what


def test_noise() -> None:
    pick = random.Random(1)
    for _ in range(20):
        check_noise(pick.randbytes(4096))
        check_noise(bytes(min(255, max(0, int(pick.gauss(20, 3)))) for _ in range(4096)))  # a dark sensor


@pytest.mark.parametrize(
    ("samples", "what"),
    [
        (random.Random(1).randbytes(1023), "too short"),
        (bytes(2048), "repetition count"),
        (
            random.Random(1).randbytes(2000) + b"\x07" * 21 + random.Random(2).randbytes(2000),
            "repetition count",
        ),
        (bytes([0] * 19 + [1]) * 200, "adaptive proportion"),
    ],
)
def test_noise_that_is_refused(samples: bytes, what: str) -> None:
    assert reason(check_noise, samples) == what


def test_twenty_of_the_same_are_still_chance() -> None:
    check_noise(random.Random(1).randbytes(2000) + b"\x07" * 19 + b"\x08" + random.Random(2).randbytes(2000))
