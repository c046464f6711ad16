"""Ceremonies as text: one line a step, the same stages a screen drives. For rehearsal, tests and the rig.

A script never holds a secret: where a step needs one it is asked for by name, and where one is to be written down it
is handed out once. The steps are described in docs/reference/ceremony-scripts.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from signer.ceremony import keeping
from signer.ceremony.custody import Hall
from signer.ceremony.enrolling import begin
from signer.ceremony.genesis import Appointing, Concluded, Gathering, Proving, Written, begin_genesis
from signer.ceremony.register import Office, Proposed
from signer.ceremony.table import Paper, Table
from signer.ceremony.timekeeping import read_moment, set_clock
from signer.core.errors import Bad, Malformed, Refused, VaultError
from signer.core.event import EventKind
from signer.core.officer import Duty, Officer, read_holdings
from signer.core.slot import BackupPlan, Origin
from signer.core.transcript import Transcript

MAX_LINES: Final = 1000
MAX_LINE: Final = 500
MAX_TIME: Final = 2**40

Stage: TypeAlias = "Appointing | Gathering | Written | Proving | Concluded | Proposed | None"
_OF_OFFICER: Final = frozenset({"site", "organisation", "duties", "until", "holds"})
_NAMED: Final = MappingProxyType(
    {
        "officer": _OF_OFFICER,
        "replace": _OF_OFFICER,
        "make": frozenset({"backup"}),
    }
)
#: What is asked for and kept until the key is made of it.
_KEPT: Final = "noise"
_ORIGINS: Final = MappingProxyType({"words": Origin.WORDS, "shares": Origin.SHARES})


@dataclass(frozen=True, slots=True)
class Step:
    """One line: its number from 1, the verb, what follows, and what follows as name=value."""

    number: int
    verb: str
    words: tuple[str, ...]
    named: Mapping[str, str]

    def wrong(self) -> Malformed:
        return Malformed(Bad.FIELD, what=f"script line {self.number}: {self.verb}"[:80])


#: Before everything else, where the script came as a document: its words are compared by all.
ANNOUNCED: Final = Step(0, "script", (), MappingProxyType({}))


def read_script(text: str) -> tuple[Step, ...]:
    """Lines of words; `#` begins a comment. Raises Malformed naming the line, for a name=value it does not know too."""
    lines = text.removesuffix("\n").split(
        "\n"
    )  # and at nothing else that some programs show as the end of a line
    if len(lines) > MAX_LINES:
        raise Malformed(Bad.TOO_MANY, what="script", limit=MAX_LINES)
    steps = []
    for number, line in enumerate(lines, 1):
        line = line.removesuffix("\r")
        if len(line) > MAX_LINE or not line.replace("\t", " ").isprintable():
            raise Malformed(Bad.VALUE, what=f"script line {number}")
        words = line.partition("#")[0].split()
        if words:
            plain = tuple(word for word in words[1:] if "=" not in word)
            pairs = [word.split("=", 1) for word in words[1:] if "=" in word]
            step = Step(number, words[0], plain, dict(pairs))
            if len(step.named) != len(pairs) or not step.named.keys() <= _NAMED.get(step.verb, frozenset()):
                raise step.wrong()
            steps.append(step)
    return tuple(steps)


class Rehearsal:
    """Plays steps against a hall. `ask(name)` gives a secret; `show(title, text)` hands one out to be written down.

    `office` and `table` are for the ceremonies that read documents; without them there are none.
    """

    def __init__(
        self,
        hall: Hall,
        ask: Callable[[str], bytearray],
        show: Callable[[str, str], None],
        office: Office | None = None,
        table: Table | None = None,
    ) -> None:
        self.hall, self._people, self.show = hall, ask, show
        self._given: list[bytearray] = []
        self.office, self.table = office, table
        self.stage: Stage = None
        self.witnesses: tuple[str, ...] = ()
        self.transcripts: tuple[Transcript, ...] = ()
        self.described: dict[str, Officer] = {}

    def play(self, steps: Sequence[Step]) -> tuple[Transcript, ...]:
        """All steps in order; the transcripts of the ceremonies that were concluded. Raises what a step raises."""
        for step in steps:
            self._one(step)
        if isinstance(self.stage, Appointing | Gathering | Written | Proving):
            self.stage.assembly.close()
            raise Malformed(Bad.TRUNCATED, what="script")
        if isinstance(self.stage, Proposed):
            self.leave()
            raise Malformed(Bad.TRUNCATED, what="script")
        if self.described:
            raise Malformed(Bad.TRUNCATED, what="script")
        return self.transcripts

    @property
    def said(self) -> tuple[str, ...]:
        """The transcript so far of the ceremony that is being held."""
        match self.stage:
            case Appointing() | Gathering() | Written() | Proving() as stage:
                return stage.transcript.lines
            case _:
                return ()

    def take(self, step: Step) -> None:
        """One step. Where it raises, the ceremony stands where it stood, and the step can be taken again."""
        self._one(step)

    def leave(self) -> None:
        """End without a result: nothing was written to the vault, and the journal says so."""
        stage, self.stage = self.stage, None
        if isinstance(stage, Proving):
            stage.abandon()
        elif isinstance(stage, Proposed):
            self.hall.record(EventKind.CEREMONY, (), b"", ceremony="register", state="abandoned")
        elif isinstance(stage, Appointing | Gathering | Written):
            stage.assembly.close()
            self.hall.record(EventKind.CEREMONY, stage.officers, b"", ceremony="genesis", state="abandoned")

    def ask(self, name: str) -> bytearray:
        """A secret, for this step: whatever becomes of the step, it is wiped then."""
        secret = self._people(name)
        if name != _KEPT:
            self._given.append(secret)
        return secret

    def _one(self, step: Step) -> None:
        try:
            self._take(step)
        finally:
            while self._given:
                secret = self._given.pop()
                secret[:] = bytes(len(secret))

    def _take(self, step: Step) -> None:
        try:
            if isinstance(self.stage, Proposed):
                self._agree(self.stage, step)
            elif self.stage is None or isinstance(self.stage, Concluded):
                self._check_described(step)
                self._between(step)
            else:
                self.stage = self._within(self.stage, step)
        except (ValueError, IndexError, KeyError) as error:
            raise step.wrong() from error
        except (VaultError, Refused) as error:
            self._failed(step, error)
            raise
        if isinstance(self.stage, Concluded):
            self._done(self.stage.transcript)
            self.stage = None

    def _failed(self, step: Step, error: VaultError | Refused) -> None:
        """What was tried is in the journal, also where it came to nothing."""
        reason = error.findings[0].code.label if isinstance(error, Refused) else str(error.code.value)
        told = " ".join((step.verb, *step.words))
        self.hall.record(
            EventKind.CEREMONY, (), b"", ceremony=step.verb, state="failed", reason=reason, step=told
        )

    def _between(self, step: Step) -> None:
        match step.verb, step.words:
            case (("script" | "image" | "witness"), _):
                self._preface(step)
            case "genesis", present:
                self.stage = begin_genesis(self.hall, self.witnesses, self._secrets(present))
            case "officer", (name,) if name not in self.described:
                self.described[name] = _officer(name, step)
            case "check", (name, *present):
                self._done(keeping.check_key(self.hall, self.witnesses, name, self._secrets(present)))
            case "replace", (leaving, coming, *present):
                secrets = self._secrets(present)
                officer, secret = _officer(coming, step), self.ask(f"passphrase {coming}")
                self._done(
                    keeping.replace_officer(self.hall, self.witnesses, secrets, leaving, officer, secret)
                )
            case "revoke", (leaving, *present):
                self._done(keeping.revoke_officer(self.hall, self.witnesses, self._secrets(present), leaving))
            case "drill", (name, kind):
                origin = _ORIGINS[kind]
                self._done(keeping.drill(self.hall, self.witnesses, name, origin, self.ask(kind)))
            case "restore", (name, threshold, fingerprint, kind, *officers):
                self._restore(name, int(threshold), _mark(fingerprint), kind, officers)
                self.described = {}
            case _:
                self._seldom(step)

    def _seldom(self, step: Step) -> None:
        match step.verb, step.words:
            case "clock", (moment, *present):
                at = read_moment(moment)
                self._done(set_clock(self.hall, self.witnesses, self._secrets(present), at))
            case "read-back", (fingerprint, kind):
                origin, mark = _ORIGINS[kind], _mark(fingerprint)
                self._done(keeping.read_back(self.hall, self.witnesses, mark, origin, self.ask(kind)))
            case "wipe", (operator, medium, *present):
                secrets = self._secrets(present)
                self._done(keeping.wipe(self.hall, self.witnesses, operator, medium, secrets))
            case _:
                self._propose(step)

    def _preface(self, step: Step) -> None:
        """What holds for all ceremonies of the script."""
        match step.verb, step.words:
            case "script", () if self.hall.script is not None and self.table is not None:
                self.table.compare("Ceremony script", self.hall.announce())
            case "image", (root,) if self.hall.script is not None:
                self.hall = self.hall.vouch(bytes.fromhex(root))
            case "witness", names:
                self.witnesses = names
            case _:
                raise step.wrong()

    def _check_described(self, step: Step) -> None:
        """Who is described before a restoration holds what is restored: nobody is described in vain."""
        if step.verb not in ("officer", "restore") and self.described:
            raise step.wrong()
        if step.verb == "restore" and not self.described.keys() <= set(step.words):
            raise step.wrong()

    def _propose(self, step: Step) -> None:
        """The ceremonies that read or hand out documents."""
        if self.office is None or self.table is None:
            raise step.wrong()
        office = replace(self.office, hall=self.hall)
        done = begin(office, self.table, self.ask, self.witnesses, step.verb, step.words)
        if done is None:
            raise step.wrong()
        if isinstance(done, Proposed):
            self.stage = done
        else:
            self._done(done)

    def _agree(self, proposed: Proposed, step: Step) -> None:
        if step.verb != "agree" or not step.words:
            raise step.wrong()
        transcript = proposed.agree(self._secrets(step.words))
        self.stage = None
        self._done(transcript)
        if proposed.outgoing and self.table is not None:
            self.table.carry(Paper.ACCOUNT, proposed.outgoing)

    def _within(self, stage: Appointing | Gathering | Written | Proving, step: Step) -> Stage:
        match stage, step.verb, step.words:
            case Appointing(), "officer", (name,):
                return self._appoint(stage, name, step)
            case Appointing(), "gather", ():
                return stage.gather()
            case Gathering(), "dice", ():
                return stage.dice(self.ask("dice").decode("ascii", "replace"))
            case Gathering(), "noise", ():
                return stage.noise(self.ask("noise"))
            case Gathering(), "noise", (source,):
                return stage.noise(self.hall.noise(source))
            case Gathering(), "make", (name, threshold):
                return stage.make(name, int(threshold), _plan(step.named.get("backup", "")))
            case Written(), "write-down", ():
                self._hand_out(stage)
                return stage.put_away()
            case Proving(), "prove", (kind,):
                return stage.prove(_ORIGINS[kind], self.ask(kind))
            case Proving(), "attest", ():
                return stage.attest(self.ask("fingerprint").decode("ascii", "replace"))
            case Proving(), "conclude", ():
                return stage.conclude()
            case _:
                raise step.wrong()

    def _appoint(self, stage: Appointing, name: str, step: Step) -> Appointing:
        if not stage.serves(name):
            return stage.appoint(_officer(name, step), self.ask(f"passphrase {name}"))
        if step.named:
            raise step.wrong()
        return stage.include(name)

    def _restore(
        self, name: str, threshold: int, fingerprint: bytes, kind: str, names: Sequence[str]
    ) -> None:
        officers = [(self.described.get(who, Officer(who)), self.ask(f"passphrase {who}")) for who in names]
        origin, secret = _ORIGINS[kind], self.ask(kind)
        self._done(
            keeping.restore(self.hall, self.witnesses, officers, name, threshold, fingerprint, origin, secret)
        )

    def _hand_out(self, written: Written) -> None:
        self.show("words", written.key.words)
        for group, shares in enumerate(written.key.shares, 1):
            for number, share in enumerate(shares, 1):
                self.show(f"share {group}.{number}", share)

    def _secrets(self, names: Sequence[str]) -> dict[str, bytearray]:
        return {name: self.ask(f"passphrase {name}") for name in names}

    def _done(self, transcript: Transcript) -> None:
        self.transcripts = (*self.transcripts, transcript)


def _officer(name: str, step: Step) -> Officer:
    duties = tuple(Duty[duty.upper()] for duty in step.named.get("duties", "officer").split(","))
    until = int(step.named.get("until", "0"))
    if not 0 <= until < MAX_TIME:
        raise step.wrong()
    site, organisation, holds = (step.named.get(key, "") for key in ("site", "organisation", "holds"))
    return Officer(name, duties, site, organisation, until, read_holdings(holds) if holds else ())


def _mark(text: str) -> bytes:
    """A key's fingerprint, eight hexadecimal digits. Raises ValueError."""
    data = bytes.fromhex(text)
    if len(data) != 4:
        raise ValueError(text)
    return data


def _plan(text: str) -> BackupPlan:
    """`2:1/1,3/5`: two groups needed, of one with 1 of 1 and one with 3 of 5. Empty: words only."""
    if not text:
        return BackupPlan()
    needed, _, groups = text.partition(":")
    pairs = [group.split("/") for group in groups.split(",")]
    return BackupPlan(int(needed), tuple((int(few), int(many)) for few, many in pairs))
