"""NEM's keys and signatures: SLIP 10 with the curve name `ed25519-keccak`, and Ed25519 with Keccak-512 for SHA-512.

Made with libsodium's arithmetic in the child; verified by `is_right` in the parent, with Python's own integers.
"""

from __future__ import annotations

import hmac

import nacl.bindings as sodium
import sha3

from signer.core.account import HARDENED
from signer.core.errors import Lock, VaultError
from signer.vault.seal import wipe

_CURVE = b"ed25519-keccak seed"
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
#: X, Y, Z and T of RFC 8032, 5.1.4: x = X/Z, y = Y/Z, xy = T/Z.
_Point = tuple[int, int, int, int]


def root_of(seed: bytearray) -> bytearray:
    """Key and chain code of the tree's root, 64 bytes (SLIP 10)."""
    return bytearray(hmac.digest(_CURVE, seed, "sha512"))


def child_of(root: bytearray, path: tuple[int, ...]) -> bytearray:
    """The 32-byte key at a path of hardened steps; there are no others on this curve. Raises VaultError(NO_KEY)."""
    node = bytearray(root)
    for step in path:
        if step < HARDENED:
            wipe(node)
            raise VaultError(Lock.NO_KEY)
        above = node
        node = bytearray(
            hmac.digest(bytes(above[32:]), b"\0" + above[:32] + step.to_bytes(4, "big"), "sha512")
        )
        wipe(above)
    key = bytearray(node[:32])
    wipe(node)
    return key


def public_of(key: bytearray) -> bytes:
    """The public key, 32 bytes."""
    scalar, _ = _expand(key)
    return bytes(sodium.crypto_scalarmult_ed25519_base_noclamp(scalar))


def sign(key: bytearray, message: bytes) -> bytes:
    """R and S, 64 bytes; deterministic, as RFC 8032 has it."""
    scalar, prefix = _expand(key)
    public = bytes(sodium.crypto_scalarmult_ed25519_base_noclamp(scalar))
    nonce = _reduced(prefix + message)
    point = bytes(sodium.crypto_scalarmult_ed25519_base_noclamp(nonce))
    product = sodium.crypto_core_ed25519_scalar_mul(_reduced(point + public + message), scalar)
    return point + bytes(sodium.crypto_core_ed25519_scalar_add(nonce, product))


def is_right(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether S B = R + k A, S reduced and not zero, by integers alone."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce, scalar = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or not 0 < scalar < _L:
        return False
    challenge = int.from_bytes(sha3.keccak_512(signature[:32] + public + message).digest(), "little") % _L
    return _same(_times(scalar, _BASE), _plus(nonce, _times(challenge, key)))


def _expand(key: bytearray) -> tuple[bytes, bytes]:
    """The clamped scalar, reduced, and the prefix that nonces come from (RFC 8032, 5.1.5)."""
    digest = bytearray(sha3.keccak_512(bytes(key)).digest())
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    scalar = bytes(sodium.crypto_core_ed25519_scalar_reduce(bytes(digest[:32]) + bytes(32)))
    return scalar, bytes(digest[32:])


def _reduced(data: bytes) -> bytes:
    return bytes(sodium.crypto_core_ed25519_scalar_reduce(sha3.keccak_512(data).digest()))


def _plus(one: _Point, two: _Point) -> _Point:
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, two
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _same(one: _Point, two: _Point) -> bool:
    (x1, y1, z1, _), (x2, y2, z2, _) = one, two
    return (x1 * z2 - x2 * z1) % _P == 0 and (y1 * z2 - y2 * z1) % _P == 0


def _times(scalar: int, point: _Point) -> _Point:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _plus(total, point)
        point, scalar = _plus(point, point), scalar >> 1
    return total


def _point(data: bytes) -> _Point | None:
    """RFC 8032, 5.1.3; None for bytes that are no point."""
    number = int.from_bytes(data, "little")
    y, sign_bit = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or x * x % _P != square or (x == 0 and sign_bit):
        return None
    x = _P - x if x & 1 != sign_bit else x
    return x, y, 1, x * y % _P


_BASE: _Point = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little")) or (0, 1, 1, 0)
