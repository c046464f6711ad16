"""What the officers should do now, by what went wrong: a finding or an error gives one advice."""

from __future__ import annotations

from enum import Enum, auto

from signer.core.errors import KinkoError, Lock, Malformed, Refused, Tampered, VaultError
from signer.core.finding import Code, Finding, stops


class Advice(Enum):
    """Kinds of advice; the sentences are in `words`."""

    ATTACK = auto()
    ASK_AGAIN = auto()
    CHECK_SETUP = auto()
    SCAN_AGAIN = auto()
    OTHER_OFFICER = auto()
    UPKEEP = auto()
    RETRY = auto()
    CEREMONY = auto()
    LOCKED = auto()


_ASK = frozenset(
    {
        Code.FEE_ABSOLUTE,
        Code.FEE_PERCENT,
        Code.FEE_RATE,
        Code.REQUEST_EXPIRED,
        Code.POLICY_DENIES,
        Code.PREVIOUS_MISSING,
        Code.INPUT_UNKNOWN_AMOUNT,
        Code.FIELD_UNKNOWN,
        Code.FIELD_PROPRIETARY,
        Code.ALREADY_FINAL,
        Code.OUTPUT_BURN,
        Code.OUTPUT_UNKNOWN_SCRIPT,
        Code.OUTPUTS_MISSING,
        Code.APPROVAL_STALE,
    }
)
_SETUP = frozenset(
    {Code.ACCOUNT_UNKNOWN, Code.NETWORK_WRONG, Code.REQUEST_FUTURE, Code.PREMISE, Code.FINDING_FORBIDDEN}
    | {Code.CEREMONY_UNSIGNED, Code.IMAGE_UNNAMED}
)
_OFFICER = frozenset(
    {
        Code.OFFICER_PREPARED,
        Code.OFFICER_TWICE,
        Code.OFFICER_UNKNOWN,
        Code.QUORUM_SITES,
        Code.QUORUM_ORGANISATIONS,
        Code.FACTORS_FEW,
    }
)
_UPKEEP = frozenset(
    {Code.WITNESS_STALE, Code.EXPORT_OVERDUE, Code.DRILL_OVERDUE, Code.DRILL_NEVER, Code.CLOCK_UNATTENDED}
)


def for_findings(findings: tuple[Finding, ...]) -> Advice:
    """The gravest advice among those of the findings that stop. What is not known to be harmless is an attack."""
    codes = {finding.code for finding in stops(findings)}
    if codes - _ASK - _SETUP - _OFFICER - _UPKEEP:
        return Advice.ATTACK
    if codes & _SETUP:
        return Advice.CHECK_SETUP
    if codes & _UPKEEP:
        return Advice.UPKEEP
    return Advice.OTHER_OFFICER if codes & _OFFICER else Advice.ASK_AGAIN


def for_error(error: KinkoError) -> Advice:
    """The advice for an error that ended a ceremony."""
    match error:
        case Malformed():
            return Advice.SCAN_AGAIN
        case Refused():
            return for_findings(error.findings)
        case VaultError(code=Lock.NO_VAULT | Lock.NO_SLOT | Lock.NO_KEY | Lock.NO_OFFICER):
            return Advice.CEREMONY
        case VaultError(code=Lock.LOCKED_OUT):
            return Advice.OTHER_OFFICER
        case Tampered():
            return Advice.LOCKED
        case _:
            return Advice.RETRY
