"""Signatures of machines: a builder's own, and none that everybody can make."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signer.vault.devices import verify_ed25519

#: The neutral element as public key, R and s: the equation of RFC 8032, section 5.1.7, holds for every message.
NEUTRAL = b"\x01" + bytes(31)
FORGED = NEUTRAL + bytes(32)


def test_its_own_signature_and_no_other() -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"a request")
    assert verify_ed25519(public, b"a request", signature)
    assert not verify_ed25519(public, b"another", signature)
    assert not verify_ed25519(public[:31], b"a request", signature)
    assert not verify_ed25519(public, b"a request", signature[:63])


def test_a_key_for_which_everybody_can_sign_is_none() -> None:
    Ed25519PublicKey.from_public_bytes(NEUTRAL).verify(FORGED, b"a request")  # OpenSSL says yes
    assert not verify_ed25519(NEUTRAL, b"a request", FORGED)
