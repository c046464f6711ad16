"""A witness's word on a journal's head: C2SP tlog-cosignature, the Ed25519 kind (cosignature/v1).

https://c2sp.org/tlog-cosignature: the witness says that at this time this was the largest consistent head it had seen
of the journal named in it. It is one more signature line under the checkpoint. Keys are someone else's work.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace

from signer.core.checkpoint import Checkpoint, Head, Sign, Signer, Verify
from signer.core.errors import Bad, Malformed

MAX_WITNESS_NAME = 128
_TYPE = b"\x04"
_WHAT = "witness"
_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Witness:
    """Whose cosignatures count: a name without spaces or plus signs, and an Ed25519 public key (32 bytes)."""

    name: str
    public_key: bytes

    @property
    def key_hash(self) -> bytes:
        """The four bytes by which a note names this key: not those of the same key as a journal's."""
        return hashlib.sha256(self.name.encode() + b"\n" + _TYPE + self.public_key).digest()[:4]

    @property
    def text(self) -> str:
        """As a C2SP verifier key (https://c2sp.org/signed-note): NAME+HASH+BASE64."""
        key = base64.b64encode(_TYPE + self.public_key).decode()
        return f"{self.name}+{self.key_hash.hex()}+{key}"

    @classmethod
    def parse(cls, text: str) -> Witness:
        """Read a verifier key. Raises Malformed."""
        name, _, rest = text.strip().partition("+")
        shown, _, encoded = rest.partition("+")
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Malformed(Bad.ENCODING, what=_WHAT) from error
        witness = cls(check_witness_name(name), data[1:])
        if len(data) != 33 or data[:1] != _TYPE:
            raise Malformed(Bad.UNSUPPORTED, what=_WHAT)
        if shown != witness.key_hash.hex():
            raise Malformed(Bad.CHECKSUM, what=_WHAT)
        return witness


def check_witness_name(name: str) -> str:
    """The name itself. Raises Malformed(VALUE) for one that no note can carry."""
    fits = 0 < len(name) <= MAX_WITNESS_NAME and name.isascii() and name.isprintable()
    if not fits or " " in name or "+" in name:
        raise Malformed(Bad.VALUE, what=_WHAT, limit=MAX_WITNESS_NAME)
    return name


def cosigned_message(head: Head, at: int) -> bytes:
    """What is signed. `at` is Unix seconds."""
    return f"cosignature/v1\ntime {at}\n{head.text}".encode()


def cosign(checkpoint: Checkpoint, witness: Witness, sign: Sign, at: int) -> Checkpoint:
    """The checkpoint with this witness's line at the end, and none of its older ones."""
    signature = sign(cosigned_message(checkpoint.head, at))
    line = Signer(witness.name, witness.key_hash, at.to_bytes(8, "big") + signature)
    others = tuple(s for s in checkpoint.signers if not _is_of(s, witness))
    return replace(checkpoint, signers=(*others, line))


def cosigned_at(checkpoint: Checkpoint, witness: Witness, verify: Verify) -> int | None:
    """When this witness cosigned this head, Unix seconds; None if it did not."""
    times = []
    for line in checkpoint.signers:
        if not _is_of(line, witness) or len(line.signature) != 72:
            continue
        at = int.from_bytes(line.signature[:8], "big")
        message = cosigned_message(checkpoint.head, at)
        if at <= _LATEST and verify(witness.public_key, message, line.signature[8:]):
            times.append(at)
    return max(times, default=None)


def _is_of(line: Signer, witness: Witness) -> bool:
    return (line.name, line.key_hash) == (witness.name, witness.key_hash)
