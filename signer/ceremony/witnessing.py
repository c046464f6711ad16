"""Witnesses of the journal: its head goes out, their cosignatures come back, are checked and kept."""

from __future__ import annotations

import base64

from signer.ceremony.examine import CLOCK_SKEW, Desk
from signer.ceremony.ports import Journal
from signer.core.checkpoint import Checkpoint, Signer
from signer.core.cosignature import Witness, cosigned_at
from signer.core.errors import Bad, Malformed
from signer.core.event import Event, EventKind

#: The forms a checkpoint comes back in: as it went out, or without the proof before it.
_OUT = b"old "


def take_cosigned(desk: Desk, journal: Journal, note: bytes) -> tuple[tuple[Witness, int, int], ...]:
    """Read a checkpoint of this device that witnesses have cosigned, and journal what they said.

    Returns who cosigned how many records, and when (Unix seconds). Raises Malformed for another journal's checkpoint,
    for one no enrolled witness has cosigned, for a time that has not come; Tampered(JOURNAL) for a past this device
    does not have.
    """
    checkpoint = Checkpoint.from_bytes(note if note.startswith(_OUT) else b"old 0\n\n" + note)
    if desk.policies.unseen(checkpoint.to_bytes()) is None:
        raise Malformed(Bad.SIGNATURE, what="checkpoint of another device")
    upkeep, now, said = desk.policies.upkeep(), desk.clock.now(), []
    for witness in upkeep.witnesses:
        at = cosigned_at(checkpoint, witness, desk.verify_envelope)
        if at is None:
            continue
        if at > now + CLOCK_SKEW:
            raise Malformed(Bad.VALUE, what="time of the witness")
        said.append((witness, checkpoint.head.size, at))
    if not said:
        raise Malformed(Bad.SIGNATURE, what="no witness of this device")
    for witness, size, at in said:
        if (size, at) > upkeep.cosigned.get(witness.name, (-1, -1)):
            journal.append(_event(checkpoint, witness, at, now))
    return tuple(said)


def _event(checkpoint: Checkpoint, witness: Witness, at: int, now: int) -> Event:
    """With the signature itself, so that an auditor can check it again from the export alone."""
    line = next(line for line in checkpoint.signers if _says(line, witness, at))
    details = {
        "name": witness.name,
        "size": str(checkpoint.head.size),
        "time": str(at),
        "signature": base64.b64encode(line.signature[8:]).decode(),
    }
    return Event(EventKind.WITNESSED, now, (), checkpoint.head.root, tuple(sorted(details.items())))


def _says(line: Signer, witness: Witness, at: int) -> bool:
    named = (line.name, line.key_hash) == (witness.name, witness.key_hash)
    return named and line.signature[:8] == at.to_bytes(8, "big")
