"""Signing, one frozen type a stage: Scanning -> Review -> Approved -> Signed. Each has only the verbs legal there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from signer.ceremony.examine import Desk, Examined, examine, forbidden_since, is_superseded
from signer.ceremony.ports import Journal, SigningSession, Vault, VerifySignature
from signer.core.errors import KinkoError, Lock, Malformed, Refused, VaultError
from signer.core.event import ASSET, Event, EventKind
from signer.core.finding import Code, Finding, stops
from signer.core.fingerprint import spoken
from signer.core.quorum import Approval, Quorum
from signer.core.request import SpendResponse
from signer.core.slot import Slot
from signer.core.standing import factor_findings, place_findings
from signer.core.task import Signature, Task
from signer.wire.values import Dialect, Kind, Payload


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything a signature needs from the world."""

    desk: Desk
    vault: Vault
    journal: Journal
    verify: VerifySignature

    def record(self, kind: EventKind, examined: Examined, *officers: str, **details: str) -> None:
        """Write one event about this question. What cannot be recorded does not happen."""
        event = Event(
            kind, self.desk.clock.now(), officers, examined.asked.subject, tuple(sorted(details.items()))
        )
        self.journal.append(event)


@dataclass(frozen=True, slots=True)
class Scanning:
    """Nothing read yet."""

    bench: Bench

    def receive(self, payload: Payload, dialect: Dialect, account_name: str = "") -> Review:
        """Read and judge a payload. Raises Malformed or Refused.

        A report with STOP findings is a Review that cannot be approved.
        """
        try:
            examined = examine(self.bench.desk, payload, account_name)
        except (Malformed, Refused) as error:
            self._refused(payload, error)
            raise
        kind = EventKind.REVIEWED if examined.verdict.allowed else EventKind.REFUSED
        findings = ",".join(sorted({f.code.label for f in _all_findings(examined)}))
        self.bench.record(kind, examined, account=examined.account.name, findings=findings)
        return Review(
            self.bench,
            examined,
            dialect,
            _eligible(self.bench.vault, examined),
            _quorum(self.bench, examined),
        )

    def _refused(self, payload: Payload, error: Malformed | Refused) -> None:
        """What could not even be reviewed was tried all the same."""
        reason = error.findings[0].code.label if isinstance(error, Refused) else str(error.code.value)
        details = (("bytes", str(len(payload.data))), ("reason", reason))
        subject = hashlib.sha256(payload.data).digest()
        self.bench.journal.append(Event(EventKind.REFUSED, self.bench.desk.clock.now(), (), subject, details))


