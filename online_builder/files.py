"""Files in and out of commands: bounded reads, whole writes."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from signer.core.errors import Bad, Malformed

MAX_FILE: Final = 8 * 1024 * 1024


def read_input(name: str) -> bytes:
    """A file, or `-` for standard input. Raises Malformed if it is missing, empty or over 8 MiB."""
    return read_large(name, MAX_FILE)


def read_large(name: str, limit: int) -> bytes:
    """The same with a limit of its own."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(limit + 1)
    except OSError as error:
        raise Malformed(Bad.UNREADABLE, what=error.strerror or "file") from error
    if not data or len(data) > limit:
        raise Malformed(Bad.TOO_LARGE if data else Bad.EMPTY, what="file", limit=limit)
    return data


def write_output(path: Path, data: bytes) -> None:
    """Whole or not at all: a temporary neighbour, fsynced, renamed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise Malformed(Bad.UNWRITABLE, what=error.strerror or "file") from error
