"""Signatures in the forms of the chain, and whether they are right. Verified by wallycore (libsecp256k1)."""

from __future__ import annotations

import wallycore

from signer.core.errors import Bad, Malformed

COMPACT = 64


def is_ecdsa(public_key: bytes, digest: bytes, signature: bytes, sighash: int) -> bool:
    """Whether DER and sighash byte are a strict, low-S signature of exactly this digest with this sighash."""
    if not signature or signature[-1] != sighash:
        return False
    try:
        compact = bytes(wallycore.ec_sig_from_der(signature[:-1]))
        if to_der(compact, sighash) != signature:
            return False
    except (ValueError, Malformed):
        return False
    return is_compact(public_key, digest, compact)


def is_compact(public_key: bytes, digest: bytes, compact: bytes) -> bool:
    """Whether 64 bytes (r, s) are a low-S signature of a digest."""
    if len(compact) != COMPACT:
        return False
    try:
        wallycore.ec_sig_verify(public_key, digest, wallycore.EC_FLAG_ECDSA, compact)
    except ValueError:
        return False
    return True


def is_taproot(output_key: bytes, digest: bytes, signature: bytes, sighash: int) -> bool:
    """Whether it is the output key's of a digest, and names the sighash as BIP 341 wants it: DEFAULT by no byte."""
    ending = to_taproot(b"", sighash)
    return signature.endswith(ending) and is_schnorr(
        output_key, digest, signature[: len(signature) - len(ending)]
    )


def to_taproot(compact: bytes, sighash: int) -> bytes:
    """64 bytes as they stand in a witness: alone for DEFAULT, else with the sighash byte."""
    return compact + bytes([sighash]) if sighash else compact


def is_schnorr(output_key: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether 64 bytes are a BIP 340 signature by the output key (32 bytes)."""
    if len(signature) != COMPACT:
        return False
    try:
        wallycore.ec_sig_verify(output_key, digest, wallycore.EC_FLAG_SCHNORR, signature)
    except ValueError:
        return False
    return True


def to_der(compact: bytes, sighash: int) -> bytes:
    """64 bytes (r, s) as DER with the sighash byte. Raises Malformed(SIGNATURE)."""
    try:
        return bytes(wallycore.ec_sig_to_der(compact)) + bytes([sighash])
    except ValueError as error:
        raise Malformed(Bad.SIGNATURE, what="ecdsa") from error


def from_der(signature: bytes) -> bytes:
    """DER with its sighash byte as 64 bytes (r, s). Raises Malformed(SIGNATURE)."""
    try:
        return bytes(wallycore.ec_sig_from_der(signature[:-1]))
    except ValueError as error:
        raise Malformed(Bad.SIGNATURE, what="ecdsa") from error
