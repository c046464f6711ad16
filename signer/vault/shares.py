"""Shamir's secret sharing over GF(2^8), byte by byte (A. Shamir, How to share a secret, 1979).

The field is that of AES (x^8 + x^4 + x^3 + x + 1), as in SLIP 39. A share's number is its x coordinate, 1 to 255;
the secret is at 0. Tables give each product in two look-ups; the process this runs in lives for one signature, so
the timing of a look-up tells nobody anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

MAX_SHARES = 255


def _tables() -> tuple[bytes, bytes]:
    exponents, logarithms, power = bytearray(255), bytearray(256), 1
    for index in range(255):
        exponents[index], logarithms[power] = power, index
        power ^= (power << 1) ^ (0x11B if power & 0x80 else 0)  # times 3, a generator of the field
    return bytes(exponents), bytes(logarithms)


_EXP, _LOG = _tables()
_FIELD: Final = 255


def _times(a: int, b: int) -> int:
    return _EXP[(_LOG[a] + _LOG[b]) % _FIELD] if a and b else 0


def _over(a: int, b: int) -> int:
    return _EXP[(_LOG[a] - _LOG[b]) % _FIELD] if a else 0


def split(secret: bytearray, threshold: int, count: int, random: Callable[[int], bytes]) -> list[bytearray]:
    """Cut `secret` into `count` shares, any `threshold` of which give it back; share i has x = i + 1.

    `random(n)` gives n random bytes. Raises ValueError unless 1 <= threshold <= count <= 255 and there is a secret.
    """
    if not 1 <= threshold <= count <= MAX_SHARES or not secret:
        raise ValueError("threshold")
    above = [bytearray(random(len(secret))) for _ in range(threshold - 1)]
    polynomials = [secret, *above]
    shares = []
    for x in range(1, count + 1):
        share = bytearray(len(secret))
        for coefficients in reversed(polynomials):
            for place, value in enumerate(coefficients):
                share[place] = _times(share[place], x) ^ value
        shares.append(share)
    for polynomial in above:
        polynomial[:] = bytes(len(polynomial))
    return shares


def combine(shares: Mapping[int, bytearray]) -> bytearray:
    """The secret behind shares keyed by x. Too few or wrong shares give a wrong secret: the caller has a tag to check.

    Raises ValueError for no shares, an x outside 1 to 255 or unequal lengths.
    """
    lengths = {len(share) for share in shares.values()}
    if len(lengths) != 1 or not all(1 <= x <= MAX_SHARES for x in shares):
        raise ValueError("shares")
    secret = bytearray(lengths.pop())
    for x, share in shares.items():
        weight = 1
        for other in shares:
            if other != x:
                weight = _times(weight, _over(other, other ^ x))
        for place, value in enumerate(share):
            secret[place] ^= _times(value, weight)
    return secret
