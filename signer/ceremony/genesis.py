"""Genesis: officers, entropy, a key, its backup proved, and only then the vault. One frozen type a stage.

Appointing -> Gathering -> Written -> Proving -> Concluded. Nothing is written to the vault before the backup was read
back: a power cut anywhere before that leaves a device without keys, and papers to be destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from signer.ceremony.custody import Assembly, Hall
from signer.ceremony.presence import agreed, prove
from signer.core.errors import KinkoError, Lock, VaultError
from signer.core.event import EventKind
from signer.core.health import check_dice, check_noise
from signer.core.officer import Officer
from signer.core.slot import BackupPlan, NewKey, Origin
from signer.core.transcript import Transcript


def begin_genesis(hall: Hall, witnesses: Sequence[str], present: Mapping[str, bytearray]) -> Appointing:
    """Survey the premises and open an assembly, on an empty vault if there is none.

    Where there are keys, the quorum of each of them is `present` and agrees to a further one. Wipes the secrets.
    Raises Refused, VaultError.
    """
    transcript = hall.open("Genesis", witnesses, making=True)
    found(hall)
    assembly = hall.custody.assembly()
    try:
        transcript = agreed(hall, present, prove(hall, assembly, present, transcript))
        if present:
            hall.record(EventKind.CEREMONY, tuple(present), b"", ceremony="genesis", state="agreed")
    except KinkoError:
        assembly.close()
        raise
    return Appointing(hall, assembly, transcript)


def found(hall: Hall) -> None:
    """An empty vault where there is none yet; one that an abandoned ceremony left behind is as good."""
    if hall.custody.officers() or hall.custody.slots():
        return
    try:
        hall.custody.initialise()
    except VaultError as error:
        if error.code is not Lock.EXISTS:
            raise


@dataclass(frozen=True, slots=True)
class Appointing:
    """Officers come forward, one after the other, each with a passphrase nobody else sees."""

    hall: Hall
    assembly: Assembly
    transcript: Transcript
    people: tuple[Officer, ...] = ()

    @property
    def officers(self) -> tuple[str, ...]:
        return tuple(officer.name for officer in self.people)

    def appoint(self, officer: Officer, passphrase: bytearray) -> Appointing:
        """Raises VaultError(EXISTS, WEAK_SECRET), Malformed. Wipes the passphrase."""
        self.assembly.appoint(officer, passphrase)
        return replace(
            self, transcript=self.transcript.say(appointed(officer)), people=(*self.people, officer)
        )

    def serves(self, name: str) -> bool:
        """Whether he is an officer of this device already, and not named here yet."""
        return name not in self.officers and any(o.name == name for o in self.hall.custody.officers())

    def include(self, name: str) -> Appointing:
        """Who serves already holds this key too. He need not be there: his share is sealed to what he has."""
        (officer,) = [officer for officer in self.hall.custody.officers() if officer.name == name]
        said = self.transcript.say(f"serves already, and holds this key too: {name}")
        return replace(self, transcript=said, people=(*self.people, officer))

    def gather(self) -> Gathering:
        """No more officers. A site or organisation that could make up a quorum alone is for the policy to judge."""
        return Gathering(self.hall, self.assembly, self.transcript, self.people)


@dataclass(frozen=True, slots=True)
class Gathering:
    """Entropy from at least one source beside the kernel's generator, each health-tested."""

    hall: Hall
    assembly: Assembly
    transcript: Transcript
    people: tuple[Officer, ...]
    sources: tuple[bytearray, ...] = ()

    @property
    def officers(self) -> tuple[str, ...]:
        return tuple(officer.name for officer in self.people)

    def dice(self, rolls: str) -> Gathering:
        """Rolls of a real die, typed by a second person. Raises VaultError(ENTROPY)."""
        digits = check_dice(rolls)
        line = f"entropy: {len(digits)} rolls of a die, faces and pairs evenly spread, no pattern"
        return replace(self, transcript=self.transcript.say(line), sources=(*self.sources, digits))

    def noise(self, samples: bytearray) -> Gathering:
        """Raw samples, of a camera in the dark say. Raises VaultError(ENTROPY)."""
        check_noise(bytes(samples))
        line = (
            f"entropy: {len(samples)} bytes of camera noise, repetition count and adaptive proportion passed"
        )
        return replace(self, transcript=self.transcript.say(line), sources=(*self.sources, samples))

    def make(self, name: str, threshold: int, plan: BackupPlan) -> Written:
        """Make the key, for all officers appointed here.

        Raises VaultError: ENTROPY with the kernel as only source, QUORUM for one officer alone or for all of them.
        """
        if not self.sources:
            raise VaultError(Lock.ENTROPY, what="one source only")
        names = self.officers
        unsound = self.hall.check_quorum(threshold, len(names))
        key = self.assembly.create(
            name, names, threshold, entropy=[pad_source(source) for source in self.sources], plan=plan
        )
        quorum = f"{threshold} of {len(self.officers)}"
        transcript = self.transcript.say(
            f"made: key {name}, fingerprint {key.slot.fingerprint.hex()}, opened by {quorum}, "
            f"mixed from the kernel's generator and {len(self.sources)} more"
        )
        for flag in (*([unsound] if unsound else []), *one_sided(self.people, threshold)):
            transcript = transcript.say(flag)
        return Written(self.hall, self.assembly, transcript, names, plan, key)


