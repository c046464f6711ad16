"""The builder's own Ed25519 key: requests are signed with it, so that appliances know who asks."""

from __future__ import annotations

import contextlib
import os
import tempfile
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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
    except OSError as error:
        raise BuilderError(Trouble.STORE, why=error.strerror or "key") from error
    return _read(path)


def _make(path: Path) -> None:
    """Whole or not at all, and never over a key that another process made meanwhile."""
    with tempfile.NamedTemporaryFile(dir=path.parent) as file:  # mode 0600
        file.write(Ed25519PrivateKey.generate().private_bytes_raw())
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)


def _read(path: Path) -> BuilderKey:
    try:
        return BuilderKey(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise BuilderError(Trouble.STORE, why="the builder's key file does not hold a key") from error
