"""Signing texts that are no transactions: a key record for forming an account, a proof of control on a challenge.

Both are `signmessage` signatures: their digest begins with a phrase that no transaction begins with. A proof of control
is signed as BIP 322 wants it as well, where the coin knows it: then a stranger's program verifies what m keys signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from signer.ceremony.custody import Hall
from signer.ceremony.forming import KeyRecord
from signer.ceremony.ports import SigningSession
from signer.ceremony.presence import prove
from signer.ceremony.register import Office
from signer.chains.draft import Chain
from signer.chains.utxo.bip322 import Message
from signer.chains.utxo.keys import ExtendedKey, read_key
from signer.chains.utxo.message import message_digest, signed_text, write_signature
from signer.core.account import HARDENED, Account, Cosigner, KeyOrigin, parse_path
from signer.core.errors import Bad, Lock, Malformed, Refused, VaultError
from signer.core.event import EventKind
from signer.core.slot import KeyForm, Slot
from signer.core.task import Algorithm, Signature, Task
from signer.core.transcript import Transcript

HEADER = "Kinko proof of control, not a transaction"
MAX_CHALLENGE = 200
_WHAT = "proof of control"


def key_record(
    hall: Hall, witnesses: Sequence[str], slot: str, path: str, present: Mapping[str, bytearray]
) -> tuple[Transcript, str]:
    """Round 1 of BSMS (BIP 129): the public key at a path, signed by itself. Raises VaultError, Refused(PREMISE)."""
    transcript = hall.open("Key record", witnesses)
    steps = parse_path(path)
    with closing(hall.custody.session()) as session:
        transcript = prove(hall, session, present, transcript)
        (extended,) = session.public_keys(slot, [steps])
        expression = f"[{extended.origin}]{extended.key}"
        record = KeyRecord(expression, f"key {slot}", "")
        public = read_key(extended.key, extended.origin).node.public_key
        asked = [_task(extended.origin, public, record.signed)]
        ((task, signature),) = _sign(hall, session, asked, "key record", present)
        written = write_signature(public, task.message, signature.data)
    transcript = transcript.say(f"key: {expression}").say("signed: by the key itself")
    text = KeyRecord(expression, record.description, written).text
    return hall.conclude("key", transcript, tuple(present)), text


def prove_control(
    office: Office,
    witnesses: Sequence[str],
    name: str,
    index: int,
    challenge: str,
    present: Mapping[str, bytearray],
) -> tuple[Transcript, str]:
    """This device's part of a proof that its owners control an address, on the challenge of an auditor.

    Raises Malformed for a challenge of one word (a code would not say whether it is text or bytes) or of more than 200
    characters, or an account that is not enrolled, VaultError.
    """
    hall, challenge = office.hall, challenge.strip()
    if " " not in challenge or len(challenge) > MAX_CHALLENGE or not challenge.isprintable():
        raise Malformed(Bad.VALUE, what="challenge", limit=MAX_CHALLENGE)
    account = next((known for known in office.desk.accounts.list() if known.name == name), None)
    if account is None:
        raise Malformed(Bad.VALUE, what="account name")
    chain = office.desk.readers[account.chain]
    slot, cosigner = _here(hall, account)
    key = _key_at(cosigner, index)
    text = statement(chain, account, index, challenge)
    transcript = hall.open("Proof of control", witnesses)
    with closing(hall.custody.session()) as session:
        transcript = prove(hall, session, present, transcript)
        session.public_keys(slot.name, [cosigner.origin.path], KeyForm.XPUB)
        origin = KeyOrigin(cosigner.origin.fingerprint, (*cosigner.origin.path, 0, index))
        generic = Message.of(chain.params, account, index, text)
        further = generic.tasks(frozenset({slot.fingerprint})) if generic else ()
        (task, signature), *more = _sign(hall, session, [_task(origin, key, text), *further], _WHAT, present)
        proof = f"{text}\n{key.hex()}\n{write_signature(key, task.message, signature.data)}\n"
        if generic and more:
            proof += f"{generic.attach([made for _, made in more]).proof}\n"
    transcript = transcript.say(f"challenge: {challenge}").say(f"address: {chain.address(account, 0, index)}")
    transcript = transcript.say(f"signed: by the key {cosigner.origin.fingerprint.hex()} of account {name}")
    return hall.conclude("control", transcript, tuple(present)), proof


@dataclass(frozen=True, slots=True)
class Control:
    """What proofs of several devices add up to: which keys of the account signed, how many it takes.

    `message` is what they signed, `generic` its BIP 322 signature by the address, base 64; empty where there is none.
    """

    address: str
    challenge: str
    signed: tuple[str, ...]
    needed: int
    message: str = ""
    generic: str = ""

    @property
    def proven(self) -> bool:
        return len(self.signed) >= self.needed


def check_control(chain: Chain, account: Account, index: int, proofs: Sequence[str]) -> Control:
    """Whether as many keys of the account as it takes signed the same challenge. Needs no key. Raises Malformed."""
    keys = {_key_at(cosigner, index): cosigner.origin.fingerprint.hex() for cosigner in account.cosigners}
    signed, said, parts = set(), set(), []
    for proof in proofs:
        lines = proof.strip().splitlines()
        if len(lines) not in (6, 7) or lines[0] != HEADER:
            raise Malformed(Bad.FIELD, what=_WHAT)
        challenge = lines[3].removeprefix("challenge ")
        text = statement(chain, account, index, challenge)
        public = next((key for key in keys if key.hex() == lines[4]), None)
        if "\n".join(lines[:4]) != text or public is None or not signed_text(public, text, lines[5]):
            raise Malformed(Bad.SIGNATURE, what=_WHAT)
        signed.add(keys[public])
        said.add(text)
        parts += lines[6:]
    if len(said) != 1:
        raise Malformed(Bad.INCONSISTENT, what=_WHAT)
    text = said.pop()
    address, challenge = chain.address(account, 0, index), text.splitlines()[3].removeprefix("challenge ")
    whole = _generic(chain, account, index, text, parts)
    return Control(address, challenge, tuple(sorted(signed)), account.threshold, text, whole)


def _generic(chain: Chain, account: Account, index: int, text: str, parts: Sequence[str]) -> str:
    """The parts put together; empty while there are too few."""
    message = Message.of(chain.params, account, index, text)
    if message is None:
        return ""
    for part in parts:
        message = message.with_proof(part)
    try:
        return message.signature()
    except Refused:
        return ""


def statement(chain: Chain, account: Account, index: int, challenge: str) -> str:
    """The text that is signed."""
    where = f"address {chain.address(account, 0, index)}"
    return "\n".join((HEADER, f"account {account.id.hex()}", where, f"challenge {challenge}"))


def _here(hall: Hall, account: Account) -> tuple[Slot, Cosigner]:
    for slot in hall.custody.slots():
        for cosigner in account.cosigners:
            if cosigner.origin.fingerprint == slot.fingerprint:
                return slot, cosigner
    raise VaultError(Lock.NO_KEY)


def _key_at(cosigner: Cosigner, index: int) -> bytes:
    """The public key of a receive address (33 bytes). Raises Malformed for a key that is no extended one."""
    if not 0 <= index < HARDENED:
        raise Malformed(Bad.VALUE, what="address index")
    key: ExtendedKey = read_key(cosigner.key, cosigner.origin)
    return key.node.child(0).child(index).public_key


def _task(origin: KeyOrigin, public: bytes, text: str) -> Task:
    return Task(0, origin, public, Algorithm.ECDSA, message_digest(text))


def _sign(
    hall: Hall,
    session: SigningSession,
    asked: Sequence[Task],
    purpose: str,
    present: Mapping[str, bytearray],
) -> list[tuple[Task, Signature]]:
    """All of it at once: a session signs once. Each is in the journal before, and verified by a second library."""
    for task in asked:
        hall.record(EventKind.SIGNING, tuple(present), task.message, purpose=purpose)
    made = list(zip(asked, session.sign(asked), strict=True))
    if not all(hall.verify(task, signature) for task, signature in made):
        raise VaultError(Lock.FAULT)
    return made
