"""Officers prove themselves in a ceremony: who did is said in its transcript, who could not is in the journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from signer.ceremony.custody import Hall
from signer.core.errors import Lock, VaultError
from signer.core.event import EventKind
from signer.core.transcript import Transcript


class Door(Protocol):
    """An assembly or a signing session: where officers unlock."""

    def unlock(self, officer: str, secret: bytearray) -> None: ...


def prove(hall: Hall, door: Door, present: Mapping[str, bytearray], transcript: Transcript) -> Transcript:
    """Everybody in turn; the transcript then names them. Wipes every secret, also those that were not reached.

    Raises VaultError as `unlock` does, once the journal has it.
    """
    try:
        for officer, secret in present.items():
            _unlock(hall, door, officer, secret)
            transcript = transcript.say(f"present: {officer}")
    finally:
        for secret in present.values():
            secret[:] = bytes(len(secret))
    return transcript


def agreed(hall: Hall, officers: Collection[str], transcript: Transcript) -> Transcript:
    """Whether these are the quorum of every key on the device. Raises VaultError(TOO_FEW)."""
    slots = hall.custody.slots()
    if any(len(set(officers) & set(slot.officers)) < slot.threshold for slot in slots):
        raise VaultError(Lock.TOO_FEW)
    return transcript.say("agreed: by the quorum of every key on this device") if slots else transcript


def _unlock(hall: Hall, door: Door, officer: str, secret: bytearray) -> None:
    try:
        door.unlock(officer, secret)
    except VaultError as error:
        hall.record(EventKind.FACTOR_WRONG, (officer[:64],), b"", reason=str(error.code.value))
        raise
