"""The builder's own Ed25519 key: requests are signed with it, so that appliances know who asks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from online_builder.errors import BuilderError, Trouble


@dataclass(frozen=True, slots=True)
class BuilderKey:
    """`public` is 32 bytes, to be enrolled on every appliance."""

    _private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """64 bytes, RFC 8032."""
        return self._private.sign(message)


def open_key(path: Path) -> BuilderKey:
    """The key in a file only its owner may read; made at first use. Raises BuilderError(STORE)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise BuilderError(Trouble.STORE, why=error.strerror or "key") from error
    with os.fdopen(descriptor, "wb") as file:
        private = Ed25519PrivateKey.generate()
        file.write(private.private_bytes_raw())
        file.flush()
        os.fsync(file.fileno())
    return BuilderKey(private)


def _read(path: Path) -> BuilderKey:
    try:
        return BuilderKey(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise BuilderError(Trouble.STORE, why="the builder's key file does not hold a key") from error
