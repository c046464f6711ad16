"""The ceremonies after genesis: change an officer, restore, drill, check a key, wipe. Each leaves a transcript."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing

from signer.ceremony.custody import Hall, PolicyStore
from signer.ceremony.genesis import appointed, found, one_sided
from signer.ceremony.presence import agreed, prove
from signer.core.account import parse_path
from signer.core.errors import Bad, Lock, Malformed, Refused, VaultError
from signer.core.event import EventKind
from signer.core.finding import Code, Finding
from signer.core.officer import Officer
from signer.core.policyfile import read_policy
from signer.core.rules import DAY
from signer.core.slot import KeyForm, Origin, Slot
from signer.core.task import Algorithm, Task
from signer.core.transcript import Transcript
from signer.core.upkeep import Upkeep
from signer.core.when import utc

#: Where no account looks: the key that a key check signs with.
CHECK_PATH = parse_path("48h/0h/2147483647h/2h/0/0")
#: So many records may be younger than the last export when a device is decommissioned: those of the drills, say.
LAST_RECORDS = 20
_CHECK_TEXT = b"Kinko key check, not a transaction\n"


def replace_officer(
    hall: Hall,
    witnesses: Sequence[str],
    present: Mapping[str, bytearray],
    leaving: str,
    coming: Officer,
    passphrase: bytearray,
) -> Transcript:
    """A quorum gives one officer's shares to another. Who leaves need not be there. Raises VaultError, Refused."""
    transcript = hall.open("Replacement of an officer", witnesses)
    with closing(hall.custody.assembly()) as assembly:
        transcript = prove(hall, assembly, present, transcript)
        assembly.appoint(coming, passphrase, leaving=leaving)
        assembly.replace_officer(leaving, coming.name)
        transcript = transcript.say(f"appointed: {coming.name}, in the place of {leaving}, in every key")
        hall.record(
            EventKind.OFFICER_CHANGED,
            tuple(present),
            b"",
            change="replaced",
            leaves=leaving,
            comes=coming.name,
        )
        assembly.commit()
    return hall.conclude("replace", transcript, tuple(present))


def revoke_officer(
    hall: Hall, witnesses: Sequence[str], present: Mapping[str, bytearray], leaving: str
) -> Transcript:
    """A quorum takes an officer's shares away. Raises VaultError(QUORUM) where what is left would be no quorum."""
    transcript = hall.open("Revocation of an officer", witnesses)
    flags = [
        hall.check_quorum(slot.threshold, len(slot.officers) - 1)
        for slot in hall.custody.slots()
        if leaving in slot.officers
    ]
    with closing(hall.custody.assembly()) as assembly:
        transcript = prove(hall, assembly, present, transcript)
        assembly.revoke(leaving)
        transcript = transcript.say(f"revoked: {leaving}, in every key")
        for flag in filter(None, flags):
            transcript = transcript.say(flag)
        hall.record(EventKind.OFFICER_CHANGED, tuple(present), b"", change="revoked", leaves=leaving)
        assembly.commit()
    return hall.conclude("revoke", transcript, tuple(present))


def change_policy(
    hall: Hall, witnesses: Sequence[str], present: Mapping[str, bytearray], store: PolicyStore, text: bytes
) -> Transcript:
    """Seal every key under another policy. Needs the quorum of each key, and the version after the one in force.

    Raises Malformed for a text that is no policy or not the next version, VaultError(TOO_FEW).
    """
    policy = read_policy(text)
    if policy.version != store.current().version + 1:
        raise Malformed(Bad.VALUE, what="policy version")
    transcript = hall.open("Change of policy", witnesses, always=True)
    with closing(hall.custody.assembly()) as assembly:
        transcript = prove(hall, assembly, present, transcript)
        digest = store.keep(policy)
        assembly.bind_policy(digest)
        transcript = transcript.say(f"policy: version {policy.version}, digest {digest.hex()}")
        hall.record(EventKind.POLICY_CHANGED, tuple(present), digest, version=str(policy.version))
        assembly.commit()
    return hall.conclude("policy", transcript, tuple(present))


def restore(
    hall: Hall,
    witnesses: Sequence[str],
    officers: Sequence[tuple[Officer, bytearray]],
    name: str,
    threshold: int,
    fingerprint: bytes,
    origin: Origin,
    secret: bytearray,
) -> Transcript:
    """A key from its backup, under officers appointed here or before: among these is the quorum of every key that is
    here already. Raises VaultError: BACKUP for another key, TOO_FEW."""
    transcript = hall.open("Restore", witnesses, making=True)
    unsound = hall.check_quorum(threshold, len(officers))
    found(hall)
    known = {officer.name: officer for officer in hall.custody.officers()}
    present = {officer.name: passphrase for officer, passphrase in officers if officer.name in known}
    with closing(hall.custody.assembly()) as assembly:
        transcript = agreed(hall, present, prove(hall, assembly, present, transcript))
        for officer, passphrase in officers:
            if officer.name not in known:
                assembly.appoint(officer, passphrase)
                transcript = transcript.say(appointed(officer))
        names = tuple(officer.name for officer, _ in officers)
        key = assembly.create(name, names, threshold, origin, secret, fingerprint=fingerprint)
        transcript = transcript.say(
            f"restored: key {name} from {origin.name.lower()}, fingerprint {key.slot.fingerprint.hex()} as on record, "
            f"opened by {threshold} of {len(names)}"
        )
        people = [known.get(officer.name, officer) for officer, _ in officers]
        for flag in (*([unsound] if unsound else []), *one_sided(people, threshold)):
            transcript = transcript.say(flag)
        hall.record(EventKind.GENESIS, names, key.slot.fingerprint, key=name, restored=origin.name.lower())
        assembly.commit()
    return hall.conclude("restore", transcript, names)


