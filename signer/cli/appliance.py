"""What the commands work on: the appliance's parts, wired by `signer/__main__.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from signer.ceremony.custody import Hall, PolicyStore
from signer.ceremony.ports import Builders, Camera, Keys
from signer.ceremony.register import Office
from signer.ceremony.signing import Bench


class Books(Protocol):
    """The journal as an auditor sees it."""

    @property
    def public_key(self) -> bytes:
        """The Ed25519 key of its heads, 32 bytes."""

    def verify(self) -> int:
        """How many records there are, all of them sound. Raises Tampered."""

    def export(self) -> bytes:
        """All records and the signed head, in the documented format."""

    def checkpoint(self) -> bytes: ...

    def since(self, size: int) -> bytes:
        """The signed head, proved to continue the tree of so many records. Raises Malformed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the self-check."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Appliance:
    """The whole device as the command line sees it."""

    bench: Bench
    keys: Keys
    books: Books
    builders: Builders
    policies: PolicyStore
    open_camera: Callable[[str], Camera]
    selfcheck: Callable[[], tuple[Check, ...]]
    hall: Callable[[bool], Hall]

    def office(self, development: bool) -> Office:
        """Where the quorum's decisions are kept."""
        return Office(self.hall(development), self.bench.desk, self.builders, self.policies)
