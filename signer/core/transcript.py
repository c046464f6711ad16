"""What a ceremony leaves behind on paper: everything that happened but the secrets, and a hash that everybody signs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from signer.core.fingerprint import spoken


@dataclass(frozen=True, slots=True)
class Transcript:
    """Numbered lines under a title. Only what witnesses may see goes in."""

    title: str
    lines: tuple[str, ...] = ()

    def say(self, line: str) -> Transcript:
        """The transcript with one more line; line breaks and control characters in it become question marks."""
        clean = "".join(character if character.isprintable() else "?" for character in line)
        return replace(self, lines=(*self.lines, clean))

    @property
    def text(self) -> str:
        rows = [f"{number:3}  {line}" for number, line in enumerate(self.lines, 1)]
        return "\n".join([self.title, *rows, ""])

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text, 32 bytes."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def words(self) -> tuple[str, ...]:
        """The digest as words, to be read aloud."""
        return spoken(self.digest)
