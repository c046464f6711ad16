"""What this device knows and remembers: enrolled accounts and builders, and what the journal says was signed.

The journal is the only memory of what was done: limits and replay checks are folded from its records. What was
enrolled is one small file under the device's own seal, and file and journal must have the same.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from signer.core.account import Account, Cosigner, KeyOrigin
from signer.core.codec import decode, encode
from signer.core.errors import Bad, Broken, Lock, Malformed, Tampered, VaultError
from signer.core.fields import Fields
from signer.core.policy import BUILT_IN, Policy
from signer.core.policyfile import read_policy, write_policy
from signer.core.upkeep import Upkeep
from signer.journal.journal import FileJournal
from signer.journal.ledger import FOLDED, Ledger
from signer.storage.files import locked, read_file, write_file

MAX_ACCOUNTS = 1024
MAX_BUILDERS = 64
MAX_COSIGNERS = 64
MAX_TERMS = 16 * 1024
NO_POLICY = bytes(32)
_WHAT = "account"
_PATIENCE = 10.0


def _unbound() -> bytes:
    return NO_POLICY


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the file holds."""

    accounts: tuple[Account, ...] = ()
    builders: tuple[tuple[bytes, str], ...] = ()


@dataclass(slots=True)
class Records:
    """The ceremonies' Accounts, Builders and Policies. `key` is the device's own, 32 bytes.

    `bound` is the digest of the policy that the vault's keys are sealed under (zeros: none yet): what is in force.
    """

    path: Path
    key: bytearray
    journal: FileJournal
    bound: Callable[[], bytes] = _unbound
    _ledger: Ledger = field(default_factory=Ledger)

    # --- Accounts --------------------------------------------------------------------------------------------------

    def list(self) -> tuple[Account, ...]:
        """See ports.Accounts. Raises Tampered(ACCOUNT) for an older file, which lacks what the journal has."""
        return self._enrolled().accounts

    def add(self, account: Account) -> None:
        """See ports.Accounts."""
        with locked(self._lock, _PATIENCE):
            for known in self._enrolled().accounts:
                if known != account and (known.name == account.name or known.id == account.id):
                    raise VaultError(Lock.EXISTS, name=known.name)
            kept = self._kept_file()
            if account not in kept.accounts:
                self._write(Enrolled((*kept.accounts, account), kept.builders))

    # --- Builders --------------------------------------------------------------------------------------------------

    def add_builder(self, public_key: bytes, name: str) -> None:
        """See ports.Builders."""
        with locked(self._lock, _PATIENCE):
            for known in self._enrolled().builders:
                if known != (public_key, name) and (known[0] == public_key or known[1] == name):
                    raise VaultError(Lock.EXISTS, name=name)
            kept = self._kept_file()
            if (public_key, name) not in kept.builders:
                self._write(Enrolled(kept.accounts, (*kept.builders, (public_key, name))))

    # --- Policies --------------------------------------------------------------------------------------------------

    def current(self) -> Policy:
        """See ports.Policies. Raises Tampered(POLICY) if the policy that is in force is not there as it was."""
        return self._kept(self.bound())

    def in_force(self, now: int) -> Sequence[Policy]:
        """See ports.Policies. Which policies came before, and when each was left, is what the journal says."""
        current, changes = self.current(), self._folded().policies
        known = [version for version in sorted(changes) if 0 < version <= current.version]
        steps = [
            (0, BUILT_IN),
            *((changes[version][0], self._kept(changes[version][1])) for version in known),
        ]
        if current.version not in known and current.version:
            steps.append((0, current))
        ends = [*(since for since, _ in steps[1:]), None]
        held: list[Policy] = []
        agreed: dict[str, int] = {}
        for (since, policy), left in zip(steps, ends, strict=True):
            agreed = {address: agreed.get(address, since) for address in policy.addresses()}
            if left is None or now < left + policy.delay:
                held.append(policy.agreed(agreed))
        return tuple(reversed(held))

    def _kept(self, digest: bytes) -> Policy:
        if digest == NO_POLICY:
            return BUILT_IN
        data = read_file(self._policy(digest))
        if data is None or hashlib.sha256(data).digest() != digest:
            raise Tampered(Broken.POLICY, what=digest.hex()[:16])
        try:
            return read_policy(data)
        except Malformed as error:
            raise Tampered(Broken.POLICY, what=digest.hex()[:16]) from error

    def keep(self, policy: Policy) -> bytes:
        """Store a policy under its digest, which is returned. It is not in force before the vault is bound to it."""
        data = write_policy(policy)
        digest = hashlib.sha256(data).digest()
        write_file(self._policy(digest), data)
        return digest

    def builders(self) -> Mapping[bytes, str]:
        """See ports.Policies."""
        return MappingProxyType(dict(self._enrolled().builders))

    def spent(self, account_id: bytes) -> Sequence[tuple[int, int]]:
        """See ports.Policies."""
        return tuple(self._folded().spent.get(account_id.hex(), ()))

    def moved(self, account_id: bytes) -> Sequence[tuple[int, str, int]]:
        """See ports.Policies."""
        return tuple(self._folded().moved.get(account_id.hex(), ()))

    def seen(self, request_id: bytes) -> bool:
        """See ports.Policies."""
        return request_id.hex() in self._folded().requests

    def last_sequence(self, builder: bytes) -> int:
        """See ports.Policies."""
        return self._folded().sequences.get(builder.hex(), -1)

    def unseen(self, checkpoint: bytes) -> int | None:
        """See ports.Policies. Raises Tampered(JOURNAL) if the checkpoint shows that this device was rolled back."""
        return self.journal.unseen(checkpoint)

    def upkeep(self) -> Upkeep:
        """See ports.Policies."""
        ledger = self._folded()
        return Upkeep(
            records=len(self.journal),
            exported=ledger.exported,
            drills=dict(ledger.drills),
            witnesses=tuple(ledger.witnesses.values()),
            cosigned=dict(ledger.cosigned),
            registered=frozenset(ledger.registered),
            successors=dict(ledger.successors),
            spares=dict(ledger.spares),
            attended=ledger.attended,
            named=dict(ledger.named),
        )

    # --- the file --------------------------------------------------------------------------------------------------

    def _folded(self) -> Ledger:
        self.journal.refresh()
        for record in self.journal.records(self._ledger.read, FOLDED):
            self._ledger.take(record)
        self._ledger.read = len(self.journal)
        return self._ledger

    def _enrolled(self) -> Enrolled:
        """What file and journal agree on. What the journal does not have was never enrolled: the power went before.

        What the journal has and the file has not makes it an older copy. Raises Tampered(ACCOUNT).
        """
        kept, ledger = self._kept_file(), self._folded()
        accounts = tuple(item for item in kept.accounts if (item.id, item.name) in ledger.accounts)
        builders = tuple(item for item in kept.builders if ledger.builders.get(item[0]) == item[1])
        for missing in ledger.accounts - {(item.id, item.name) for item in accounts}:
            raise Tampered(Broken.ACCOUNT, what=missing[1])
        for key in ledger.builders.keys() - {item[0] for item in builders}:
            raise Tampered(Broken.ACCOUNT, what=ledger.builders[key])
        return Enrolled(accounts, builders)

    def _kept_file(self) -> Enrolled:
        data = read_file(self.path)
        if data is None:
            return Enrolled()
        body = data[32:]
        if not hmac.compare_digest(data[:32], self._tag(body)):
            raise Tampered(Broken.ACCOUNT, what=self.path.name)
        try:
            return _read_enrolled(body)
        except Malformed as error:
            raise Tampered(Broken.ACCOUNT, what=self.path.name) from error

    def _write(self, enrolled: Enrolled) -> None:
        accounts = [_account_row(account) for account in enrolled.accounts]
        body = encode([accounts, [[key, name] for key, name in enrolled.builders]])
        write_file(self.path, self._tag(body) + body)

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.key, b"kinko enrolled" + body, "sha256")

    def _policy(self, digest: bytes) -> Path:
        return self.path.with_name(f"policy-{digest.hex()}")

    @property
    def _lock(self) -> Path:
        return self.path.with_name(self.path.name + ".lock")


