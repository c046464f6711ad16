"""Who an officer is: named, with duties, a site, an organisation and a term."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum

from signer.core.errors import Bad, Malformed

MAX_NAME = 32
_CARD = "card:"


class Duty(Enum):
    """What an officer may do. The numbers are part of the vault's format: never renumbered, only added to."""

    ADMINISTRATOR = 1
    OFFICER = 2
    WITNESS = 3
    AUDITOR = 4
    RECOVERY = 5


class Factor(Enum):
    """What an officer shows. The numbers are part of the vault's format: never renumbered, only added to."""

    PASSPHRASE = 1
    FIDO2 = 2
    CARD = 3


@dataclass(frozen=True, slots=True)
class Holding:
    """What an officer holds beside knowing a passphrase: a FIDO2 token, or the PKCS#11 card of a label."""

    kind: Factor
    card: str = ""

    def __str__(self) -> str:
        return f"{_CARD}{self.card}" if self.kind is Factor.CARD else "fido2"


def read_holdings(text: str) -> tuple[Holding, ...]:
    """`fido2`, `card:LABEL`, or `fido2,card:LABEL`. Raises Malformed(VALUE)."""
    found = [_read_holding(part) for part in ([text] if text.startswith(_CARD) else text.split(",", 1))]
    if len({holding.kind for holding in found}) != len(found):
        raise Malformed(Bad.VALUE, what="factor")
    return tuple(sorted(found, key=lambda holding: holding.kind.value))


def _read_holding(text: str) -> Holding:
    if text == "fido2":
        return Holding(Factor.FIDO2)
    if text.startswith(_CARD):
        return Holding(Factor.CARD, check_name(text.removeprefix(_CARD), "card"))
    raise Malformed(Bad.VALUE, what="factor")


@dataclass(frozen=True, slots=True)
class Means:
    """What a key is opened with beside passphrases: (officer's name, what he holds); the label of the PKCS#11 token in
    which the key is made and stays, empty for one below a seed."""

    holdings: tuple[tuple[str, Holding], ...] = ()
    token: str = ""

    def held_by(self, officer: str) -> tuple[Holding, ...]:
        return tuple(holding for name, holding in self.holdings if name == officer)


PASSPHRASES = Means()


@dataclass(frozen=True, slots=True)
class Officer:
    """`until` is the last second of the term (Unix time), 0 for a term without an end. `holds`: what he shows beside a
    passphrase."""

    name: str
    duties: tuple[Duty, ...] = (Duty.OFFICER,)
    site: str = ""
    organisation: str = ""
    until: int = 0
    holds: tuple[Holding, ...] = ()

    @property
    def kinds(self) -> int:
        """How many kinds of factor he shows."""
        return 1 + len({holding.kind for holding in self.holds})

    def serves(self, now: int) -> bool:
        """Whether the term has not ended."""
        return not self.until or now <= self.until


def check_name(name: str, what: str = "name") -> str:
    """A name that is shown, journaled and typed: 1 to 32 printable characters, NFC, no space at an end.

    Raises Malformed(VALUE). Which names look alike is for `core.lookalike`.
    """
    fits = 0 < len(name) <= MAX_NAME and name.isprintable() and name == name.strip()
    if not fits or not unicodedata.is_normalized("NFC", name):
        raise Malformed(Bad.VALUE, what=what)
    return name
