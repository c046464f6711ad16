"""The file the records are in: appended, fsynced, each tied to all before it; a torn tail is cut, never more.

A record is its length (4 bytes, big-endian), its bytes, and 16 bytes of HMAC-SHA256 over the tag before and the
bytes: written by this device, in this place, or not at all (docs/reference/journal-format.md).
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from signer.core.errors import Lock, VaultError
from signer.core.record import MAX_RECORD
from signer.storage.files import sync_folder

_LENGTH, TAG_BYTES = 4, 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next record goes: the offset in the file, and the tag of the record before."""

    offset: int = 0
    tag: bytes = bytes(TAG_BYTES)


@dataclass(frozen=True, slots=True)
class Log:
    """The file. `key` is the device's own; it makes the tags."""

    path: Path
    key: bytearray

    def create(self) -> None:
        """An empty file, durably. Raises VaultError(DEVICE)."""
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
            sync_folder(self.path.parent)
        except OSError as error:
            raise VaultError(Lock.DEVICE, what="journal") from error

    def exists(self) -> bool:
        return self.path.exists()

    def size(self) -> int:
        """Bytes in the file. Raises VaultError(DEVICE)."""
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise VaultError(Lock.DEVICE, what="journal") from error

    def read(self, place: Place) -> Iterator[tuple[bytes, Place]]:
        """The whole records from a place on, each with the place after it; stops before what is torn or not ours."""
        try:
            with self.path.open("rb") as file:
                file.seek(place.offset)
                while True:
                    length = int.from_bytes(head := file.read(_LENGTH), "big")
                    if len(head) < _LENGTH or length > MAX_RECORD:
                        return
                    data, tag = file.read(length), file.read(TAG_BYTES)
                    if not hmac.compare_digest(tag, self._tag(place.tag, data)):
                        return
                    place = Place(place.offset + _LENGTH + length + TAG_BYTES, tag)
                    yield data, place
        except OSError as error:
            raise VaultError(Lock.DEVICE, what="journal") from error

    def read_from(self, offset: int) -> Iterator[bytes]:
        """The records from an offset on, without looking at their tags: for a caller who has their hashes."""
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                while len(head := file.read(_LENGTH)) == _LENGTH:
                    length = int.from_bytes(head, "big")
                    if length > MAX_RECORD:
                        return
                    yield file.read(length)
                    file.seek(TAG_BYTES, os.SEEK_CUR)
        except OSError as error:
            raise VaultError(Lock.DEVICE, what="journal") from error

    def append(self, place: Place, data: bytes) -> Place:
        """Write one record durably, or leave nothing behind. Raises VaultError(DEVICE), on a full disk too."""
        tag = self._tag(place.tag, data)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                self._write(descriptor, place.offset, len(data).to_bytes(_LENGTH, "big") + data + tag)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise VaultError(Lock.DEVICE, what="journal") from error
        return Place(place.offset + _LENGTH + len(data) + TAG_BYTES, tag)

    def cut(self, place: Place) -> None:
        """Drop what is behind a place: the beginning of a record that nobody was told of."""
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                os.ftruncate(descriptor, place.offset)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise VaultError(Lock.DEVICE, what="journal") from error

    def _write(self, descriptor: int, offset: int, data: bytes) -> None:
        try:
            view = memoryview(data)
            while view:
                written = os.pwrite(descriptor, view, offset)
                view, offset = view[written:], offset + written
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, offset + len(view) - len(data))
            raise

    def _tag(self, before: bytes, data: bytes) -> bytes:
        return hmac.digest(self.key, b"kinko record" + before + data, "sha256")[:TAG_BYTES]
