"""Pictures out of a stream of JPEGs set end to end (Motion JPEG), as camera programs write it into a pipe.

Markers are those of ITU-T T.81: FFD8 begins a picture and FFD9 ends it; inside, FF is never followed by D9.
"""

from __future__ import annotations

from typing import Final

from signer.core.errors import Bad, Malformed

MAX_PICTURE: Final = 16 * 1024 * 1024
_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"


class Splitter:
    """Takes the stream in pieces; a receiver in a hurry wants only the newest picture."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, chunk: bytes) -> bytes | None:
        """The newest whole picture, if one has become whole; older ones are passed over.

        Raises Malformed when a picture does not end.
        """
        held = self._held + chunk
        end = held.rfind(_END)
        begin = held.rfind(_BEGIN, 0, end) if end >= 0 else -1
        self._held = held[end + len(_END) :] if end >= 0 else held
        if len(self._held) > MAX_PICTURE:
            raise Malformed(Bad.TOO_LARGE, what="picture", limit=MAX_PICTURE)
        return held[begin : end + len(_END)] if begin >= 0 else None
