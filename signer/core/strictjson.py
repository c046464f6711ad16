"""JSON that is read strictly: no fractions, no key twice, and none that nobody asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

from signer.core.errors import Bad, Malformed

MAX_UNITS: Final = 2**63 - 1
_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


def read_object(data: bytes, what: str) -> Object:
    """Raises Malformed for what is no JSON object."""
    try:
        value = json.loads(data, object_pairs_hook=_no_twins, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise Malformed(Bad.ENCODING, what=what) from error
    return Object(value, what)


class Object:
    """A JSON object whose every key must be asked for."""

    def __init__(self, value: object, where: str) -> None:
        """`where` it stands, for errors. Raises Malformed(FIELD) for what is no object."""
        if not isinstance(value, dict):
            raise Malformed(Bad.FIELD, what=where)
        self.where = where
        self._left: dict[str, object] = dict(value)

    def take(self, key: str) -> object:
        if key not in self._left:
            raise Malformed(Bad.FIELD, what=f"{self.where}.{key}")
        return self._left.pop(key)

    def has(self, key: str) -> bool:
        return key in self._left

    def integer(self, key: str, low: int = 0, high: int = MAX_UNITS) -> int:
        value = self.take(key)
        if type(value) is not int or not low <= value <= high:
            raise Malformed(Bad.VALUE, what=f"{self.where}.{key}")
        return value

    def text(self, key: str, high: int) -> str:
        value = self.take(key)
        if not isinstance(value, str) or not 0 < len(value) <= high or not value.isprintable():
            raise Malformed(Bad.VALUE, what=f"{self.where}.{key}")
        return value

    def names(self, key: str, known: type[_E]) -> frozenset[_E]:
        """A list of different names that are all known; not empty."""
        items = self.take(key)
        names = {member.value: member for member in known}
        if not isinstance(items, list) or not 0 < len(items) <= len(names):
            raise Malformed(Bad.VALUE, what=f"{self.where}.{key}")
        found = frozenset(names[item] for item in items if isinstance(item, str) and item in names)
        if len(found) != len(items):
            raise Malformed(Bad.VALUE, what=f"{self.where}.{key}")
        return found

    def objects(self, key: str, read: Callable[[Object], _T], most: int) -> tuple[_T, ...]:
        items = self.take(key)
        if not isinstance(items, list) or len(items) > most:
            raise Malformed(Bad.TOO_MANY, what=f"{self.where}.{key}", limit=most)
        parts = [Object(item, f"{self.where}.{key}") for item in items]
        found = tuple(read(part) for part in parts)
        for part in parts:
            part.done()
        return found

    def done(self) -> None:
        """Nothing may be left over: a key nobody reads is a rule nobody keeps."""
        if self._left:
            raise Malformed(Bad.FIELD, what=f"{self.where}.{next(iter(self._left))}"[:80])


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _no_float(text: str) -> object:
    raise ValueError("not an integer")
