"""Signatures of machines, Ed25519 (RFC 8032): whether a builder's is right. Made for `core.envelope`'s Verify."""

from __future__ import annotations

import nacl.bindings as sodium
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) over `message` is by the key (32 bytes). Anything malformed is simply not.

    A key of small order is not one: RFC 8032 lets everybody sign for it.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return bool(sodium.crypto_core_ed25519_is_valid_point(public_key))
