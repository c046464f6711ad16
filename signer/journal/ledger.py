"""The journal's records, folded into what later judgements ask: what was enrolled, signed, witnessed, tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signer.core.cosignature import Witness
from signer.core.event import ASSET, Event, EventKind
from signer.core.record import Record

FOLDED = frozenset(
    {
        EventKind.ACCOUNT_ENROLLED,
        EventKind.BUILDER_ENROLLED,
        EventKind.SIGNED,
        EventKind.POLICY_CHANGED,
        EventKind.GENESIS,
        EventKind.CEREMONY,
        EventKind.EXPORTED,
        EventKind.WITNESS_ENROLLED,
        EventKind.WITNESSED,
        EventKind.ACCOUNT_RETIRED,
        EventKind.SPARE_NAMED,
    }
)
#: What a quorum agrees to, or somebody types in alone: only the first has officers.
_AGREED = frozenset({EventKind.ACCOUNT_ENROLLED, EventKind.BUILDER_ENROLLED})


@dataclass(slots=True)
class Ledger:
    """The journal's records, folded: who was enrolled, what was signed. `read` is how many records went in.

    `policies` is by version, (since when, digest): a change that the power cut short is made again under its version.
    """

    read: int = 0
    accounts: set[tuple[bytes, str]] = field(default_factory=set)
    builders: dict[bytes, str] = field(default_factory=dict)
    spent: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    moved: dict[str, list[tuple[int, str, int]]] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)
    sequences: dict[str, int] = field(default_factory=dict)
    policies: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    registered: set[bytes] = field(default_factory=set)
    drills: dict[bytes, int] = field(default_factory=dict)
    exported: int = 0
    witnesses: dict[str, Witness] = field(default_factory=dict)
    cosigned: dict[str, tuple[int, int]] = field(default_factory=dict)
    successors: dict[bytes, bytes] = field(default_factory=dict)
    spares: dict[bytes, bytes] = field(default_factory=dict)
    attended: int = 0
    named: dict[tuple[bytes, bytes], int] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        event = record.event
        details = dict(event.details)
        self._keep(record.number, event, details)
        if _attended(event, details):
            self.attended = event.at
        if event.kind in _AGREED and event.officers:
            self.registered.add(event.subject)
        if event.kind is EventKind.ACCOUNT_ENROLLED:
            self.accounts.add((event.subject, details.get("name", "")))
        elif event.kind is EventKind.BUILDER_ENROLLED:
            self.builders[event.subject] = details.get("name", "")
        elif event.kind is EventKind.POLICY_CHANGED:
            self.policies[_number(details.get("version", "0"))] = (event.at, event.subject)
        elif event.kind is EventKind.SIGNED:
            self._signed(event.at, details)

    def _keep(self, number: int, event: Event, details: Mapping[str, str]) -> None:
        """What the device's own keeping is judged by."""
        match event.kind:
            case EventKind.GENESIS if event.subject:
                self.drills[event.subject] = (
                    event.at
                )  # the ceremony reads the backup back before it concludes
            case EventKind.CEREMONY if details.get("state") == "concluded" and "drilled" in details:
                self.drills[bytes.fromhex(details["drilled"])] = event.at
            case EventKind.EXPORTED:
                self.exported = number
            case EventKind.WITNESS_ENROLLED:
                witness = Witness(details.get("name", ""), event.subject)
                self.witnesses[witness.name] = witness
            case EventKind.WITNESSED:
                word = _number(details.get("size", "0")), _number(details.get("time", "0"))
                name = details.get("name", "")
                self.cosigned[name] = max(word, self.cosigned.get(name, word))
            case EventKind.ACCOUNT_RETIRED:
                self._named(self.successors, event, details.get("successor", ""))
            case EventKind.SPARE_NAMED:
                self._named(self.spares, event, details.get("spare", ""))
            case _:
                pass

    def _named(self, kept: dict[bytes, bytes], event: Event, other: str) -> None:
        kept[event.subject] = bytes.fromhex(other)
        self.named[event.subject, kept[event.subject]] = event.at

    def _signed(self, at: int, details: Mapping[str, str]) -> None:
        units, sequence = _number(details.get("units", "0")), _number(details.get("sequence", "0"))
        if "refuge" not in details:  # what the owner only moved to safety uses up no limit of the coin
            self.spent.setdefault(details.get("account", ""), []).append((at, units))
        for name, value in details.items():
            if name.startswith(ASSET):
                row = (at, name.removeprefix(ASSET), _number(value))
                self.moved.setdefault(details.get("account", ""), []).append(row)
        if "request" in details:
            builder = details.get("builder", "")
            self.requests.add(details["request"])
            self.sequences[builder] = max(sequence, self.sequences.get(builder, -1))


def _attended(event: Event, details: Mapping[str, str]) -> bool:
    """Whether a quorum was here and proved it. A clock that was set counts from its new time on: the last record."""
    clock = (details.get("ceremony"), details.get("state")) == ("clock", "concluded")
    return event.kind is EventKind.SIGNED or (event.kind is EventKind.CEREMONY and clock)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 40 else 0
