"""Files in and out of commands: bounded reads, whole writes, secrets from a descriptor or a prompt."""

from __future__ import annotations

import getpass
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from signer.core.errors import Bad, Lock, Malformed, VaultError

MAX_FILE = 8 * 1024 * 1024
_MAX_SECRET = 1024


def read_input(name: str) -> bytes:
    """A file, or `-` for standard input. Raises Malformed if it is missing, empty or over 8 MiB."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise Malformed(Bad.UNREADABLE, what=error.strerror or "file") from error
    if not data:
        raise Malformed(Bad.EMPTY, what="file")
    if len(data) > MAX_FILE:
        raise Malformed(Bad.TOO_LARGE, what="file", limit=MAX_FILE)
    return data


def write_output(path: Path, data: bytes) -> None:
    """Write whole or not at all: a temporary neighbour, fsynced, renamed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise Malformed(Bad.UNWRITABLE, what=error.strerror or "file") from error


def check_output(path: Path) -> None:
    """Whether an answer could be written there, before anything is signed that could then not be given out."""
    if path.is_dir():
        raise Malformed(Bad.UNWRITABLE, what="it is a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise Malformed(Bad.UNWRITABLE, what=error.strerror or "file") from error


def read_secrets(officers: Sequence[str], descriptor: int | None, *, twice: bool = False) -> list[bytearray]:
    """One passphrase an officer: lines of a descriptor, or prompts without echo. The caller wipes them."""
    if descriptor is None:
        return [_prompt(officer, twice=twice) for officer in officers]
    try:
        lines = _read_lines(descriptor, len(officers))
    except OSError as error:
        raise Malformed(Bad.UNREADABLE, what="secret-fd") from error
    if len(lines) < len(officers):
        raise VaultError(Lock.TOO_FEW)
    return lines[: len(officers)]


def _read_lines(descriptor: int, count: int) -> list[bytearray]:
    lines, line = [], bytearray()
    for _ in range(count * _MAX_SECRET):
        byte = os.read(descriptor, 1)
        if byte in (b"\n", b""):
            if line or byte:
                lines.append(line)
            line = bytearray()
            if not byte or len(lines) == count:
                break
        else:
            line += byte
    return lines


def _prompt(officer: str, *, twice: bool) -> bytearray:
    secret = bytearray(getpass.getpass(f"Passphrase of {officer}: ").encode())
    if twice:
        again = bytearray(getpass.getpass(f"Passphrase of {officer}, again: ").encode())
        same = again == secret
        again[:] = bytes(len(again))
        if not same:
            raise VaultError(Lock.WRONG_FACTOR, officer=officer, left="?")
    return secret