def _account_row(account: Account) -> list[object]:
    cosigners = [[c.origin.fingerprint, [*c.origin.path], c.key] for c in account.cosigners]
    return [account.name, account.chain, account.terms, account.threshold, cosigners]


def _read_enrolled(body: bytes) -> Enrolled:
    fields = _row(decode(body), 2)
    accounts = tuple(_read_account(row) for row in fields.items_of(0, MAX_ACCOUNTS))
    builders = [_row(row, 2) for row in fields.items_of(1, MAX_BUILDERS)]
    return Enrolled(accounts, tuple((row.octets(0, 32, 32), row.text(1, 64)) for row in builders))


def _read_account(row: object) -> Account:
    fields = _row(row, 5)
    cosigners = tuple(_read_cosigner(item) for item in fields.items_of(4, MAX_COSIGNERS))
    terms = fields.items[2]
    if not isinstance(terms, str) or len(terms) > MAX_TERMS:
        raise Malformed(Bad.VALUE, what=_WHAT)
    return Account(fields.text(0, 64), fields.text(1, 64), terms, fields.integer(3), cosigners)


def _read_cosigner(row: object) -> Cosigner:
    fields = _row(row, 3)
    steps = fields.items_of(1, 16)
    path = Fields(_WHAT, dict(enumerate(steps)))
    origin = KeyOrigin(fields.octets(0, 4, 4), tuple(path.integer(index) for index in range(len(steps))))
    return Cosigner(origin, fields.text(2, 256))


def _row(value: object, length: int) -> Fields:
    if not isinstance(value, list) or len(value) != length:
        raise Malformed(Bad.FIELD, what=_WHAT)
    return Fields(_WHAT, dict(enumerate(value)))
