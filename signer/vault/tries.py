"""Wrong tries, counted on disk before each try: the lockout survives a kill, a reboot and an older copy of the file."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path

from signer.core.codec import decode, encode
from signer.core.errors import Broken, Lock, Malformed, Tampered, VaultError
from signer.storage.files import read_file, write_file
from signer.vault.secret import Counter

MAX_TRIES = 5


@dataclass(frozen=True, slots=True)
class Tries:
    """Counts by officer, under HMAC-SHA256 with a key of the device, numbered by a counter that cannot go back."""

    path: Path
    key: bytearray
    counter: Counter

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
        """Replace the counts. The counter goes up last: a power cut between leaves the file one ahead."""
        number = self.counter.count() + 1
        body = encode([number, [[name, count] for name, count in sorted(counts.items())]])
        write_file(self.path, self._tag(body) + body)
        self.counter.advance(number)

    def _read(self) -> dict[str, int]:
        data = read_file(self.path)
        if data is None or not hmac.compare_digest(data[:32], self._tag(data[32:])):
            raise Tampered(Broken.VAULT, what=self.path.name)
        try:
            value = decode(data[32:])
        except Malformed as error:
            raise Tampered(Broken.VAULT, what=self.path.name) from error
        match value:
            case [int() as number, list() as rows]:
                self._check(number)
            case _:
                raise Tampered(Broken.VAULT, what=self.path.name)
        counts: dict[str, int] = {}
        for row in rows:
            match row:
                case [str() as name, int() as count]:
                    counts[name] = count
        return counts

    def _check(self, number: int) -> None:
        """An older copy would give the tries back. Raises Tampered(COUNTER)."""
        count = self.counter.count()
        if number not in (count, count + 1):
            raise Tampered(Broken.COUNTER, what=f"{self.path.name}: {number} < {count}")
        self.counter.advance(number)

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.key, b"kinko tries" + body, "sha256")
