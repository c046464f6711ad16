"""A journal record: one event with its number, as deterministic CBOR (docs/reference/journal-format.md)."""

from __future__ import annotations

from dataclasses import dataclass

from signer.core.codec import encode
from signer.core.errors import Bad, Malformed
from signer.core.event import Event, EventKind
from signer.core.fields import Fields

VERSION = 1
MAX_RECORD = 64 * 1024
MAX_OFFICERS = 64
MAX_DETAILS = 32
MAX_DETAIL = 16 * 1024
_WHAT = "record"


@dataclass(frozen=True, slots=True)
class Record:
    """Number 0 is the first. The number is in the record, so that none can be moved without being changed."""

    number: int
    event: Event

    def to_bytes(self) -> bytes:
        """Raises Malformed(TOO_LARGE) for an event no journal takes."""
        event = self.event
        officers, details = list(event.officers), [[name, value] for name, value in event.details]
        data = encode(
            {
                0: VERSION,
                1: self.number,
                2: event.at,
                3: event.kind.value,
                4: officers,
                5: event.subject,
                6: details,
            }
        )
        if len(data) > MAX_RECORD:
            raise Malformed(Bad.TOO_LARGE, what=_WHAT, limit=MAX_RECORD)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> Record:
        """Raises Malformed."""
        fields = Fields.read(_WHAT, data, frozenset(range(7)))
        if fields.integer(0) != VERSION:
            raise Malformed(Bad.UNSUPPORTED, what=_WHAT)
        try:
            kind = EventKind(fields.text(3, 64))
        except ValueError as error:
            raise Malformed(Bad.UNSUPPORTED, what=_WHAT) from error
        officers = _texts(fields.items_of(4, MAX_OFFICERS), 64)
        rows = [_texts(row, MAX_DETAIL) for row in fields.items_of(6, MAX_DETAILS)]
        if any(len(row) != 2 for row in rows):
            raise Malformed(Bad.FIELD, what=_WHAT)
        details = tuple((row[0], row[1]) for row in rows)
        return cls(fields.integer(1), Event(kind, fields.integer(2), officers, fields.octets(5, 64), details))


def _texts(items: object, limit: int) -> tuple[str, ...]:
    if not isinstance(items, list):
        raise Malformed(Bad.FIELD, what=_WHAT)
    fields = Fields(_WHAT, dict(enumerate(items)))
    return tuple(fields.text(index, limit) for index in range(len(items)))
