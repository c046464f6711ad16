"""What a device shall know: accounts, builders, witnesses, a policy, a successor. Proposed, compared, agreed.

Proposed -> Agreed. The facts of a proposal are shown before anybody proves himself, to be compared with what the other
devices show; the quorum of every key on this device agrees, and only then it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias, assert_never

from signer.ceremony.addresses import overlapping
from signer.ceremony.custody import Hall, PolicyStore
from signer.ceremony.examine import Desk
from signer.ceremony.keeping import change_policy
from signer.ceremony.ports import Builders, SigningSession
from signer.ceremony.presence import agreed, prove
from signer.chains.draft import Chain
from signer.chains.utxo.keys import read_key
from signer.core.account import Account, Cosigner
from signer.core.cosignature import Witness
from signer.core.errors import Bad, Lock, Malformed, VaultError
from signer.core.event import EventKind
from signer.core.fingerprint import spoken
from signer.core.officer import check_name
from signer.core.policyfile import policy_digest, read_policy
from signer.core.slot import KeyForm, Slot
from signer.core.transcript import Transcript

KEY_BYTES = 32
#: Single keys in hexadecimal, by their length; everything longer is an extended one.
_FORMS: Final = MappingProxyType({66: KeyForm.SECP256K1, 64: KeyForm.ED25519_KECCAK})


@dataclass(frozen=True, slots=True)
class Office:
    """Where a device keeps what its quorum agreed to."""

    hall: Hall
    desk: Desk
    builders: Builders
    policies: PolicyStore


@dataclass(frozen=True, slots=True)
class Builder:
    """Whose requests are accepted: an Ed25519 public key, 32 bytes."""

    name: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as the document it came in."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Succession:
    """`old` pays to `new` alone: from now on, or (`spare`) in an emergency."""

    old: Account
    new: Account
    spare: bool = False


Subject: TypeAlias = Account | Builder | Witness | PolicyText | Succession


@dataclass(frozen=True, slots=True)
class Proposed:
    """Read and understood. `facts` are what everybody compares, on this device and on the others.

    `outgoing` is what the other devices are to read once it is agreed.
    """

    office: Office
    subject: Subject
    title: str
    facts: tuple[str, ...]
    witnesses: tuple[str, ...] = ()
    outgoing: str = ""

    def agree(self, present: Mapping[str, bytearray]) -> Transcript:
        """The quorum of every key agrees, and it is kept. Wipes the secrets. Raises VaultError, Refused(PREMISE)."""
        if isinstance(self.subject, PolicyText):
            return change_policy(
                self.office.hall, self.witnesses, present, self.office.policies, self.subject.data
            )
        hall = self.office.hall
        transcript = hall.open(self.title, self.witnesses)
        for fact in self.facts:
            transcript = transcript.say(fact)
        account = self.subject if isinstance(self.subject, Account) else None
        transcript = _agreed(hall, transcript, present, account)
        self._keep(self.subject, tuple(present))
        return hall.conclude("register", transcript, tuple(present))

    def _keep(self, subject: Account | Builder | Witness | Succession, officers: Sequence[str]) -> None:
        """What is in the file and not in the journal does not count: the journal comes last."""
        hall, desk = self.office.hall, self.office.desk
        match subject:
            case Account():
                details = {"name": subject.name, "chain": subject.chain}
                desk.accounts.add(subject)
                hall.record(EventKind.ACCOUNT_ENROLLED, officers, subject.id, **details)
            case Builder(name, key):
                self.office.builders.add_builder(key, name)
                hall.record(EventKind.BUILDER_ENROLLED, officers, key, name=name)
            case Witness(name, key):
                hall.record(EventKind.WITNESS_ENROLLED, officers, key, name=name)
            case Succession(old, new, spare=True):
                hall.record(EventKind.SPARE_NAMED, officers, old.id, spare=new.id.hex())
            case Succession(old, new):
                hall.record(EventKind.ACCOUNT_RETIRED, officers, old.id, successor=new.id.hex())
            case _:
                assert_never(subject)


def propose_account(office: Office, chain: Chain, text: str, name: str) -> Proposed:
    """An account for this device to sign for. Raises Malformed, VaultError(EXISTS) where the name or the account is
    taken, or its addresses are: an account that nobody agreed to yet may be proposed again, as it is."""
    check_name(name, "account name")
    account = chain.enrol(text, name)
    registered = office.desk.policies.upkeep().registered
    for known in office.desk.accounts.list():
        same = known == account and account.id not in registered
        if not same and (known.name == name or known.id == account.id):
            raise VaultError(Lock.EXISTS, name=known.name)
    twin = overlapping(office.desk, account)
    if twin is not None:
        raise VaultError(Lock.EXISTS, name=twin.name)
    return Proposed(office, account, "Registration of an account", account_facts(chain, account))


def account_facts(chain: Chain, account: Account) -> tuple[str, ...]:
    """An account whole: every key, the first address, the words of its id, and what is wrong with it."""
    quorum = f"{account.threshold} of {len(account.cosigners)}"
    keys = [f"key {number}: [{c.origin}]{c.key}" for number, c in enumerate(account.cosigners, 1)]
    flags = ["FLAG: one key alone can spend from it"] if account.threshold < 2 else []
    masters = [c.origin.fingerprint.hex() for c in account.cosigners]
    flags += [
        f"FLAG: {masters.count(m)} keys of device {m}" for m in sorted(set(masters)) if masters.count(m) > 1
    ]
    return (
        f"account {account.name}: {quorum} on {chain.network.coin} {chain.network.name}",
        *keys,
        f"first address: {chain.address(account, 0, 0)}",
        f"words: {' '.join(spoken(account.id))}",
        *flags,
    )


def propose_builder(office: Office, text: str, name: str) -> Proposed:
    """A builder's public key, 64 hexadecimal digits. Raises Malformed, VaultError(EXISTS) for one that is taken.

    A key that nobody agreed to yet may be proposed again under its name.
    """
    check_name(name, "builder name")
    try:
        key = bytes.fromhex(text.split()[0]) if text.split() else b""
    except ValueError as error:
        raise Malformed(Bad.ENCODING, what="builder key") from error
    if len(key) != KEY_BYTES:
        raise Malformed(Bad.VALUE, what="builder key")
    known = office.desk.policies.builders()
    same = known.get(key) == name and key not in office.desk.policies.upkeep().registered
    if not same and (key in known or name in known.values()):
        raise VaultError(Lock.EXISTS, name=known.get(key, name))
    facts = (f"builder {name}: {key.hex()}", f"words: {' '.join(spoken(key))}")
    return Proposed(office, Builder(name, key), "Registration of a builder", facts)


def propose_witness(office: Office, text: str) -> Proposed:
    """A witness's verifier key (C2SP). Raises Malformed, VaultError(EXISTS) for a name that is taken."""
    witness = Witness.parse(text)
    for known in office.desk.policies.upkeep().witnesses:
        if known.name == witness.name or known.public_key == witness.public_key:
            raise VaultError(Lock.EXISTS, name=known.name)
    facts = (f"witness {witness.text}", f"words: {' '.join(spoken(witness.public_key))}")
    return Proposed(office, witness, "Registration of a witness", facts)


