"""What the ceremonies that make, keep and destroy keys need from the world, beside `ports`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from signer.ceremony.ports import Clock, Journal, SigningSession, VerifySignature
from signer.core.checkpoint import Verify
from signer.core.errors import Bad, Lock, Malformed, Refused, VaultError
from signer.core.event import Event, EventKind
from signer.core.finding import Code, Finding
from signer.core.officer import Officer
from signer.core.policy import Policy
from signer.core.prepared import Prepared
from signer.core.quorum import is_quorum
from signer.core.slot import BackupPlan, NewKey, Origin, Slot
from signer.core.standing import Scripts
from signer.core.transcript import Transcript


class Assembly(Protocol):
    """Officers gathered to change the vault; nothing is written until `commit`. Errors as vault.assembly says."""

    def unlock(self, officer: str, secret: bytearray) -> None: ...

    def appoint(self, officer: Officer, passphrase: bytearray, *, leaving: str = ...) -> None: ...

    def create(
        self,
        name: str,
        officers: Sequence[str],
        threshold: int,
        origin: Origin = ...,
        secret: bytearray | None = ...,
        entropy: Sequence[bytearray] = ...,
        plan: BackupPlan | None = ...,
        fingerprint: bytes = ...,
    ) -> NewKey: ...

    def replace_officer(self, leaving: str, coming: str) -> None: ...

    def revoke(self, officer: str) -> None: ...

    def bind_policy(self, digest: bytes) -> None: ...

    def drill(self, fingerprint: bytes, origin: Origin, secret: bytearray) -> None: ...

    def commit(self) -> None: ...

    def close(self) -> None: ...


class PolicyStore(Protocol):
    """Where policies are kept by digest."""

    def current(self) -> Policy: ...

    def keep(self, policy: Policy) -> bytes:
        """Store a policy; its digest. It is not in force before the vault is bound to it."""


class Custody(Protocol):
    """The vault, as those see it who may change it."""

    def slots(self) -> tuple[Slot, ...]: ...

    def officers(self) -> tuple[Officer, ...]: ...

    def initialise(self) -> None:
        """Make an empty vault. Raises VaultError(EXISTS)."""

    def assembly(self) -> Assembly: ...

    def session(self) -> SigningSession: ...

    def erase(self) -> None:
        """Destroy the device secret, and with it everything sealed under it."""


@dataclass(frozen=True, slots=True)
class Premise:
    """One thing that must be so before a key is made, and whether it is."""

    name: str
    holds: bool
    detail: str = ""


def no_adjusting(moment: int) -> None:
    """Where the clock is not ours to set. Raises VaultError(DEVICE)."""
    raise VaultError(Lock.DEVICE, what="clock")


def no_camera(source: str) -> bytearray:
    """Where there is no camera to take noise from. Raises VaultError(ENTROPY)."""
    raise VaultError(Lock.ENTROPY, what="no camera")


@dataclass(frozen=True, slots=True)
class ScriptDesk:
    """What the policies in force say of ceremony scripts, and how their signatures are verified."""

    rules: Callable[[], Sequence[Scripts]]
    verify: Verify

    def signers(self, script: Prepared | None) -> tuple[str, ...]:
        """Who of the preparers has signed it. Raises Refused(CEREMONY_UNSIGNED) where a rule knows none of them."""
        fit = script if script and script.text.startswith("#") else None  # or it was signed as something else
        found: dict[str, None] = {}
        for rule in self.rules():
            names = [one.name for one in rule.preparers if fit and fit.signed_by(one, self.verify)]
            if not names:
                known = ", ".join(one.name for one in rule.preparers)
                raise Refused((Finding.of(Code.CEREMONY_UNSIGNED, preparers=known),))
            found |= dict.fromkeys(names)
        return tuple(found)


NO_SCRIPT_RULES = ScriptDesk(lambda: (), lambda public_key, message, signature: False)


@dataclass(frozen=True, slots=True)
class Hall:
    """Where ceremonies are held. `survey` looks at network, image and device; `noise` takes raw noise of a camera.

    `development` lets a bad survey pass, `any_quorum` what is no quorum: both are said in transcript and journal.
    `script` is what is played here, None for what somebody typed at a screen. `adjust` sets the clock forward.
    `image` is the root hash (32 bytes) under which the kernel checks the system, empty where it checks none; `vouched`
    whether the script names just this one.
    """

    custody: Custody
    journal: Journal
    clock: Clock
    verify: VerifySignature
    survey: Callable[[], tuple[Premise, ...]]
    development: bool = False
    any_quorum: bool = False
    noise: Callable[[str], bytearray] = no_camera
    script: Prepared | None = None
    scripts: ScriptDesk = NO_SCRIPT_RULES
    adjust: Callable[[int], None] = no_adjusting
    image: bytes = b""
    vouched: bool = False

    def open(
        self, title: str, witnesses: Sequence[str], *, always: bool = False, making: bool = False
    ) -> Transcript:
        """The first lines of every transcript.

        Raises Refused: PREMISE if the premises are not as they must be, CEREMONY_UNSIGNED but for what must `always` be
        possible: to take that rule away, to destroy, to hear a witness. For the `making` of a key IMAGE_UNNAMED, where
        the rule asks for signed scripts and this one did not say on which image.
        """
        transcript = self._begun(Transcript(title), always=always)
        if self.vouched:
            said = f"root hash {self.image.hex()}, as the script says" if self.image else "none to compare"
            transcript = transcript.say(f"image: {said}")
        elif making and self.scripts.rules():
            raise Refused((Finding.of(Code.IMAGE_UNNAMED),))
        for premise in self.survey():
            state = "as it must be" if premise.holds else "NOT as it must be"
            transcript = transcript.say(f"premises: {premise.name} {state} {premise.detail}".rstrip())
            if not premise.holds and not self.development:
                what = f"{premise.name}: {premise.detail}" if premise.detail else premise.name
                raise Refused((Finding.of(Code.PREMISE, what=what),))
        if self.development:
            transcript = transcript.say("DEVELOPMENT: not a ceremony for real keys")
        return transcript.say(f"witnesses: {', '.join(witnesses) or 'none'}")

    def vouch(self, root: bytes) -> Hall:
        """The hall, once the image is the one that the script names. Raises Refused(PREMISE) for another one."""
        rehearsed = self.development and not self.image
        if self.image != root and not rehearsed:
            here = self.image.hex()[:16] or "none verified"
            raise Refused(
                (Finding.of(Code.PREMISE, what=f"image: {here}, the script says {root.hex()[:16]}"),)
            )
        return replace(self, vouched=True)

    def signers(self, *, always: bool = False) -> tuple[str, ...]:
        """Who has signed the script that is played. Raises Refused(CEREMONY_UNSIGNED)."""
        try:
            return self.scripts.signers(self.script)
        except Refused:
            if always:
                return ()
            raise

    def _begun(self, transcript: Transcript, *, always: bool) -> Transcript:
        signers = self.signers(always=always)
        if self.script is None:
            return transcript
        by = f"signed by {', '.join(signers)}" if signers else "signed by nobody this device's policy names"
        return transcript.say(f"script: SHA-256 {self.script.digest.hex()}, {by}")

    def announce(self) -> tuple[str, ...]:
        """What everybody compares before a script is played, with the paper and with each other. It is journaled.

        Raises Malformed where nothing is played.
        """
        script = self.script
        if script is None:
            raise Malformed(Bad.EMPTY, what="script")
        signers = self.signers(always=True)
        claimed = ", ".join(dict.fromkeys(signer.name for signer in script.signers)) or "nobody"
        self.record(
            EventKind.CEREMONY, (), script.digest, ceremony="script", state="begun", **_named(signers)
        )
        return (
            f"words: {' '.join(script.words)}",
            f"SHA-256: {script.digest.hex()}",
            f"signed by {', '.join(signers)}"
            if signers
            else f"FLAG: signed by nobody this device's policy names; it says: {claimed}",
            *(line for line in script.text.splitlines() if line.strip()),
        )

    def record(self, kind: EventKind, officers: Sequence[str], subject: bytes, **details: str) -> None:
        """What cannot be recorded does not happen."""
        if self.development:
            details = details | {"development": "yes"}
        self.journal.append(
            Event(kind, self.clock.now(), tuple(officers), subject, tuple(sorted(details.items())))
        )

    def check_quorum(self, needed: int, holders: int) -> str:
        """What a transcript says of `needed` of so many holders. Raises VaultError(QUORUM) for what is no quorum."""
        if is_quorum(needed, holders):
            return ""
        if not self.any_quorum:
            raise VaultError(Lock.QUORUM, needed=needed, officers=holders)
        return f"FLAG: {needed} of {holders} is no quorum: for development only"

    def conclude(
        self, ceremony: str, transcript: Transcript, officers: Sequence[str], **details: str
    ) -> Transcript:
        """Journal the transcript's hash: the record and the paper point at each other."""
        if self.script is not None:
            details |= {"script": self.script.digest.hex(), **_named(self.signers(always=True))}
        self.record(
            EventKind.CEREMONY, officers, transcript.digest, ceremony=ceremony, state="concluded", **details
        )
        return transcript


def _named(signers: Sequence[str]) -> dict[str, str]:
    return {"signed-by": ", ".join(signers)} if signers else {}