def drill(hall: Hall, witnesses: Sequence[str], name: str, origin: Origin, secret: bytearray) -> Transcript:
    """Whether the papers still give the key. Reveals nothing, changes nothing. Raises VaultError(BACKUP)."""
    transcript = hall.open("Backup drill", witnesses)
    slot = _slot(hall, name)
    with closing(hall.custody.assembly()) as assembly:
        assembly.drill(slot.fingerprint, origin, secret)
    transcript = transcript.say(
        f"proved: the {origin.name.lower()} give key {name}, fingerprint {slot.fingerprint.hex()}"
    )
    return hall.conclude("drill", transcript, (), drilled=slot.fingerprint.hex())


def read_back(
    hall: Hall, witnesses: Sequence[str], fingerprint: bytes, origin: Origin, secret: bytearray
) -> Transcript:
    """The second device of a genesis: whether the papers give the key of this fingerprint (4 bytes), which need not be
    here. Keeps nothing. Raises VaultError(BACKUP)."""
    transcript = hall.open("Reading of another device's backup", witnesses)
    found(hall)
    with closing(hall.custody.assembly()) as assembly:
        assembly.drill(fingerprint, origin, secret)
    transcript = transcript.say(f"proved: the {origin.name.lower()} give fingerprint {fingerprint.hex()}")
    return hall.conclude("read-back", transcript, ())


def check_key(
    hall: Hall, witnesses: Sequence[str], name: str, present: Mapping[str, bytearray]
) -> Transcript:
    """The pairwise test (FIPS 140-3): a quorum signs a text that is no transaction, a second library verifies it."""
    transcript = hall.open("Key check", witnesses)
    slot = _slot(hall, name)
    path = () if slot.in_token else CHECK_PATH
    with closing(hall.custody.session()) as session:
        transcript = prove(hall, session, present, transcript)
        (key,) = session.public_keys(name, [path], KeyForm.SECP256K1)
        digest = hashlib.sha256(_CHECK_TEXT + slot.fingerprint).digest()
        task = Task(0, key.origin, bytes.fromhex(key.key), Algorithm.ECDSA, digest)
        hall.record(EventKind.SIGNING, tuple(present), digest, purpose="key check")
        (signature,) = session.sign([task])
    if not hall.verify(task, signature):
        raise VaultError(Lock.FAULT)
    transcript = transcript.say(f"signed: key {name} signs, and a second library verifies it")
    return hall.conclude("check", transcript, tuple(present))


def wipe(
    hall: Hall, witnesses: Sequence[str], operator: str, medium: str, present: Mapping[str, bytearray]
) -> Transcript:
    """Destroy the device secret, and prove that the vault does not open any more. The journal ends with this record.

    The quorum of every key agrees, as to everything else. Raises VaultError(TOO_FEW).
    """
    transcript = hall.open("Wipe", witnesses, always=True)
    names = [slot.name for slot in hall.custody.slots()]
    transcript = transcript.say(
        f"to be destroyed: {', '.join(names) or 'no key'}; on {medium}, by {operator}"
    )
    if names:
        with closing(hall.custody.assembly()) as assembly:
            transcript = agreed(hall, present, prove(hall, assembly, present, transcript))
    details = {"ceremony": "wipe", "operator": operator, "medium": medium}
    hall.record(EventKind.CEREMONY, tuple(present), transcript.digest, **details)
    checkpoint = hall.journal.checkpoint()
    hall.custody.erase()
    try:
        hall.custody.session().close()
    except VaultError as error:
        transcript = transcript.say(f"destroyed: the vault does not open any more ({error.code.value})")
    else:
        raise VaultError(Lock.DEVICE, what="wipe")
    return transcript.say(f"the journal ended with checkpoint {hashlib.sha256(checkpoint).hexdigest()}")


def check_handed_over(hall: Hall, upkeep: Upkeep) -> None:
    """What a device is decommissioned after: each key's backup tried, and the journal exported, today.

    Raises Refused with everything that is missing.
    """
    now, missing = hall.clock.now(), []
    for slot in hall.custody.slots():
        last = upkeep.drills.get(slot.fingerprint)
        if last is None:
            missing.append(Finding.of(Code.DRILL_NEVER, key=slot.name))
        elif now - last > DAY:
            missing.append(Finding.of(Code.DRILL_OVERDUE, key=slot.name, last=utc(last)))
    alone = upkeep.records - upkeep.exported
    if alone > LAST_RECORDS:
        missing.append(Finding.of(Code.EXPORT_OVERDUE, records=alone, limit=LAST_RECORDS))
    if missing:
        raise Refused(tuple(missing))


def _slot(hall: Hall, name: str) -> Slot:
    for slot in hall.custody.slots():
        if slot.name == name:
            return slot
    raise VaultError(Lock.NO_SLOT)
