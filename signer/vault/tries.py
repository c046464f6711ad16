"""Wrong tries, counted on disk before each try: the lockout survives a kill and a reboot."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path

from signer.core.codec import decode, encode
from signer.core.errors import Broken, Lock, Malformed, Tampered, VaultError
from signer.storage.files import read_file, write_file

MAX_TRIES = 5


@dataclass(frozen=True, slots=True)
class Tries:
    """Counts by officer, under HMAC-SHA256 with a key of the device."""

    path: Path
    key: bytearray

    def begin(self, officer: str) -> int:
        """Count a try, durably; returns how many are left if this one is wrong. Raises VaultError(LOCKED_OUT)."""
        counts = self._read()
        used = counts.get(officer, 0)
        if used >= MAX_TRIES:
            raise VaultError(Lock.LOCKED_OUT, officer=officer)
        self.write({**counts, officer: used + 1})
        return MAX_TRIES - used - 1

    def clear(self, officer: str) -> None:
        """The try was right (or the quorum has appointed the officer anew)."""
        counts = self._read()
        counts.pop(officer, None)
        self.write(counts)

    def write(self, counts: dict[str, int]) -> None:
        body = encode([[name, count] for name, count in sorted(counts.items())])
        write_file(self.path, self._tag(body) + body)

    def _read(self) -> dict[str, int]:
        data = read_file(self.path)
        if data is None or not hmac.compare_digest(data[:32], self._tag(data[32:])):
            raise Tampered(Broken.VAULT, what=self.path.name)
        try:
            rows = decode(data[32:])
        except Malformed as error:
            raise Tampered(Broken.VAULT, what=self.path.name) from error
        counts: dict[str, int] = {}
        for row in rows if isinstance(rows, list) else []:
            match row:
                case [str() as name, int() as count]:
                    counts[name] = count
        return counts

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.key, b"kinko tries" + body, "sha256")
