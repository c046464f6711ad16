"""UR received the way the reference implementation does it, by peeling: the yardstick for Kinko's own receiver."""

from __future__ import annotations

from signer.wire import Decoder, Dialect, Format, Kind, Payload, Progress, bytewords, cbor
from signer.wire import open as open_code
from signer.wire.fountain import Chooser


class PeelingDecoder:
    """Keeps pure parts, and mixed ones reduced by every part that is a subset of them."""

    dialect = Dialect(Format.UR)

    def __init__(self, first: bytes) -> None:
        _, self._count, self._length, checksum, _ = _part(first)
        self._chooser = Chooser(self._count, checksum)
        self._pure: dict[int, int] = {}
        self._mixed: dict[frozenset[int], int] = {}
        self._size = 0

    def receive(self, text: bytes) -> Progress:
        number, _, _, _, data = _part(text)
        self._size = len(data)
        queue = [(frozenset(self._chooser.indexes(number)), int.from_bytes(data, "big"))]
        while queue:
            picks, value = self._reduced(*queue.pop())
            if not picks:
                continue
            if len(picks) == 1:
                (index,) = picks
                self._pure[index] = value
            elif picks in self._mixed:
                continue
            else:
                self._mixed[picks] = value
            for held in [held for held in self._mixed if picks < held]:
                queue.append((held, self._mixed.pop(held)))
        done = len(self._pure) == self._count
        return Progress(len(self._pure), self._count, (), done)

    def _reduced(self, picks: frozenset[int], value: int) -> tuple[frozenset[int], int]:
        known = picks & self._pure.keys()
        for index in known:
            value ^= self._pure[index]
        picks -= known
        for other, mixed in self._mixed.items():
            if other < picks:
                picks, value = picks - other, value ^ mixed
        return picks, value

    def payload(self) -> Payload:
        whole = b"".join(self._pure[i].to_bytes(self._size, "big") for i in range(self._count))
        data = cbor.decode(whole[: self._length])
        return Payload(Kind.PSBT, data if isinstance(data, bytes) else b"")


def open_peeling(first: bytes) -> Decoder:
    """A peeling decoder for a multipart UR; one part needs none."""
    return PeelingDecoder(first) if first.count(b"/") == 2 else open_code(first)


def _part(text: bytes) -> tuple[int, int, int, int, bytes]:
    match cbor.decode(bytewords.decode(text.split(b"/")[-1])):
        case [int() as number, int() as count, int() as length, int() as checksum, bytes() as data]:
            return number, count, length, checksum, data
    raise ValueError(text)
