"""Time that never goes back: the system's clock, held at the latest time ever seen on this device."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from signer.core.errors import Broken, Tampered
from signer.storage.files import make_folder, read_file, write_file

_GRAIN = 10


@dataclass(slots=True)
class FileClock:
    """The ceremonies' Clock. The latest time is kept in a file, written at most once every ten seconds of it."""

    path: Path
    system: Callable[[], float] = time.time
    _latest: int = field(default=-1, init=False)
    _written: int = field(default=-1, init=False)

    def now(self) -> int:
        """See ports.Clock. Raises Tampered(COUNTER) if the file holds no time, VaultError(DEVICE) if unwritable."""
        if self._latest < 0:
            self._latest = self._written = self._read()
        self._latest = max(self._latest, int(self.system()))
        if self._latest >= self._written + _GRAIN:
            make_folder(self.path.parent)
            write_file(self.path, str(self._latest).encode())
            self._written = self._latest
        return self._latest

    def _read(self) -> int:
        data = read_file(self.path)
        if data is None:
            return 0
        if not data.isdigit() or len(data) > 12:
            raise Tampered(Broken.COUNTER, what="clock")
        return int(data)
