"""A NEM multisig transaction as a `Draft`: the wrapper, and the signatures gathered so far."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from signer.chains.nem.account import open_wallet
from signer.chains.nem.address import keccak_256
from signer.chains.nem.attach import Pairs, attach, finish, is_valid
from signer.chains.nem.inspect import inspect
from signer.chains.nem.models import Core, Modification, Multisig, Transaction
from signer.chains.nem.network import Params
from signer.chains.nem.tasks import index_of, tasks
from signer.core.account import Account
from signer.core.codec import encode
from signer.core.errors import Malformed, Refused
from signer.core.finding import Code, Finding, stops
from signer.core.known import NOTHING, Known
from signer.core.spend import Report
from signer.core.task import Signature, Task

FORM = 1  # the version of the payload


@dataclass(frozen=True, slots=True)
class NemDraft:
    """Made by `read`. `pairs` are (public key, signature), sorted by key."""

    params: Params
    outer: Transaction
    pairs: Pairs = ()
    known: Known = NOTHING

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def txid(self) -> str:
        """The wrapper's hash; NEM leaves the signature out of it."""
        return keccak_256(self.outer.to_bytes()).hex()

    @property
    def signatures(self) -> tuple[Signature, ...]:
        if not isinstance(self.outer, Multisig | Modification):
            return ()
        return tuple(Signature(index_of(self.outer, key), key, data) for key, data in self.pairs)

    @property
    def core(self) -> Core:
        """What the account itself would do."""
        return self.outer.inner if isinstance(self.outer, Multisig) else self.outer

    def belongs(self, account: Account) -> bool:
        if account.chain != self.params.chain or not isinstance(self.outer, Multisig | Modification):
            return False
        try:
            return open_wallet(self.params, account).public_key == self.core.head.signer
        except Malformed:
            return False

    def knowing(self, known: Known) -> NemDraft:
        return replace(self, known=known)

    def inspect(self, account: Account) -> Report:
        return inspect(self.params, self.outer, self.pairs, self.digest, account, self.known)

    def tasks(self, account: Account, fingerprints: frozenset[bytes]) -> tuple[Task, ...]:
        """As `Draft.tasks`. Raises Refused where inspection finds anything that forbids a signature."""
        report = self.inspect(account)
        outer = self._wrapper(stops(report.findings))
        signed = frozenset(key for key, data in self.pairs if is_valid(self.params, outer, key, data))
        return tasks(self.params, outer, open_wallet(self.params, account), signed, fingerprints)

    def attach(self, signatures: Sequence[Signature]) -> NemDraft:
        return replace(self, pairs=attach(self.params, self._wrapper(()), self.pairs, signatures))

    def to_bytes(self) -> bytes:
        return encode([FORM, self.outer.to_bytes(), [list(pair) for pair in self.pairs]])

    def finish(self, account: Account) -> bytes:
        return finish(self.params, self._wrapper(()), self.pairs, open_wallet(self.params, account))

    def _wrapper(self, against: tuple[Finding, ...]) -> Multisig | Modification:
        """The transaction of an account that it must be. Raises Refused with whatever speaks against signing it."""
        if against:
            raise Refused(against)
        if not isinstance(self.outer, Multisig | Modification):
            raise Refused((Finding.of(Code.TYPE_REFUSED, kind=self.outer.head.type.name.lower()),))
        return self.outer