@dataclass(frozen=True, slots=True)
class Review:
    """Read, judged, shown. Officers approve one after the other, each proving himself."""

    bench: Bench
    examined: Examined
    dialect: Dialect
    slots: tuple[Slot, ...]
    quorum: Quorum
    session: SigningSession | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The fingerprint words, to be compared with the builder's."""
        return spoken(self.examined.asked.subject)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The report's and the policy's together, gravest first."""
        return tuple(sorted(_all_findings(self.examined), key=lambda finding: -finding.severity))

    def approve(self, officer: str, secret: bytearray) -> Review | Approved:
        """One officer says yes and unlocks his share. Wipes `secret`.

        Raises Refused (verdict, preparer, twice, stranger) or VaultError (wrong factor, locked out, no key here).
        """
        try:
            review = self._approved_by(officer, secret)
        finally:
            secret[:] = bytes(len(secret))
        return Approved(review) if review.quorum.complete and _openable(review) else review

    def decline(self, officer: str = "") -> Declined:
        """Say no. Always possible."""
        if self.session is not None:
            self.session.close()
        self.bench.record(EventKind.DECLINED, self.examined, *([officer] if officer else []))
        return Declined(self.bench, self.examined)

    def _approved_by(self, officer: str, secret: bytearray) -> Review:
        if not self.examined.verdict.allowed:
            raise Refused(stops(_all_findings(self.examined)))
        if not self.slots:
            raise VaultError(Lock.NO_KEY)
        clock = self.bench.desk.clock
        approval = Approval(officer, self.quorum.digest, self.quorum.policy_version, clock.now())
        quorum = self.quorum.add(approval)
        weak = factor_findings(self.bench.vault.officers(), officer, self.examined.verdict.kinds)
        if weak:
            self.bench.record(EventKind.REFUSED, self.examined, officer, findings=weak[0].code.label)
            raise Refused(weak)
        session = self.session or self.bench.vault.session()
        try:
            session.unlock(officer, secret)
        except VaultError as error:
            if self.session is None:
                session.close()
            self.bench.record(EventKind.FACTOR_WRONG, self.examined, officer, reason=str(error.code.value))
            raise
        self.bench.record(EventKind.APPROVED, self.examined, officer, policy=str(quorum.policy_version))
        return replace(self, quorum=quorum, session=session)


@dataclass(frozen=True, slots=True)
class Approved:
    """Enough officers have said yes to exactly these bytes."""

    review: Review

    @property
    def flags(self) -> tuple[Finding, ...]:
        """What is to be said of these officers together: all of one site, or fewer sites than the policy wants."""
        given = {approval.officer for approval in self.review.quorum.approvals}
        officers = [officer for officer in self.review.bench.vault.officers() if officer.name in given]
        verdict = self.review.examined.verdict
        return place_findings(officers, verdict.sites, verdict.organisations)

    def approve(self, officer: str, secret: bytearray) -> Approved:
        """A further officer of this device, beyond what is needed, so that his key signs too."""
        further = self.review.approve(officer, secret)
        return further if isinstance(further, Approved) else self

    def decline(self, officer: str = "") -> Declined:
        return self.review.decline(officer)

    def sign(self) -> Signed:
        """Record, sign, verify with the second library, attach, record. Raises VaultError, Refused, Tampered."""
        session = self.review.session
        if session is None:
            raise VaultError(Lock.TOO_FEW)
        try:
            return self._sign(session)
        finally:
            session.close()

    def _sign(self, session: SigningSession) -> Signed:
        review = self.review
        bench, examined = review.bench, review.examined
        officers = [approval.officer for approval in review.quorum.approvals]
        flags = ",".join(finding.code.label for finding in self.flags)
        stopped = (*_outdated(review), *stops(self.flags))
        if stopped:
            labels = ",".join(dict.fromkeys(finding.code.label for finding in stopped))
            bench.record(EventKind.REFUSED, examined, *officers, findings=labels)
            raise Refused(stopped)
        details = {"account": examined.account.name} | ({"findings": flags} if flags else {})
        bench.record(EventKind.SIGNING, examined, *officers, **details)
        try:
            signatures = self._signatures(session)
        except KinkoError as error:
            bench.record(EventKind.FAULT, examined, *officers, reason=str(error.code.value))
            raise
        bench.record(EventKind.SIGNED, examined, *officers, **_ledger(examined, len(signatures)))
        return Signed(bench, examined, review.dialect, self._answer(signatures), len(signatures))

    def _signatures(self, session: SigningSession) -> tuple[Signature, ...]:
        examined = self.review.examined
        fingerprints = frozenset(slot.fingerprint for slot in _openable(self.review))
        tasks = examined.draft.tasks(examined.account, fingerprints)
        if not tasks:
            raise VaultError(Lock.NO_KEY)
        signatures = session.sign(tasks)
        _check(tasks, signatures, self.review.bench.verify)
        return signatures

    def _answer(self, signatures: Sequence[Signature]) -> Payload:
        """A response to a request carries only what is new; a bare PSBT is answered as a PSBT."""
        examined = self.review.examined
        if examined.asked.request is None:
            return Payload(Kind.PSBT, examined.draft.attach(signatures).to_bytes())
        head = self.review.bench.journal.checkpoint(examined.asked.request.checkpoints)
        response = SpendResponse(examined.asked.subject, tuple(signatures), head)
        return Payload(Kind.RESPONSE, response.to_bytes())


@dataclass(frozen=True, slots=True)
class Signed:
    """Done on this device: `answer` goes back, in the dialect the question came in."""

    bench: Bench
    examined: Examined
    dialect: Dialect
    answer: Payload
    signatures: int

    def again(self) -> Scanning:
        return Scanning(self.bench)


@dataclass(frozen=True, slots=True)
class Declined:
    """An officer said no, and the journal knows."""

    bench: Bench
    examined: Examined

    def again(self) -> Scanning:
        return Scanning(self.bench)


def _all_findings(examined: Examined) -> tuple[Finding, ...]:
    return (*examined.report.findings, *examined.verdict.findings)


def _eligible(vault: Vault, examined: Examined) -> tuple[Slot, ...]:
    """The keys on this device whose signatures are asked for and not there yet."""
    wanted = {cosigner.origin.fingerprint for cosigner in examined.report.missing(examined.account)}
    return tuple(slot for slot in vault.slots() if slot.fingerprint in wanted)


def _quorum(bench: Bench, examined: Examined) -> Quorum:
    slots = _eligible(bench.vault, examined)
    return Quorum(
        digest=examined.asked.subject,
        policy_version=bench.desk.policies.current().version,
        needed=max(examined.verdict.approvals, min((slot.threshold for slot in slots), default=1)),
        officers=frozenset(officer for slot in slots for officer in slot.officers),
        preparer=examined.asked.request.preparer if examined.asked.request else "",
    )


def _openable(review: Review) -> tuple[Slot, ...]:
    """The keys whose own threshold the approving officers meet."""
    given = {approval.officer for approval in review.quorum.approvals}
    return tuple(slot for slot in review.slots if len(given.intersection(slot.officers)) >= slot.threshold)


def _outdated(review: Review) -> tuple[Finding, ...]:
    """An approval does not outlive the policy it was given under, nor what that policy allowed when it was given."""
    desk = review.bench.desk
    changed = desk.policies.current().version != review.quorum.policy_version
    if changed or is_superseded(desk, review.examined):
        return (Finding.of(Code.APPROVAL_STALE, officer=review.quorum.approvals[0].officer),)
    return forbidden_since(desk, review.examined)


def _check(tasks: Sequence[Task], signatures: Sequence[Signature], verify: VerifySignature) -> None:
    """Exactly one right signature a task, by a second library, or nothing leaves."""
    if len(tasks) != len(signatures):
        raise VaultError(Lock.FAULT)
    for task, signature in zip(tasks, signatures, strict=True):
        same = (task.index, task.public_key) == (signature.index, signature.public_key)
        if not same or not verify(task, signature):
            raise VaultError(Lock.FAULT)


def _ledger(examined: Examined, signatures: int) -> dict[str, str]:
    """What later limits and replay checks are computed from: the journal is the only place it is kept."""
    leaving, request = examined.report.spend.leaving(), examined.asked.request
    ledger = {
        "account": examined.account.id.hex(),
        "units": str(leaving.units if leaving else 0),
        "signatures": str(signatures),
        "txid": examined.draft.txid,
    }
    ledger |= {f"{ASSET}{gone.asset.ticker}": str(gone.units) for gone in examined.report.spend.others()}
    if examined.context.refuge:
        ledger["refuge"] = examined.context.refuge.hex()
    if request is not None and examined.asked.builder is not None:
        ledger |= {
            "builder": examined.asked.builder.hex(),
            "request": request.request_id.hex(),
            "sequence": str(request.sequence),
        }
    return ledger
