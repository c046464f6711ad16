"""What each ceremony has to be told beforehand, and the script that comes of it. Nothing here is secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CeremonyKind(StrEnum):
    """The ceremonies a screen can hold."""

    GENESIS = "genesis"
    CHECK = "check"
    DRILL = "drill"
    READ_BACK = "read-back"
    REPLACE = "replace"
    REVOKE = "revoke"
    RESTORE = "restore"
    KEY = "key"
    FORM = "form"
    ACCOUNT = "account"
    SUCCESSOR = "successor"
    SPARE = "spare"
    BUILDER = "builder"
    POLICY = "policy"
    WITNESS = "witness"
    COSIGNED = "cosigned"
    CONTROL = "control"
    SCRIPT = "script"
    CLOCK = "clock"
    DECOMMISSION = "decommission"
    WIPE = "wipe"


class Blank(StrEnum):
    """What is filled in."""

    WITNESSES = "witnesses"
    OFFICERS = "officers"
    KEY = "key"
    THRESHOLD = "threshold"
    BACKUP = "backup"
    PRESENT = "present"
    AGREEING = "agreeing"
    LEAVING = "leaving"
    COMING = "coming"
    ORIGIN = "origin"
    FINGERPRINT = "fingerprint"
    OPERATOR = "operator"
    MEDIUM = "medium"
    PATH = "path"
    NAME = "name"
    NETWORK = "network"
    SIGNATURES = "signatures"
    KEYS = "keys"
    SUCCEEDED = "succeeded"
    INDEX = "index"
    MOMENT = "moment"


BLANKS: Final[Mapping[CeremonyKind, tuple[Blank, ...]]] = MappingProxyType(
    {
        CeremonyKind.GENESIS: (
            Blank.WITNESSES,
            Blank.OFFICERS,
            Blank.KEY,
            Blank.THRESHOLD,
            Blank.BACKUP,
            Blank.AGREEING,
        ),
        CeremonyKind.CHECK: (Blank.WITNESSES, Blank.KEY, Blank.PRESENT),
        CeremonyKind.DRILL: (Blank.WITNESSES, Blank.KEY, Blank.ORIGIN),
        CeremonyKind.READ_BACK: (Blank.WITNESSES, Blank.FINGERPRINT, Blank.ORIGIN),
        CeremonyKind.REPLACE: (Blank.WITNESSES, Blank.LEAVING, Blank.COMING, Blank.PRESENT),
        CeremonyKind.REVOKE: (Blank.WITNESSES, Blank.LEAVING, Blank.PRESENT),
        CeremonyKind.RESTORE: (
            Blank.WITNESSES,
            Blank.KEY,
            Blank.THRESHOLD,
            Blank.FINGERPRINT,
            Blank.ORIGIN,
            Blank.OFFICERS,
        ),
        CeremonyKind.KEY: (Blank.WITNESSES, Blank.KEY, Blank.PATH, Blank.PRESENT),
        CeremonyKind.FORM: (
            Blank.WITNESSES,
            Blank.NAME,
            Blank.SIGNATURES,
            Blank.KEYS,
            Blank.NETWORK,
            Blank.PRESENT,
        ),
        CeremonyKind.ACCOUNT: (Blank.WITNESSES, Blank.NAME, Blank.NETWORK, Blank.PRESENT),
        CeremonyKind.SUCCESSOR: (Blank.WITNESSES, Blank.SUCCEEDED, Blank.NAME, Blank.PRESENT),
        CeremonyKind.SPARE: (Blank.WITNESSES, Blank.SUCCEEDED, Blank.NAME, Blank.PRESENT),
        CeremonyKind.BUILDER: (Blank.WITNESSES, Blank.NAME, Blank.PRESENT),
        CeremonyKind.POLICY: (Blank.WITNESSES, Blank.PRESENT),
        CeremonyKind.WITNESS: (Blank.WITNESSES, Blank.PRESENT),
        CeremonyKind.COSIGNED: (Blank.WITNESSES,),
        CeremonyKind.CONTROL: (Blank.WITNESSES, Blank.NAME, Blank.INDEX, Blank.PRESENT),
        CeremonyKind.CLOCK: (Blank.WITNESSES, Blank.MOMENT, Blank.AGREEING),
        CeremonyKind.SCRIPT: (),  # it comes whole, by camera
        CeremonyKind.DECOMMISSION: (Blank.WITNESSES, Blank.OPERATOR, Blank.MEDIUM, Blank.PRESENT),
        CeremonyKind.WIPE: (Blank.WITNESSES, Blank.OPERATOR, Blank.MEDIUM, Blank.PRESENT),
    }
)

#: What stands in a blank at first.
USUAL: Final[Mapping[Blank, str]] = MappingProxyType(
    {
        Blank.KEY: "main",
        Blank.THRESHOLD: "2",
        Blank.BACKUP: "1:2/3",
        Blank.ORIGIN: "shares",
        Blank.PATH: "48h/0h/0h/2h",
        Blank.SIGNATURES: "2",
        Blank.KEYS: "3",
        Blank.NETWORK: "bitcoin:mainnet",
        Blank.INDEX: "0",
    }
)
_LISTS: Final = frozenset({Blank.WITNESSES, Blank.OFFICERS, Blank.PRESENT, Blank.AGREEING})
_OPTIONAL: Final = frozenset({Blank.WITNESSES, Blank.BACKUP, Blank.AGREEING})
#: A device without keys has no officers who could agree to its wiping.
_NO_KEYS: Final = (CeremonyKind.WIPE, Blank.PRESENT)


def missing(kind: CeremonyKind, values: Mapping[Blank, str]) -> Blank | None:
    """The first blank that must not be empty, or holds more than one word where one is asked for."""
    for blank in BLANKS[kind]:
        words = _words(values.get(blank, ""))
        if not words and blank not in _OPTIONAL and (kind, blank) != _NO_KEYS:
            return blank
        if len(words) > 1 and blank not in _LISTS and blank is not Blank.BACKUP:
            return blank
    return None


def script(kind: CeremonyKind, values: Mapping[Blank, str]) -> str:
    """The ceremony as a script (docs/reference/ceremony-scripts.md)."""
    told = {blank: " ".join(_words(values.get(blank, ""))) for blank in Blank}
    witnesses = [f"witness {told[Blank.WITNESSES]}"] if told[Blank.WITNESSES] else []
    return "\n".join([*witnesses, *_body(kind, told), ""])


def _body(kind: CeremonyKind, told: Mapping[Blank, str]) -> list[str]:
    match kind:
        case CeremonyKind.GENESIS:
            return _genesis(told)
        case CeremonyKind.CHECK:
            return [f"check {told[Blank.KEY]} {told[Blank.PRESENT]}"]
        case CeremonyKind.DRILL | CeremonyKind.READ_BACK:
            which = told[Blank.KEY if kind is CeremonyKind.DRILL else Blank.FINGERPRINT]
            return [f"{kind.value} {which} {told[Blank.ORIGIN]}"]
        case CeremonyKind.REPLACE:
            return [f"replace {told[Blank.LEAVING]} {told[Blank.COMING]} {told[Blank.PRESENT]}"]
        case CeremonyKind.REVOKE:
            return [f"revoke {told[Blank.LEAVING]} {told[Blank.PRESENT]}"]
        case CeremonyKind.RESTORE:
            how = f"{told[Blank.FINGERPRINT]} {told[Blank.ORIGIN]} {told[Blank.OFFICERS]}"
            return [f"restore {told[Blank.KEY]} {told[Blank.THRESHOLD]} {how}"]
        case CeremonyKind.KEY:
            return [f"key {told[Blank.KEY]} {told[Blank.PATH]} {told[Blank.PRESENT]}"]
        case CeremonyKind.COSIGNED:
            return ["cosigned"]
        case CeremonyKind.CONTROL:
            return [f"control {told[Blank.NAME]} {told[Blank.INDEX]} {told[Blank.PRESENT]}"]
        case CeremonyKind.CLOCK:
            return [f"clock {told[Blank.MOMENT]} {told[Blank.AGREEING]}".rstrip()]
        case CeremonyKind.WIPE | CeremonyKind.DECOMMISSION:
            return [f"{kind.value} {told[Blank.OPERATOR]} {told[Blank.MEDIUM]} {told[Blank.PRESENT]}"]
        case _:
            return [_proposal(kind, told), f"agree {told[Blank.PRESENT]}"]


def _proposal(kind: CeremonyKind, told: Mapping[Blank, str]) -> str:
    """The first line of what a quorum then agrees to."""
    name = told[Blank.NAME]
    match kind:
        case CeremonyKind.FORM:
            return f"form {name} {told[Blank.SIGNATURES]} {told[Blank.KEYS]} {told[Blank.NETWORK]}"
        case CeremonyKind.ACCOUNT:
            return f"account {name} {told[Blank.NETWORK]}"
        case CeremonyKind.SUCCESSOR | CeremonyKind.SPARE:
            return f"{kind.value} {told[Blank.SUCCEEDED]} {name}"
        case CeremonyKind.BUILDER:
            return f"builder {name}"
        case CeremonyKind.WITNESS:
            return "witness-key"
        case _:
            return kind.value


def _genesis(told: Mapping[Blank, str]) -> list[str]:
    plan = told[Blank.BACKUP].replace(" ", ",")
    return [
        f"genesis {told[Blank.AGREEING]}".strip(),
        *(f"officer {name}" for name in told[Blank.OFFICERS].split()),
        "gather",
        "dice",
        f"make {told[Blank.KEY]} {told[Blank.THRESHOLD]}" + (f" backup={plan}" if plan else ""),
        "write-down",
        "prove shares" if plan else "prove words",
        "attest",
        "conclude",
    ]


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,、]+", text) if word]
