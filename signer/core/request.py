"""The two envelopes that cross the gap, as values and as deterministic CBOR (docs/reference/envelopes.md)."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

from signer.core.codec import MAX_BYTES, decode, encode
from signer.core.errors import Bad, Malformed
from signer.core.fields import Fields
from signer.core.task import Signature

VERSION = 1
MAX_PAYLOAD = 2 * 1024 * 1024
MAX_PROOFS = 4096
MAX_BODY = MAX_BYTES  # payload and proofs together, uncompressed
MAX_SIGNATURES = 65_536
MAX_CHECKPOINTS = 16
MAX_CHECKPOINT = 4096
MAX_PURPOSE = 200
MAX_PREPARER = 64
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
        """SHA-256 of the request with its body uncompressed: what both sides speak of and every approval is bound to.

        Two compressors may write the same body differently; the digest does not depend on either.
        """
        return hashlib.sha256(encode(self._map(self._body()))).digest()

    def to_bytes(self) -> bytes:
        """As it crosses the gap: the body, which is nearly all of it, compressed (RFC 1950)."""
        return encode(self._map(zlib.compress(self._body(), 9)))

    def _body(self) -> bytes:
        return encode([self.payload, list(self.proofs)])

    def _map(self, body: bytes) -> dict[int, object]:
        return {
            0: VERSION,
            1: self.chain,
            2: self.account_id,
            3: body,
            4: self.request_id,
            5: self.sequence,
            6: self.created,
            7: self.expires,
            8: self.purpose,
            9: self.preparer,
            10: list(self.checkpoints),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> SpendRequest:
        fields = Fields.read(_REQUEST, data, frozenset(range(11)))
        _check_version(fields)
        body = _row(_REQUEST, decode(_inflate(fields.octets(3, MAX_BODY, 1))), 2)
        return cls(
            chain=fields.text(1, 64),
            account_id=fields.octets(2, 32, 32),
            payload=body.octets(0, MAX_PAYLOAD, 1),
            proofs=_octet_list(body, 1, MAX_PROOFS, MAX_PAYLOAD),
            request_id=fields.octets(4, 16, 16),
            sequence=fields.integer(5),
            created=fields.integer(6),
            expires=fields.integer(7),
            purpose=fields.text(8, MAX_PURPOSE),
            preparer=fields.text(9, MAX_PREPARER),
            checkpoints=_octet_list(fields, 10, MAX_CHECKPOINTS, MAX_CHECKPOINT),
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
    fields = _row(_RESPONSE, row, 3)
    return Signature(fields.integer(0, 0, 65_535), fields.octets(1, 65, 20), fields.octets(2, 73, 64))


def _row(what: str, value: object, length: int) -> Fields:
    """A list of exactly so many items, to be read like a map from 0 on."""
    if not isinstance(value, list) or len(value) != length:
        raise Malformed(Bad.FIELD, what=what)
    return Fields(what, dict(enumerate(value)))


def _inflate(data: bytes) -> bytes:
    """At most MAX_BODY bytes, whatever the input promises; nothing may follow the stream."""
    stream = zlib.decompressobj()
    try:
        body = stream.decompress(data, MAX_BODY)
    except zlib.error as error:
        raise Malformed(Bad.ENCODING, what=_REQUEST) from error
    if not stream.eof or stream.unused_data:
        raise Malformed(
            Bad.TOO_LARGE if stream.unconsumed_tail else Bad.TRUNCATED, what=_REQUEST, limit=MAX_BODY
        )
    return body


def _octet_list(fields: Fields, key: int, most: int, high: int) -> tuple[bytes, ...]:
    items = fields.items_of(key, most)
    for item in items:
        if not isinstance(item, bytes) or not 0 < len(item) <= high:
            raise Malformed(Bad.VALUE, what=fields.what, field=key)
    return tuple(item for item in items if isinstance(item, bytes))


def _check_version(fields: Fields) -> None:
    if fields.integer(0) != VERSION:
        raise Malformed(Bad.UNSUPPORTED, what=fields.what)
