"""A witness's word on a journal's head: C2SP tlog-cosignature, the Ed25519 kind (cosignature/v1).

https://c2sp.org/tlog-cosignature: the witness says that at this time this was the largest consistent head it had seen
of the journal named in it. It is one more signature line under the checkpoint. Keys are someone else's work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from signer.core.checkpoint import (
    Checkpoint,
    Head,
    Sign,
    Signer,
    Verify,
    check_key_name,
    key_hash,
    read_key,
    write_key,
)

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
        return key_hash(self.name, self.public_key, _TYPE)

    @property
    def text(self) -> str:
        """As a C2SP verifier key (https://c2sp.org/signed-note): NAME+HASH+BASE64."""
        return write_key(self.name, self.public_key, _TYPE)

    @classmethod
    def parse(cls, text: str) -> Witness:
        """Read a verifier key. Raises Malformed."""
        return cls(*read_key(text, _TYPE, _WHAT))


def check_witness_name(name: str) -> str:
    """The name itself. Raises Malformed(VALUE) for one that no note can carry."""
    return check_key_name(name, _WHAT)


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
