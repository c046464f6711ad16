"""Time that never goes back: the system's clock, held at the latest time ever seen on this device.

The file is under a device key, so nobody writes it elsewhere. An older copy of it, or none, gives back no time that
matters: the clock never stands before the journal's last record, and the journal cannot be wound back unseen.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from signer.core.errors import Broken, Tampered
from signer.storage.files import locked, make_folder, read_file, write_file

_GRAIN = 10
_TAG_BYTES = 32
_PATIENCE = 10.0


@dataclass(slots=True)
class FileClock:
    """The ceremonies' Clock. The latest time is kept in a file, written at most once every ten seconds of it.

    `key` is the device's own, 32 bytes; `floor()` the time of the journal's last record, asked once.
    """

    path: Path
    key: bytearray = field(repr=False)
    floor: Callable[[], int]
    system: Callable[[], float] = time.time
    _latest: int = field(default=-1, init=False)
    _written: int = field(default=-1, init=False)
    _ahead: int = field(default=0, init=False)  # of the system's clock, since officers set it

    def now(self) -> int:
        """See ports.Clock. Raises Tampered(COUNTER) if the file is another device's, VaultError(DEVICE or BUSY)."""
        if self._latest < 0:
            self._written = self._read()
            self._latest = max(self._written, self.floor())
        self._latest = max(self._latest, int(self.system()) + self._ahead)
        if self._latest >= self._written + _GRAIN:
            self._write()
        return self._latest

    def _write(self) -> None:
        """Other processes of this device keep the same file: the latest of all of them stays in it."""
        make_folder(self.path.parent)
        with locked(self.path.with_name(f"{self.path.name}.lock"), _PATIENCE):
            self._latest = max(self._latest, self._read())
            body = str(self._latest).encode()
            write_file(self.path, self._tag(body) + body)
            self._written = self._latest

    def adjust(self, to: int) -> None:
        """Go on from `to`, as long as this process lives; an earlier time changes nothing. Raises as `now`."""
        self._ahead = max(self._ahead, to - int(self.system()))
        self.now()

    def _read(self) -> int:
        data = read_file(self.path)
        if data is None:
            return 0
        tag, body = data[:_TAG_BYTES], data[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(body)) or not body.isdigit() or len(body) > 12:
            raise Tampered(Broken.COUNTER, what="clock")
        return int(body)

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.key, b"kinko clock" + body, "sha256")
