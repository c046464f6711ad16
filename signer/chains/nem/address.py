"""NEM addresses: base 32 of the network byte, RIPEMD-160 of Keccak-256 of the public key, and a checksum."""

from __future__ import annotations

import base64
import binascii

import sha3
import wallycore

from signer.chains.nem.network import Params
from signer.core.errors import Bad, Malformed

LENGTH = 40  # characters


def keccak_256(data: bytes) -> bytes:
    """Keccak as it was before NIST padded it differently: not SHA3-256. 32 bytes."""
    return bytes(sha3.keccak_256(data).digest())


def address_of(params: Params, public_key: bytes) -> str:
    """The address of a 32-byte public key, 40 characters without hyphens."""
    body = bytes([params.byte]) + bytes(wallycore.ripemd160(keccak_256(public_key)))
    return base64.b32encode(body + keccak_256(body)[:4]).decode("ascii")


def parse_address(params: Params, text: str) -> str:
    """Its plain form, from that or from the one with hyphens. Raises Malformed (ADDRESS, CHECKSUM, NETWORK)."""
    plain = text.strip().replace("-", "").upper()
    if len(plain) != LENGTH:
        raise Malformed(Bad.ADDRESS, what="nem address")
    try:
        raw = base64.b32decode(plain.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Malformed(Bad.ADDRESS, what="nem address") from error
    if keccak_256(raw[:21])[:4] != raw[21:]:
        raise Malformed(Bad.CHECKSUM, what="nem address")
    if raw[0] != params.byte:
        raise Malformed(Bad.NETWORK, what="nem address")
    return plain


def lock(params: Params, text: str) -> bytes:
    """What a transaction carries of an address: its 40 ASCII characters. Raises Malformed."""
    return parse_address(params, text).encode("ascii")
