"""The four families of error, by whose fault it is.

Raised deep with a code and arguments, never with a sentence: `core.words` turns them into words at the door.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signer.core.finding import Finding


class ExitStatus(IntEnum):
    """What both command lines exit with."""

    DONE = 0
    USAGE = 2
    REFUSED = 3
    MALFORMED = 4
    VAULT = 5
    TAMPERED = 6
    INCOMPLETE = 7


class Bad(StrEnum):
    """Why bytes from outside are not what they claim."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    TOO_DEEP = "too-deep"
    CHECKSUM = "checksum"
    ENCODING = "encoding"
    UNKNOWN_FORMAT = "unknown-format"
    UNSUPPORTED = "unsupported"
    DUPLICATE = "duplicate"
    TRAILING = "trailing"
    INCONSISTENT = "inconsistent"
    FIELD = "field"
    VALUE = "value"
    NETWORK = "network"
    DESCRIPTOR = "descriptor"
    ADDRESS = "address"
    SIGNATURE = "signature"
    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"


class Lock(StrEnum):
    """Why the vault did not open or did not sign."""

    NO_VAULT = "no-vault"
    NO_SLOT = "no-slot"
    NO_OFFICER = "no-officer"
    WRONG_FACTOR = "wrong-factor"
    LOCKED_OUT = "locked-out"
    TOO_FEW = "too-few-officers"
    WEAK_SECRET = "weak-secret"
    EXISTS = "exists"
    NO_KEY = "no-key-for-task"
    FAULT = "fault"
    CHILD = "child-failed"
    BUSY = "busy"
    TOKEN = "token"
    ENTROPY = "entropy"
    DEVICE = "device-secret"
    BACKUP = "backup-differs"
    TERM = "term-over"
    QUORUM = "quorum-unsound"


class Broken(StrEnum):
    """What does not add up."""

    JOURNAL = "journal"
    VAULT = "vault"
    IMAGE = "image"
    COUNTER = "counter"
    ACCOUNT = "account"
    POLICY = "policy"


class KinkoError(Exception):
    """Base of the four families. `code` says why, `details` fill the sentence."""

    exit_status = ExitStatus.USAGE

    def __init__(self, code: Enum, **details: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{self.code.value} ({shown})" if shown else str(self.code.value)


class Malformed(KinkoError):
    """Bytes from outside are not what they claim to be."""

    exit_status = ExitStatus.MALFORMED

    def __init__(self, code: Bad, **details: str | int) -> None:
        super().__init__(code, **details)


class Refused(KinkoError):
    """Understood, and not allowed. Carries every finding that says why."""

    exit_status = ExitStatus.REFUSED

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].code)
        self.findings = findings


class VaultError(KinkoError):
    """Keys or factors: wrong, missing, locked out, faulty."""

    exit_status = ExitStatus.VAULT

    def __init__(self, code: Lock, **details: str | int) -> None:
        super().__init__(code, **details)


class Tampered(KinkoError):
    """Journal, vault, image or counter does not add up; the appliance locks."""

    exit_status = ExitStatus.TAMPERED

    def __init__(self, code: Broken, **details: str | int) -> None:
        super().__init__(code, **details)
