"""The signed head of a journal as text: C2SP tlog-checkpoint in a C2SP signed note, with a consistency proof before it.

https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note; the proof's form is the request of
https://c2sp.org/tlog-witness. The keys are someone else's work: signing and verifying come in as functions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from signer.core.errors import Bad, Malformed
from signer.core.merkle import MAX_PROOF, is_consistent

MAX_CHECKPOINT = 4096
MAX_KEY_NAME = 128
_WHAT = "checkpoint"
ED25519 = b"\x01"
DASH = "— "

Sign: TypeAlias = Callable[[bytes], bytes]
Verify: TypeAlias = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class Head:
    """Which journal (`origin`, a name without spaces), how many records, and the root of their tree (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """One signature line of a note: name, key hash (4 bytes), what the key made."""

    name: str
    key_hash: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands in a note, with its line feed."""
        return f"{DASH}{self.name} {base64.b64encode(self.key_hash + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head with its signatures, and a proof that a tree of `old` records is the beginning of it."""

    head: Head
    signers: tuple[Signer, ...]
    old: int = 0
    proof: tuple[bytes, ...] = ()

    def signed_by(self, name: str, public_key: bytes, verify: Verify) -> bool:
        """Whether a line of this name is this Ed25519 key's (32 bytes): `verify(public_key, message, signature)`."""
        wanted = key_hash(name, public_key)
        lines = [line for line in self.signers if (line.name, line.key_hash) == (name, wanted)]
        return any(verify(public_key, self.head.text.encode(), line.signature) for line in lines)

    def follows(self, head: Head) -> bool:
        """Whether the proof shows that `head` is an earlier state of the same journal."""
        if head.origin != self.head.origin or head.size != self.old:
            return False
        return is_consistent(head.size, head.root, self.head.size, self.head.root, self.proof)

    def to_bytes(self) -> bytes:
        proof = "".join(base64.b64encode(step).decode() + "\n" for step in self.proof)
        lines = "".join(line.line for line in self.signers)
        return f"old {self.old}\n{proof}\n{self.head.text}\n{lines}".encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Checkpoint:
        """Read, without believing a word of it yet. Raises Malformed."""
        if len(data) > MAX_CHECKPOINT:
            raise Malformed(Bad.TOO_LARGE, what=_WHAT, limit=MAX_CHECKPOINT)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(Bad.ENCODING, what=_WHAT) from error
        parts = text.split("\n\n")
        if len(parts) != 3 or not text.endswith("\n"):
            raise Malformed(Bad.FIELD, what=_WHAT)
        old, *proof = parts[0].split("\n")
        if len(proof) > MAX_PROOF or not old.startswith("old "):
            raise Malformed(Bad.FIELD, what=_WHAT)
        signers = tuple(read_signer(line) for line in parts[2][:-1].split("\n"))
        steps = tuple(_base64(step, 32) for step in proof)
        return cls(_head(parts[1]), signers, _number(old.removeprefix("old ")), steps)


def key_hash(name: str, public_key: bytes, kind: bytes = ED25519) -> bytes:
    """The four bytes by which a note names an Ed25519 key. `kind` is what the key is for, one byte."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def write_key(name: str, public_key: bytes, kind: bytes) -> str:
    """A verifier key: NAME+HASH+BASE64."""
    key = base64.b64encode(kind + public_key).decode()
    return f"{name}+{key_hash(name, public_key, kind).hex()}+{key}"


def read_key(text: str, kind: bytes, what: str) -> tuple[str, bytes]:
    """Name and public key (32 bytes) of a verifier key. Raises Malformed, about `what`."""
    name, _, rest = text.strip().partition("+")
    shown, _, encoded = rest.partition("+")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(Bad.ENCODING, what=what) from error
    check_key_name(name, what)
    if len(data) != 33 or data[:1] != kind:
        raise Malformed(Bad.UNSUPPORTED, what=what)
    if shown != key_hash(name, data[1:], kind).hex():
        raise Malformed(Bad.CHECKSUM, what=what)
    return name, data[1:]


def check_key_name(name: str, what: str) -> str:
    """The name itself. Raises Malformed(VALUE) for one that no note can carry."""
    fits = 0 < len(name) <= MAX_KEY_NAME and name.isascii() and name.isprintable()
    if not fits or " " in name or "+" in name:
        raise Malformed(Bad.VALUE, what=what, limit=MAX_KEY_NAME)
    return name


def sign_head(
    head: Head, public_key: bytes, sign: Sign, old: int = 0, proof: tuple[bytes, ...] = ()
) -> Checkpoint:
    """A checkpoint signed by the journal's own key, under the journal's own name."""
    signature = sign(head.text.encode())
    return Checkpoint(head, (Signer(head.origin, key_hash(head.origin, public_key), signature),), old, proof)


def _head(text: str) -> Head:
    match text.split("\n"):
        case [origin, size, root] if (
            origin and origin.isprintable() and " " not in origin and "+" not in origin
        ):
            return Head(origin, _number(size), _base64(root, 32))
    raise Malformed(Bad.FIELD, what=_WHAT)


def read_signer(line: str) -> Signer:
    """A signature line of a note, without its line feed. Raises Malformed."""
    match line.removeprefix(DASH).split(" "):
        case [name, blob] if line.startswith(DASH) and name.isprintable() and name:
            data = _base64(blob)
            if 4 < len(data) <= 256:
                return Signer(name, data[:4], data[4:])
    raise Malformed(Bad.SIGNATURE, what=_WHAT)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18 or (text[0] == "0" and text != "0"):
        raise Malformed(Bad.VALUE, what=_WHAT)
    return int(text)


def _base64(text: str, length: int = 0) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(Bad.ENCODING, what=_WHAT) from error
    if (length and len(data) != length) or base64.b64encode(data).decode() != text:
        raise Malformed(Bad.ENCODING, what=_WHAT)
    return data
