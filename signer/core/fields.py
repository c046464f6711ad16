"""Reading a CBOR map with integer keys field by field, each of one type and bounded."""

from __future__ import annotations

from dataclasses import dataclass

from signer.core.codec import decode
from signer.core.errors import Bad, Malformed


@dataclass(frozen=True, slots=True)
class Fields:
    """A decoded map. Every getter raises Malformed(FIELD or VALUE) naming `what` and the key."""

    what: str
    items: dict[int, object]

    @classmethod
    def read(cls, what: str, data: bytes | object, keys: frozenset[int]) -> Fields:
        """Decode bytes (or take a decoded map) whose keys must be exactly `keys`."""
        value = decode(data) if isinstance(data, bytes) else data
        if not isinstance(value, dict) or value.keys() != keys:
            raise Malformed(Bad.FIELD, what=what)
        return cls(what, value)

    def integer(self, key: int, low: int = 0, high: int = 2**63 - 1) -> int:
        value = self.items[key]
        if type(value) is not int or not low <= value <= high:
            raise Malformed(Bad.VALUE, what=self.what, field=key)
        return value

    def octets(self, key: int, high: int, low: int = 0) -> bytes:
        value = self.items[key]
        if not isinstance(value, bytes) or not low <= len(value) <= high:
            raise Malformed(Bad.VALUE, what=self.what, field=key)
        return value

    def text(self, key: int, high: int) -> str:
        """Text without control or format characters: it is shown on screens and journaled."""
        value = self.items[key]
        if not isinstance(value, str) or len(value) > high or not value.isprintable():
            raise Malformed(Bad.VALUE, what=self.what, field=key)
        return value

    def flag(self, key: int) -> bool:
        value = self.items[key]
        if not isinstance(value, bool):
            raise Malformed(Bad.VALUE, what=self.what, field=key)
        return value

    def items_of(self, key: int, high: int) -> list[object]:
        value = self.items[key]
        if not isinstance(value, list) or len(value) > high:
            raise Malformed(Bad.VALUE, what=self.what, field=key)
        return value
