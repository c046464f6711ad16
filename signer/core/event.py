"""What the journal is told: one event an attempt, successes and failures alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: What the name of a detail of a SIGNED event begins with that says how much of another asset left.
ASSET = "asset "


class EventKind(StrEnum):
    """What happened. The words are part of the journal's format: never renamed, only added to."""

    GENESIS = "genesis"
    ACCOUNT_ENROLLED = "account-enrolled"
    BUILDER_ENROLLED = "builder-enrolled"
    POLICY_CHANGED = "policy-changed"
    OFFICER_CHANGED = "officer-changed"
    REVIEWED = "reviewed"
    REFUSED = "refused"
    DECLINED = "declined"
    APPROVED = "approved"
    FACTOR_WRONG = "factor-wrong"
    SIGNING = "signing"
    SIGNED = "signed"
    FAULT = "fault"
    EXPORTED = "exported"
    CEREMONY = "ceremony"
    WITNESS_ENROLLED = "witness-enrolled"
    WITNESSED = "witnessed"
    ACCOUNT_RETIRED = "account-retired"
    SPARE_NAMED = "spare-named"
    STARTED = "started"


@dataclass(frozen=True, slots=True)
class Event:
    """`subject` is the digest of what it is about (32 bytes or empty); `details` are names and short values."""

    kind: EventKind
    at: int
    officers: tuple[str, ...] = ()
    subject: bytes = b""
    details: tuple[tuple[str, str], ...] = ()