@dataclass(frozen=True, slots=True)
class Written:
    """The one time that words and shares are shown. They are on this stage, and on none after it."""

    hall: Hall
    assembly: Assembly
    transcript: Transcript
    officers: tuple[str, ...]
    plan: BackupPlan
    key: NewKey

    def put_away(self) -> Proving:
        """Written down on paper, by hand, and gone from here."""
        groups = "; ".join(f"{few} of {many}" for few, many in self.plan.groups)
        shares = f"shares of SLIP 39, {self.plan.needed} of these groups: {groups}" if groups else "no shares"
        transcript = self.transcript.say(f"backup: words of BIP 39 and {shares}; shown once")
        fingerprint = self.key.slot.fingerprint
        return Proving(self.hall, self.assembly, transcript, self.officers, self.key.slot.name, fingerprint)


@dataclass(frozen=True, slots=True)
class Proving:
    """The backup is read back from the paper before the key may be used."""

    hall: Hall
    assembly: Assembly
    transcript: Transcript
    officers: tuple[str, ...]
    name: str
    fingerprint: bytes
    proofs: int = 0

    def prove(self, origin: Origin, secret: bytearray) -> Proving:
        """Words or shares, typed here from the paper. Raises VaultError(BACKUP). Wipes the secret."""
        self.assembly.drill(self.fingerprint, origin, secret)
        said = self.transcript.say(f"proved: the {origin.name.lower()} give the key")
        return replace(self, transcript=said, proofs=self.proofs + 1)

    def attest(self, fingerprint: str) -> Proving:
        """The fingerprint that a second device showed when the backup was typed there. Raises VaultError(BACKUP)."""
        if fingerprint.strip().lower() != self.fingerprint.hex():
            raise VaultError(Lock.BACKUP, what=self.name)
        said = self.transcript.say("proved: a second device read the backup and showed the same fingerprint")
        return replace(self, transcript=said, proofs=self.proofs + 1)

    def conclude(self) -> Concluded:
        """Write the vault. Raises VaultError(BACKUP) if the backup was never read back."""
        if not self.proofs:
            raise VaultError(Lock.BACKUP, what="never read back")
        transcript = self.transcript.say("sealed: the vault is written")
        serving = {officer.name for officer in self.hall.custody.officers()}
        for officer in self.officers:
            if officer not in serving:
                self.hall.record(EventKind.OFFICER_CHANGED, (officer,), b"", change="appointed")
        details = {"key": self.name, "proofs": str(self.proofs), "transcript": transcript.digest.hex()}
        self.hall.record(EventKind.GENESIS, self.officers, self.fingerprint, **details)
        self.assembly.commit()
        return Concluded(self.hall.conclude("genesis", transcript, self.officers))

    def abandon(self) -> None:
        """Nothing was made; the papers are to be destroyed."""
        self.assembly.close()
        self.hall.record(EventKind.CEREMONY, self.officers, b"", ceremony="genesis", state="abandoned")


@dataclass(frozen=True, slots=True)
class Concluded:
    """The transcript, to be printed and signed by everybody."""

    transcript: Transcript


def appointed(officer: Officer) -> str:
    """What a transcript says of somebody new."""
    duties = ", ".join(duty.name.lower() for duty in officer.duties)
    place = ", ".join(part for part in (officer.site, officer.organisation) if part)
    line = f"appointed: {officer.name} ({duties}){' of ' + place if place else ''}"
    held = " and ".join(str(holding) for holding in officer.holds)
    return line + (f", shows {held} beside a passphrase" if held else "")


def one_sided(officers: Sequence[Officer], threshold: int) -> list[str]:
    """A line for each site or organisation whose officers alone are enough to open the key."""
    flags = []
    for what, places in (
        ("site", [officer.site for officer in officers]),
        ("organisation", [officer.organisation for officer in officers]),
    ):
        flags += [
            f"FLAG: the officers of {what} {place} alone are enough"
            for place in sorted(set(places))
            if place and places.count(place) >= threshold
        ]
    return flags


def pad_source(source: bytearray) -> bytearray:
    """At most 4,096 bytes go to the forge in one frame: longer noise is folded onto that, losing none of it."""
    folded = bytearray(min(len(source), 4096))
    for index, value in enumerate(source):
        folded[index % 4096] ^= value
    source[:] = bytes(len(source))
    return folded
