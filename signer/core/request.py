"""The two envelopes that cross the gap, as values and as deterministic CBOR (docs/reference/envelopes.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from signer.core.codec import encode
from signer.core.errors import Bad, Malformed
from signer.core.fields import Fields
from signer.core.task import Signature

VERSION = 1
MAX_PAYLOAD = 2 * 1024 * 1024
MAX_PROOFS = 4096
MAX_SIGNATURES = 65_536
MAX_CHECKPOINTS = 16
MAX_CHECKPOINT = 4096
MAX_PURPOSE = 200
_REQUEST = "request"
_RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class SpendRequest:
    """What the builder asks. Nothing in it is believed but the payload's own bytes.

    `proofs` are previous transactions, witness-stripped, each once. `created` and `expires` are Unix seconds.
    `checkpoints` are the last journal checkpoints that the builder has seen, one a device that ever answered it.
    """

    chain: str
    account_id: bytes
    payload: bytes
    proofs: tuple[bytes, ...]
    request_id: bytes
    sequence: int
    created: int
    expires: int
    purpose: str
    preparer: str
    checkpoints: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the encoded request: what both sides speak of and every approval is bound to."""
        return hashlib.sha256(self.to_bytes()).digest()

    def to_bytes(self) -> bytes:
        return encode(
            {
                0: VERSION,
                1: self.chain,
                2: self.account_id,
                3: self.payload,
                4: list(self.proofs),
                5: self.request_id,
                6: self.sequence,
                7: self.created,
                8: self.expires,
                9: self.purpose,
                10: self.preparer,
                11: list(self.checkpoints),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> SpendRequest:
        fields = Fields.read(_REQUEST, data, frozenset(range(12)))
        _check_version(fields)
        return cls(
            chain=fields.text(1, 64),
            account_id=fields.octets(2, 32, 32),
            payload=fields.octets(3, MAX_PAYLOAD, 1),
            proofs=_octet_list(fields, 4, MAX_PROOFS, MAX_PAYLOAD),
            request_id=fields.octets(5, 16, 16),
            sequence=fields.integer(6),
            created=fields.integer(7),
            expires=fields.integer(8),
            purpose=fields.text(9, MAX_PURPOSE),
            preparer=fields.text(10, 64),
            checkpoints=_octet_list(fields, 11, MAX_CHECKPOINTS, MAX_CHECKPOINT),
        )


@dataclass(frozen=True, slots=True)
class SpendResponse:
    """What the device answers: only what is new. `checkpoint` is the head of its journal after this signature."""

    request_digest: bytes
    signatures: tuple[Signature, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        rows = [[s.index, s.public_key, s.data] for s in self.signatures]
        return encode({0: VERSION, 1: self.request_digest, 2: rows, 3: self.checkpoint})

    @classmethod
    def from_bytes(cls, data: bytes) -> SpendResponse:
        fields = Fields.read(_RESPONSE, data, frozenset(range(4)))
        _check_version(fields)
        rows = fields.items_of(2, MAX_SIGNATURES)
        return cls(
            fields.octets(1, 32, 32), tuple(_signature(row) for row in rows), fields.octets(3, MAX_CHECKPOINT)
        )


def _signature(row: object) -> Signature:
    if not isinstance(row, list) or len(row) != 3:
        raise Malformed(Bad.FIELD, what=_RESPONSE)
    fields = Fields(_RESPONSE, dict(enumerate(row)))
    return Signature(fields.integer(0, 0, 65_535), fields.octets(1, 65, 20), fields.octets(2, 73, 64))


def _octet_list(fields: Fields, key: int, most: int, high: int) -> tuple[bytes, ...]:
    items = fields.items_of(key, most)
    for item in items:
        if not isinstance(item, bytes) or not 0 < len(item) <= high:
            raise Malformed(Bad.VALUE, what=fields.what, field=key)
    return tuple(item for item in items if isinstance(item, bytes))


def _check_version(fields: Fields) -> None:
    if fields.integer(0) != VERSION:
        raise Malformed(Bad.UNSUPPORTED, what=fields.what)
