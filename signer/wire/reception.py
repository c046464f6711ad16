"""Receiving a payload code by code: strangers' codes are passed over, a poisoned or abandoned transfer starts anew."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.wire.dialects import detect_file
from signer.wire.dialects import open as open_decoder
from signer.wire.kinko import KinkoDecoder
from signer.wire.pace import is_feedback, write_feedback
from signer.wire.values import Decoder, Dialect, Format, Kind, Payload, Progress

#: So many codes of another transfer in a row mean that the sender has moved on.
ABANDONED: Final = 8

#: What can be a question to sign.
SPENDS: Final = frozenset({Kind.PSBT, Kind.REQUEST, Kind.BYTES, Kind.TRANSACTION})


class Said(Enum):
    """What one code meant to the transfer."""

    NEW = "new"
    REPEAT = "repeat"
    FOREIGN = "foreign"
    DAMAGED = "damaged"
    UNWANTED = "unwanted"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Read:
    """A whole payload and the dialect to answer in."""

    payload: Payload
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Heard:
    """The state after one code. `error` says why a code or a transfer was not taken; `read` is there when DONE."""

    said: Said
    progress: Progress | None = None
    format: Format | None = None
    error: Malformed | None = None
    read: Read | None = None


class Receiver:
    """Takes codes in any order until a payload of a wanted kind is whole. The one thing here that changes."""

    def __init__(self, wanted: frozenset[Kind] | None = SPENDS) -> None:
        """`wanted` None takes whatever comes."""
        self._wanted = wanted
        self._decoder: Decoder | None = None
        self._progress: Progress | None = None
        self._strangers = 0
        self._whole: Decoder | None = None

    @property
    def progress(self) -> Progress | None:
        """How far the transfer is; None before its first code."""
        return self._progress

    def resumed(self) -> Receiver:
        """Itself, to go on after a pause: parts are kept, and nobody is told any more what was whole before."""
        self._whole, self._strangers = None, 0
        return self

    def feed(self, text: bytes) -> Heard:
        """Take the text of one code. Never raises on content."""
        if is_feedback(text):  # another receiver's screen, still showing what it had
            return self._heard(Said.FOREIGN, Malformed(Bad.UNSUPPORTED, what="feedback"))
        if self._decoder is None:
            return self._first(text)
        before = self._progress
        try:
            self._progress = self._decoder.receive(text)
        except Malformed as error:
            return self._stranger(text, error)
        self._strangers = 0
        if self._progress.complete:
            return self._finish(self._decoder)
        new = before is None or self._progress.have > before.have
        return self._heard(Said.NEW if new else Said.REPEAT)

    def feedback(self, density: float) -> bytes | None:
        """The text of a small code for the sender's camera; `density` is camera pixels a module. Native format only.

        After the last code it says that all is there, so that the sender can stop.
        """
        decoder = self._decoder or self._whole
        return write_feedback(decoder.feedback(density)) if isinstance(decoder, KinkoDecoder) else None

    def _first(self, text: bytes) -> Heard:
        try:
            decoder = open_decoder(text)
            progress = decoder.receive(text)
        except Malformed as error:
            return Heard(Said.FOREIGN, error=error)
        self._decoder, self._progress, self._strangers = decoder, progress, 0
        return self._finish(decoder) if progress.complete else self._heard(Said.NEW)

    def _stranger(self, text: bytes, error: Malformed) -> Heard:
        """A code that does not belong: pass over it, unless it is the sender who has moved on."""
        self._strangers += 1
        if self._strangers < ABANDONED:
            return self._heard(Said.FOREIGN, error)
        self._restart()
        return self._first(text)

    def _finish(self, decoder: Decoder) -> Heard:
        """Whole: check it as a whole. What fails is thrown away and the transfer begins again."""
        heard = self._heard(Said.DONE)
        self._restart()
        try:
            payload = decoder.payload()
        except Malformed as error:
            return Heard(Said.DAMAGED, format=heard.format, error=error)
        if self._wanted is not None and payload.kind not in self._wanted:
            return Heard(
                Said.UNWANTED, format=heard.format, error=Malformed(Bad.UNSUPPORTED, what=payload.kind.value)
            )
        self._whole = decoder
        return Heard(Said.DONE, heard.progress, heard.format, read=Read(payload, decoder.dialect))

    def _heard(self, said: Said, error: Malformed | None = None) -> Heard:
        dialect = self._decoder.dialect.format if self._decoder else None
        return Heard(said, self._progress, dialect, error)

    def _restart(self) -> None:
        self._decoder, self._progress, self._strangers = None, None, 0


def from_file(data: bytes) -> Read:
    """A payload out of a file's bytes; it is answered as codes in the usual dialect of its kind. Raises Malformed."""
    payload = detect_file(data)
    return Read(payload, Dialect(Format.UR))
