"""A ceremony script as a document: the text, and under it who signed it, as a C2SP signed note.

https://c2sp.org/signed-note, the Ed25519 kind. What is signed begins with a comment, as only a script does: no
checkpoint and no cosignature that the same key may ever make is one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from signer.core.checkpoint import (
    DASH,
    ED25519,
    Sign,
    Signer,
    Verify,
    key_hash,
    read_key,
    read_signer,
    write_key,
)
from signer.core.errors import Bad, Malformed
from signer.core.fingerprint import spoken

MAX_PREPARED = 512 * 1024
MAX_SIGNERS = 16
_WHAT = "script"
_PREPARER = "preparer"


@dataclass(frozen=True, slots=True)
class Preparer:
    """Who prepares ceremonies: a name without spaces or plus signs, and an Ed25519 public key (32 bytes)."""

    name: str
    public_key: bytes

    @property
    def text(self) -> str:
        """As a C2SP verifier key: NAME+HASH+BASE64."""
        return write_key(self.name, self.public_key, ED25519)

    @classmethod
    def parse(cls, text: str) -> Preparer:
        """Read a verifier key. Raises Malformed."""
        return cls(*read_key(text, ED25519, _PREPARER))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A script as it came. The signatures under it are believed by nobody yet."""

    text: str
    signers: tuple[Signer, ...] = ()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text, 32 bytes: the same whoever signed it."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def words(self) -> tuple[str, ...]:
        """The digest as words, to be read aloud."""
        return spoken(self.digest)

    def signed_by(self, preparer: Preparer, verify: Verify) -> bool:
        """Whether the preparer's key has signed exactly this text."""
        wanted = preparer.name, key_hash(preparer.name, preparer.public_key)
        lines = [line for line in self.signers if (line.name, line.key_hash) == wanted]
        message = self.text.encode()
        return any(verify(preparer.public_key, message, line.signature) for line in lines)

    def sign(self, preparer: Preparer, sign: Sign) -> Prepared:
        """With one more signature, in the place of an older one by the same key.

        Raises Malformed for a text that no note can carry, or does not begin with a comment.
        """
        printable = all(line.isprintable() for line in self.text.split("\n"))
        if not self.text.startswith("#") or not self.text.endswith("\n") or not printable:
            raise Malformed(Bad.FIELD, what=_WHAT)
        made = Signer(preparer.name, key_hash(preparer.name, preparer.public_key), sign(self.text.encode()))
        others = [s for s in self.signers if (s.name, s.key_hash) != (made.name, made.key_hash)]
        return replace(self, signers=(*others, made))

    def to_bytes(self) -> bytes:
        lines = "".join(signer.line for signer in self.signers)
        return f"{self.text}\n{lines}".encode() if lines else self.text.encode()


def read_prepared(data: bytes) -> Prepared:
    """A script with or without signatures: those are the lines after the last empty one that begin with a dash.

    Raises Malformed.
    """
    if len(data) > MAX_PREPARED:
        raise Malformed(Bad.TOO_LARGE, what=_WHAT, limit=MAX_PREPARED)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(Bad.ENCODING, what=_WHAT) from error
    body, found, lines = text.rpartition(f"\n\n{DASH}")
    if not found:
        return Prepared(text)
    signers = f"{DASH}{lines}".removesuffix("\n").split("\n")
    if len(signers) > MAX_SIGNERS:
        raise Malformed(Bad.TOO_MANY, what=_WHAT, limit=MAX_SIGNERS)
    return Prepared(body + "\n", tuple(read_signer(line) for line in signers))
