"""Who an officer is: named, with duties, a site, an organisation and a term."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum

from signer.core.errors import Bad, Malformed

MAX_NAME = 32


class Duty(Enum):
    """What an officer may do. The numbers are part of the vault's format: never renumbered, only added to."""

    ADMINISTRATOR = 1
    OFFICER = 2
    WITNESS = 3
    AUDITOR = 4
    RECOVERY = 5


@dataclass(frozen=True, slots=True)
class Officer:
    """`until` is the last second of the term (Unix time), 0 for a term without an end."""

    name: str
    duties: tuple[Duty, ...] = (Duty.OFFICER,)
    site: str = ""
    organisation: str = ""
    until: int = 0

    def serves(self, now: int) -> bool:
        """Whether the term has not ended."""
        return not self.until or now <= self.until


def check_name(name: str, what: str = "name") -> str:
    """A name that is shown, journaled and typed: 1 to 32 printable characters, NFC, no space at an end.

    Raises Malformed(VALUE). Two names that look alike in Unicode's eyes are one name only if they are one NFC text.
    """
    fits = 0 < len(name) <= MAX_NAME and name.isprintable() and name == name.strip()
    if not fits or not unicodedata.is_normalized("NFC", name):
        raise Malformed(Bad.VALUE, what=what)
    return name
