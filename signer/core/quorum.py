"""Officers, approvals, and the quorum that collects them: who has said yes to exactly these bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from signer.core.errors import Refused
from signer.core.finding import Code, Finding
from signer.core.lookalike import alike


def is_quorum(needed: int, holders: int) -> bool:
    """m of n with 2 <= m < n: nobody acts alone, and nobody who is missing blocks."""
    return 2 <= needed < holders


@dataclass(frozen=True, slots=True)
class Approval:
    """A statement of one officer: bound to the report's digest, the policy's version and the time (Unix seconds)."""

    officer: str
    digest: bytes
    policy_version: int
    at: int


@dataclass(frozen=True, slots=True)
class Quorum:
    """`needed` different officers out of `officers`, all about `digest`. The preparer is not one of them."""

    digest: bytes
    policy_version: int
    needed: int
    officers: frozenset[str]
    preparer: str = ""
    approvals: tuple[Approval, ...] = ()

    @property
    def complete(self) -> bool:
        return len(self.approvals) >= self.needed

    @property
    def missing(self) -> int:
        return max(0, self.needed - len(self.approvals))

    def prepared_by(self, officer: str) -> bool:
        """Whether the builder says that it was him, however it writes his name."""
        return alike(officer, self.preparer)

    def add(self, approval: Approval) -> Quorum:
        """The quorum with one more approval. Raises Refused, naming why it does not count."""
        problem = self._problem(approval)
        if problem is not None:
            raise Refused((Finding.of(problem, officer=approval.officer),))
        return replace(self, approvals=(*self.approvals, approval))

    def _problem(self, approval: Approval) -> Code | None:
        if approval.digest != self.digest or approval.policy_version != self.policy_version:
            return Code.APPROVAL_STALE
        if approval.officer not in self.officers:
            return Code.OFFICER_UNKNOWN
        if self.prepared_by(approval.officer):
            return Code.OFFICER_PREPARED
        if any(given.officer == approval.officer for given in self.approvals):
            return Code.OFFICER_TWICE
        return None
