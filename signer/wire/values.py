"""The words of the transport: Payload (what), Dialect (how), Progress (how far), Frames (what is shown)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Protocol

_LANE: Final = 6_000


class Kind(Enum):
    """What the bytes of a payload are."""

    PSBT = "psbt"
    TRANSACTION = "transaction"
    ACCOUNT = "account"  # keys of one device: UTF-8, one key expression a line
    DESCRIPTOR = "descriptor"  # UTF-8, an output descriptor (BIP 380)
    REQUEST = "request"
    RESPONSE = "response"
    BYTES = "bytes"
    TEXT = "text"


class Format(StrEnum):
    """The family of a dialect."""

    KINKO = "kinko"
    UR = "ur"
    BBQR = "bbqr"
    SPECTER = "specter"
    STATIC = "static"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a payload is written into codes, precisely enough to answer in the same way.

    `variant` is the UR type ("psbt", "crypto-psbt", ...), the BBQr encoding letter ("Z", "2", "H"),
    or the coding of a static code or of Specter's parts ("base64", "base43", "hex", "binary", "text").
    Empty means the format's own default for the kind of payload.
    """

    format: Format
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """What is carried. `data` is binary, or UTF-8 for ACCOUNT, DESCRIPTOR and TEXT."""

    kind: Kind
    data: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reception is: `have` of `need` parts (independent ones, for a rateless code).

    `missing` names parts not yet held, counted from 0, at most limits.MISSING_SHOWN of them.
    """

    have: int
    need: int
    missing: tuple[int, ...]
    complete: bool


class Decoder(Protocol):
    """Takes the text of one code after the other, in any order, until the payload is whole."""

    @property
    def dialect(self) -> Dialect:
        """The dialect of the first code, to answer in."""

    def receive(self, text: bytes) -> Progress:
        """Take one code. Raises Malformed for a foreign or broken one, which changes nothing."""

    def payload(self) -> Payload:
        """The payload. Raises Malformed while incomplete or when its digest is wrong."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The texts of the codes that carry one payload.

    `count` codes make one full cycle (the pure parts of a fountain). A fountain is `endless`: every
    index gives a useful code; otherwise indexes wrap round.
    """

    count: int
    endless: bool
    make: Callable[[int], bytes]

    def text(self, index: int) -> bytes:
        """The text of code `index`, from 0."""
        return self.make(index if self.endless else index % self.count)

    def onwards(self, lane: int) -> Frames:
        """The same from far behind the first cycle, in one of some forty lanes that do not meet for thousands of codes.

        In the native format, whose symbols stay good when the density changes, only new symbols follow then.
        """
        first = self.count + lane * _LANE
        return Frames(self.count, True, lambda index: self.make(index + first)) if self.endless else self

    def __iter__(self) -> Iterator[bytes]:
        """All codes: without end for a fountain, one cycle otherwise."""
        index = 0
        while self.endless or index < self.count:
            yield self.make(index)
            index += 1
