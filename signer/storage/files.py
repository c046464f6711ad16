"""Small files that are replaced whole and durably, and the lock that lets one process at a time change them."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signer.core.errors import Broken, Lock, Tampered, VaultError

MAX_FILE = 4 * 1024 * 1024
_POLL = 0.02


def read_file(path: Path) -> bytes | None:
    """The whole file, None if there is none. Raises Tampered for an absurd size, VaultError(DEVICE) if unreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VaultError(Lock.DEVICE, what=path.name) from error
    if len(data) > MAX_FILE:
        raise Tampered(Broken.VAULT, what=path.name)
    return data


def write_file(path: Path, data: bytes) -> None:
    """Replace the file so that after a power cut it is either the old one or the new one. Raises VaultError(DEVICE)."""
    temporary = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise VaultError(Lock.DEVICE, what=path.name) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    """How much more this user can write beside a folder's files. Raises VaultError(DEVICE)."""
    try:
        found = os.statvfs(folder)
    except OSError as error:
        raise VaultError(Lock.DEVICE, what=folder.name) from error
    return found.f_bavail * found.f_frsize


def make_folder(folder: Path) -> None:
    """Create a private folder. Raises VaultError(DEVICE)."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise VaultError(Lock.DEVICE, what=folder.name) from error


def take_lock(path: Path, patience: float = 0.0) -> int:
    """Lock a file for this process and return its descriptor; closing it frees the lock.

    Raises VaultError(BUSY) if it is not free within `patience` seconds.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VaultError(Lock.DEVICE, what=path.name) from error
    until = time.monotonic() + patience
    while not _locked_now(descriptor):
        if time.monotonic() >= until:
            os.close(descriptor)
            raise VaultError(Lock.BUSY)
        time.sleep(_POLL)
    return descriptor


def _locked_now(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def locked(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock for a block. Raises VaultError(BUSY)."""
    descriptor = take_lock(path, patience)
    try:
        yield
    finally:
        os.close(descriptor)
