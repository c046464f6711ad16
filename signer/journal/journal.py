"""The ceremonies' Journal: the log, the tree over it, and the signed head.

A record is acknowledged once the log, the head and the device's counter are all on disk, in this order. Whatever is
found later in fewer than these was cut, whatever differs was changed; what is more was written when the power went.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signer.core.checkpoint import Checkpoint, Head, sign_head
from signer.core.errors import Bad, Broken, Malformed, Tampered
from signer.core.event import Event, EventKind
from signer.core.merkle import Frontier, consistency_proof, leaf_hash, root_of
from signer.core.record import Record
from signer.journal.log import Log, Place
from signer.storage.files import locked, make_folder, read_file, write_file

EXPORT_MAGIC = b"kinko journal 1\n"
_PATIENCE = 10.0


class Anchor(Protocol):
    """A counter of the device that cannot go back."""

    def count(self) -> int: ...

    def advance(self, to: int) -> None: ...


@dataclass(slots=True)
class FileJournal:
    """One folder: `log`, `head`, `lock`. Open with `at`; several processes may, one appends at a time."""

    folder: Path
    log: Log
    anchor: Anchor
    _private: Ed25519PrivateKey
    _place: Place = field(default_factory=Place)
    _leaves: list[bytes] = field(default_factory=list)
    _offsets: list[int] = field(default_factory=list)
    _tree: Frontier = field(default_factory=Frontier)

    @classmethod
    def at(cls, folder: Path, key: Callable[[bytes], bytearray], anchor: Anchor) -> FileJournal:
        """Open, or begin on a device that has none. `key(purpose)` gives the device's 32-byte keys.

        Raises Tampered(JOURNAL) if anything acknowledged is missing or different, VaultError(DEVICE or BUSY).
        """
        make_folder(folder)
        private = Ed25519PrivateKey.from_private_bytes(key(b"journal signing"))
        journal = cls(folder, Log(folder / "log", key(b"journal seal")), anchor, private)
        with locked(journal._lock, _PATIENCE):
            journal._begin()
            journal._catch_up()
        return journal

    @property
    def public_key(self) -> bytes:
        """The Ed25519 key the heads are signed with, 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    @property
    def origin(self) -> str:
        """The journal's name in checkpoints, made of its key."""
        return f"kinko.device/{hashlib.sha256(self.public_key).hexdigest()[:16]}"

    def __len__(self) -> int:
        return len(self._leaves)

    # --- writing ---------------------------------------------------------------------------------------------------

    def append(self, event: Event) -> int:
        """See ports.Journal."""
        with locked(self._lock, _PATIENCE):
            self._catch_up()
            number = len(self)
            data = Record(number, event).to_bytes()
            Record.from_bytes(data)  # what could not be read back is not written
            self._take(data, self.log.append(self._place, data))
            self._seal()
        return number

    def refresh(self) -> None:
        """Take in what other processes have appended. Raises Tampered(JOURNAL)."""
        with locked(self._lock, _PATIENCE):
            self._catch_up()

    def _begin(self) -> None:
        if self.log.exists():
            return
        if self.anchor.count() or (read_file(self._head_file) is not None and self._sealed().size):
            raise Tampered(Broken.JOURNAL, what="missing")
        self._seal()
        self.log.create()

    def _catch_up(self) -> None:
        """Read what is new in the log; compare with head and counter; cut what was torn. The lock is held."""
        self._read_on()
        head = self._sealed()
        if len(self) < max(head.size, self.anchor.count()):
            raise Tampered(Broken.JOURNAL, what="cut")
        if self._root_at(head.size) != head.root:
            raise Tampered(Broken.JOURNAL, what="changed")
        if self.log.size() != self._place.offset:
            self.log.cut(self._place)
        if head.size < len(self) or self.anchor.count() < len(self):
            self._seal()

    def _read_on(self) -> None:
        if self.log.size() < self._place.offset:
            raise Tampered(Broken.JOURNAL, what="cut")
        for data, place in self.log.read(self._place):
            self._take(data, place)

    def _take(self, data: bytes, place: Place) -> None:
        leaf = leaf_hash(data)
        self._offsets.append(self._place.offset)
        self._leaves.append(leaf)
        self._tree = self._tree.add(leaf)
        self._place = place

    def _seal(self) -> None:
        write_file(self._head_file, self._signed(0, ()).to_bytes())
        self.anchor.advance(len(self))

    def _sealed(self) -> Head:
        """The head on disk, as this device signed it."""
        data = read_file(self._head_file)
        try:
            if data is not None:
                found = Checkpoint.from_bytes(data)
                if found.signed_by(self.origin, self.public_key, _verify):
                    return found.head
        except Malformed as error:
            raise Tampered(Broken.JOURNAL, what="head") from error
        raise Tampered(Broken.JOURNAL, what="head")

    # --- reading ---------------------------------------------------------------------------------------------------

    def checkpoint(self, seen: Sequence[bytes] = ()) -> bytes:
        """See ports.Journal. Checkpoints of other devices in `seen` are passed over. Raises Tampered(JOURNAL)."""
        old = max((head.size for head in map(self._own, seen) if head is not None), default=0)
        return self._signed(old, tuple(consistency_proof(self._leaves, old))).to_bytes()

    def since(self, size: int) -> bytes:
        """The signed head, proved to continue the tree of so many records. Raises Malformed(VALUE) if it cannot."""
        if not 0 <= size <= len(self):
            raise Malformed(Bad.VALUE, what="checkpoint")
        return self._signed(size, tuple(consistency_proof(self._leaves, size))).to_bytes()

    def unseen(self, checkpoint: bytes) -> int | None:
        """Records after this checkpoint; None if it is not this device's.

        Raises Tampered(JOURNAL) if this device signed it and has no such past any more: it was rolled back.
        """
        head = self._own(checkpoint)
        return None if head is None else len(self) - head.size

    def records(self, start: int = 0, kinds: frozenset[EventKind] = frozenset(EventKind)) -> Iterator[Record]:
        """The records of these kinds from a number on. Raises Tampered(JOURNAL).

        What does not even contain the word of a kind is not taken apart: a long journal is folded at every start.
        """
        words = [] if len(kinds) == len(EventKind) else [kind.value.encode() for kind in kinds]
        for number, data in enumerate(self._data(start), start):
            if not words or any(word in data for word in words):
                record = _record(number, data)
                if record.event.kind in kinds:
                    yield record

    def latest(self) -> int:
        """When the last record was written (Unix seconds), 0 for an empty journal. Raises Tampered(JOURNAL)."""
        last = len(self) - 1
        return 0 if last < 0 else _record(last, next(self._data(last))).event.at

    def verify(self) -> int:
        """Read everything again from the first byte; returns how many records. Raises Tampered(JOURNAL)."""
        with locked(self._lock, _PATIENCE):
            self._catch_up()
            end, count = Place(), 0
            for (data, after), leaf in zip(self.log.read(end), self._leaves, strict=False):
                if leaf_hash(data) != leaf:
                    raise Tampered(Broken.JOURNAL, what=f"record {count}")
                _record(count, data)
                end, count = after, count + 1
            if (count, end) != (len(self), self._place):
                raise Tampered(Broken.JOURNAL, what=f"record {count}")
        return count

    def export(self) -> bytes:
        """All records and the signed head, in the documented format."""
        parts = [self.public_key, self.checkpoint(), *self._data()]
        return EXPORT_MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    def _data(self, start: int = 0) -> Iterator[bytes]:
        """The bytes of the records this process knows of, each compared with what it was. Raises Tampered(JOURNAL)."""
        known = self._leaves[start:]
        found = self.log.read_from(self._offsets[start]) if known else iter(())
        for leaf in known:
            data = next(found, b"")
            if leaf_hash(data) != leaf:
                raise Tampered(Broken.JOURNAL, what="changed")
            yield data

    def _root_at(self, size: int) -> bytes:
        return self._tree.root if size == len(self) else root_of(self._leaves[:size])

    def _own(self, seen: bytes) -> Head | None:
        """The head in a checkpoint that this device signed, None for any other."""
        try:
            found = Checkpoint.from_bytes(seen)
        except Malformed:
            return None
        if not found.signed_by(self.origin, self.public_key, _verify):
            return None
        head = found.head
        if head.size > len(self) or self._root_at(head.size) != head.root:
            raise Tampered(Broken.JOURNAL, what="rolled back")
        return head

    def _signed(self, old: int, proof: tuple[bytes, ...]) -> Checkpoint:
        head = Head(self.origin, len(self), self._tree.root)
        return sign_head(head, self.public_key, self._private.sign, old, proof)

    @property
    def _head_file(self) -> Path:
        return self.folder / "head"

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"


def _record(number: int, data: bytes) -> Record:
    try:
        record = Record.from_bytes(data)
    except Malformed as error:
        raise Tampered(Broken.JOURNAL, what=f"record {number}") from error
    if record.number != number:
        raise Tampered(Broken.JOURNAL, what=f"record {number}")
    return record


def _verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
