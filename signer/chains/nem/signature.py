"""NEM's signatures: Ed25519 with Keccak-512 where RFC 8032 has SHA-512. Only checked here, never made."""

from __future__ import annotations

import nacl.bindings as sodium
import nacl.exceptions
import sha3

_ZERO = bytes(32)


def is_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether it is right, S reduced and not zero, and the key a point of the main subgroup (libsodium's test)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    nonce, scalar = signature[:32], signature[32:]
    if scalar == _ZERO or sodium.crypto_core_ed25519_scalar_reduce(scalar + _ZERO) != scalar:
        return False
    if not is_key(public_key):
        return False
    digest = bytes(sha3.keccak_512(nonce + public_key + message).digest())
    challenge = sodium.crypto_core_ed25519_scalar_reduce(digest)
    try:
        left = sodium.crypto_scalarmult_ed25519_base_noclamp(scalar)
        right = sodium.crypto_scalarmult_ed25519_noclamp(challenge, public_key)
        return bool(sodium.crypto_core_ed25519_sub(left, right) == nonce)
    except nacl.exceptions.CryptoError:
        return False


def is_key(public_key: bytes) -> bool:
    """Whether these 32 bytes are a public key that can verify anything."""
    return len(public_key) == 32 and bool(sodium.crypto_core_ed25519_is_valid_point(public_key))
