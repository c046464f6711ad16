"""The device's own secret and its counters that only go up: the port, and the file adapter for development.

What is sealed opens only on this device, and an older copy of it is refused. A file can do neither against somebody
who copies the whole card: the adapter says so through `protects`, and every screen shows it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.storage.files import make_folder, read_file, write_file

KEY_BYTES = 32
COUNTERS = ("vault", "journal", "tries")


class Counter(Protocol):
    """A number that only goes up."""

    def count(self) -> int:
        """Raises VaultError(DEVICE) if the device does not answer."""

    def advance(self, to: int) -> None:
        """Set it to `to` at least; never lower."""


class DeviceSecret(Protocol):
    """A secret that does not leave the device, and counters that cannot go back."""

    @property
    def protects(self) -> bool:
        """Whether hardware stands behind it; False is for development only."""

    def key(self, purpose: bytes) -> bytearray:
        """A 32-byte key for one purpose. Raises VaultError(DEVICE) if the device does not answer."""

    def counter(self, name: str) -> Counter:
        """The counter of this name: those of COUNTERS are there."""

    def erase(self) -> None:
        """Destroy the secret for good. Harmless when repeated."""


@dataclass(frozen=True, slots=True)
class FileCounter:
    """Development only: decimal digits in a file."""

    path: Path

    def count(self) -> int:
        text = read_file(self.path)
        if text is None or not text.isdigit() or len(text) > 18:
            raise Tampered(Broken.COUNTER, what=self.path.name)
        return int(text)

    def advance(self, to: int) -> None:
        if to > self.count():
            write_file(self.path, str(to).encode())


@dataclass(frozen=True, slots=True)
class FileDevice:
    """Development only: the secret and each counter are files in a folder."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> FileDevice:
        """A new device. Raises VaultError(EXISTS) rather than overwrite a secret."""
        make_folder(folder)
        device = cls(folder)
        if read_file(device._secret) is not None:
            raise VaultError(Lock.EXISTS, name=folder.name)
        for name in COUNTERS:
            write_file(folder / name, b"0")
        write_file(device._secret, os.urandom(KEY_BYTES))
        return device

    @property
    def protects(self) -> bool:
        return False

    def exists(self) -> bool:
        return read_file(self._secret) is not None

    def key(self, purpose: bytes) -> bytearray:
        secret = read_file(self._secret)
        if secret is None:
            raise VaultError(Lock.DEVICE, what="secret")
        return derive_key(secret, purpose)

    def counter(self, name: str) -> FileCounter:
        return FileCounter(self.folder / name)

    def erase(self) -> None:
        """Overwrite, then remove. Flash may keep the old bytes elsewhere: not for real keys."""
        try:
            with self._secret.open("r+b") as file:
                file.write(bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            self._secret.unlink()
        except FileNotFoundError:
            return
        except OSError as error:
            raise VaultError(Lock.DEVICE, what="secret") from error

    @property
    def _secret(self) -> Path:
        return self.folder / "secret"


def derive_key(secret: bytes | bytearray, purpose: bytes) -> bytearray:
    """A key of its own for each purpose (HKDF-SHA256, RFC 5869), so that one cannot stand in for another."""
    if len(secret) != KEY_BYTES:
        raise Tampered(Broken.VAULT, what="device secret")
    key = bytearray(KEY_BYTES)
    HKDF(SHA256(), KEY_BYTES, salt=b"kinko device", info=purpose).derive_into(secret, key)
    return key
