"""Shamir's sharing: any t shares give the secret back, fewer say nothing about it."""

from __future__ import annotations

import itertools
import os
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.vault.shares import combine, split


def _slope(slope: int, _length: int) -> bytes:
    return bytes([slope])


def _numbered(shares: list[bytearray]) -> dict[int, bytearray]:
    return {index + 1: share for index, share in enumerate(shares)}


@given(st.binary(min_size=1, max_size=64), st.integers(1, 6), st.integers(0, 3))
def test_any_threshold_of_shares_is_enough(secret: bytes, threshold: int, more: int) -> None:
    shares = _numbered(split(bytearray(secret), threshold, threshold + more, os.urandom))
    for chosen in itertools.combinations(shares, threshold):
        assert combine({x: shares[x] for x in chosen}) == secret
    assert combine(shares) == secret


def test_one_share_less_leaves_every_secret_equally_possible() -> None:
    """For each value of the one share seen there is exactly one polynomial a secret: the map is a bijection."""
    shares = [split(bytearray([77]), 2, 255, partial(_slope, slope)) for slope in range(256)]
    for x in (1, 2, 200):
        assert len({made[x - 1][0] for made in shares}) == 256


def test_the_field_is_that_of_aes() -> None:
    """FIPS 197 section 4.2: {57} x {83} = {c1}. A line through secret 0 of slope 0x57 has 0x57 x at x."""
    shares = split(bytearray([0]), 2, 255, lambda _: b"\x57")
    assert shares[0x83 - 1] == b"\xc1"
    assert shares[0x13 - 1] == b"\xfe"


def test_a_wrong_share_gives_another_secret() -> None:
    shares = _numbered(split(bytearray(b"secret"), 2, 3, os.urandom))
    shares[1][0] ^= 1
    assert combine({1: shares[1], 2: shares[2]}) != b"secret"


@pytest.mark.parametrize(("threshold", "count"), [(0, 1), (3, 2), (1, 256), (-1, 3)])
def test_impossible_thresholds(threshold: int, count: int) -> None:
    with pytest.raises(ValueError, match="threshold"):
        split(bytearray(b"x"), threshold, count, os.urandom)


@pytest.mark.parametrize(
    "shares", [{}, {0: bytearray(1)}, {256: bytearray(1)}, {1: bytearray(1), 2: bytearray(2)}]
)
def test_impossible_shares(shares: dict[int, bytearray]) -> None:
    with pytest.raises(ValueError, match="shares"):
        combine(shares)