def propose_policy(office: Office, data: bytes) -> Proposed:
    """The next policy. Raises Malformed for a text that is none, or not the next version."""
    policy = read_policy(data)
    if policy.version != office.policies.current().version + 1:
        raise Malformed(Bad.VALUE, what="policy version")
    shown = json.dumps(json.loads(data)["clauses"], ensure_ascii=False, indent=1).splitlines()
    facts = (
        f"policy: version {policy.version}, the old one holds beside it for {policy.delay} seconds",
        f"words: {' '.join(spoken(policy_digest(policy)))}",
        *shown,
    )
    return Proposed(office, PolicyText(data), "Change of policy", facts)


def propose_successor(office: Office, old: str, new: str, *, spare: bool = False) -> Proposed:
    """Give an account up: it pays to the other one alone. Or name the `spare` for the day that it must be.

    Raises Malformed for accounts that are not enrolled here or are of different chains.
    """
    accounts = {account.name: account for account in office.desk.accounts.list()}
    try:
        succession = Succession(accounts[old], accounts[new], spare)
    except KeyError as error:
        raise Malformed(Bad.VALUE, what="account name") from error
    if old == new or succession.old.chain != succession.new.chain:
        raise Malformed(Bad.NETWORK, what="successor")
    chain = office.desk.readers[succession.new.chain]
    facts = (
        f"in an emergency, everything on account {old} goes to account {new}"
        if spare
        else f"account {old} is given up, and pays to account {new} alone",
        f"first address of {new}: {chain.address(succession.new, 0, 0)}",
        f"words of {new}: {' '.join(spoken(succession.new.id))}",
    )
    title = "Naming of a spare account" if spare else "Succession of an account"
    return Proposed(office, succession, title, facts)


def _agreed(
    hall: Hall, transcript: Transcript, present: Mapping[str, bytearray], account: Account | None
) -> Transcript:
    """Everybody proves himself; every key on this device has its quorum among them; what an account says is a key of
    this device is one. Raises VaultError(TOO_FEW), Malformed(INCONSISTENT)."""
    slots = hall.custody.slots()
    if not slots:
        raise VaultError(Lock.TOO_FEW)
    with closing(hall.custody.session()) as session:
        transcript = agreed(hall, present, prove(hall, session, present, transcript))
        for cosigner in account.cosigners if account else ():
            for slot in slots:
                if cosigner.origin.fingerprint == slot.fingerprint:
                    _check_own(session, slot, cosigner)
    return transcript


def _check_own(session: SigningSession, slot: Slot, cosigner: Cosigner) -> None:
    """A fingerprint is four bytes that anybody can write before a key of his own: whether the key is ours only the
    vault knows (BIP 129, round 2: the signer checks that its own key is there). Raises Malformed(INCONSISTENT)."""
    form = _FORMS.get(len(cosigner.key), KeyForm.XPUB)
    (ours,) = session.public_keys(slot.name, [cosigner.origin.path], form)
    same = ours.key == cosigner.key
    if form is KeyForm.XPUB:
        same = read_key(ours.key, ours.origin).node == read_key(cosigner.key, cosigner.origin).node
    if not same:
        raise Malformed(Bad.INCONSISTENT, what=f"key {cosigner.origin}"[:80])
