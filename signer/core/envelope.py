"""COSE_Sign1 (RFC 9052 section 4.2) with Ed25519 around a request: who built it. The key is someone else's work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cbor2

from signer.core.codec import MAX_BYTES, decode, encode
from signer.core.errors import Bad, Malformed

Sign: TypeAlias = Callable[[bytes], bytes]
Verify: TypeAlias = Callable[[bytes, bytes, bytes], bool]

_TAG = b"\xd2"  # CBOR tag 18, COSE_Sign1
_ALG, _KID, _EDDSA = 1, 4, -8
_KID_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """An opened envelope: its payload, the signer's public key (32 bytes), the signature, what was signed."""

    payload: bytes
    public_key: bytes
    signature: bytes
    signed: bytes

    def verified(self, verify: Verify) -> bool:
        """Whether the signature is the key's own: `verify(public_key, message, signature)`."""
        return verify(self.public_key, self.signed, self.signature)


def seal(payload: bytes, public_key: bytes, sign: Sign) -> bytes:
    """Wrap and sign a payload. The whole public key travels as key id: it is 32 bytes."""
    protected = encode({_ALG: _EDDSA, _KID: public_key})
    signature = sign(_signed(protected, payload))
    return _TAG + encode([protected, {}, payload, signature])


def is_sealed(data: bytes) -> bool:
    """Whether the bytes claim to be a COSE_Sign1."""
    return data.startswith(_TAG)


def open_sealed(data: bytes) -> Sealed:
    """Read, without trusting it yet. Raises Malformed."""
    if not is_sealed(data):
        raise Malformed(Bad.UNKNOWN_FORMAT, what="envelope")
    if len(data) > MAX_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="envelope", limit=MAX_BYTES)
    match decode(data[1:]):
        case [bytes() as protected, dict() as loose, bytes() as payload, bytes() as signature] if not loose:
            pass
        case _:
            raise Malformed(Bad.FIELD, what="envelope")
    match decode(protected):
        case {1: -8, 4: bytes() as key, **rest} if len(key) == _KID_BYTES and not rest:
            pass
        case _:
            raise Malformed(Bad.UNSUPPORTED, what="envelope")
    if len(signature) != 64:
        raise Malformed(Bad.SIGNATURE, what="envelope")
    return Sealed(payload, key, signature, _signed(protected, payload))


def _signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
