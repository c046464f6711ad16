"""A transaction of Bitcoin's family as a `Draft`: a PSBT, what its inputs spend, and the verbs on it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from signer.chains.utxo.attach import attach, finish, signatures_of
from signer.chains.utxo.coin import Params
from signer.chains.utxo.coins import read_coins
from signer.chains.utxo.contents import Contents
from signer.chains.utxo.digest import Digester
from signer.chains.utxo.inspect import inspect
from signer.chains.utxo.psbt import Psbt
from signer.chains.utxo.survey import Survey, untapped
from signer.chains.utxo.tasks import tasks
from signer.chains.utxo.wallet import open_wallet
from signer.core.account import Account
from signer.core.codec import encode
from signer.core.errors import Malformed, Refused
from signer.core.finding import stops
from signer.core.known import Known
from signer.core.spend import Report
from signer.core.task import Signature, Task


@dataclass(frozen=True, slots=True)
class UtxoDraft(Contents):
    """Made by `read`."""

    _reports: dict[bytes, tuple[Report, Survey]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, params: Params, psbt: Psbt, proofs: tuple[bytes, ...], payload: bytes) -> UtxoDraft:
        """A draft of a PSBT that was read from (or written to) exactly `payload`."""
        coins = read_coins(params, psbt, proofs)
        carried = {n: coin.token.to_bytes() for n, coin in enumerate(coins) if coin.token is not None}
        digester = Digester(psbt.tx, [coin.output for coin in coins], params.digest, carried)
        return cls(params, psbt, coins, proofs, _digest(payload, proofs), digester)

    @property
    def txid(self) -> str:
        """As people write it. For a draft with scriptSigs to come (no segwit) it will still change."""
        return self.psbt.tx.txid[::-1].hex()

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures it carries, as `attach` takes them: how another wallet's answer is combined."""
        return signatures_of(self.psbt, self.coins, self.digester)

    def belongs(self, account: Account) -> bool:
        if account.chain != self.params.chain:
            return False
        try:
            prefixes = open_wallet(self.params, account).prefixes
        except Malformed:
            return False
        halves = self.psbt.inputs
        return any(
            claim[:-8] in prefixes
            for half in halves
            for claim in (*half.derivations.values(), *untapped(half.tap_derivations).values())
        )

    def knowing(self, known: Known) -> UtxoDraft:
        """Of other assets, those that may move; everything else is in the transaction, the proofs and the account."""
        if not self.params.tokens or known.assets == self.assets:
            return self
        return replace(self, assets=known.assets, _reports={})

    def inspect(self, account: Account) -> Report:
        return self._inspected(account)[0]

    def tasks(self, account: Account, fingerprints: frozenset[bytes]) -> tuple[Task, ...]:
        """As `Draft.tasks`. Raises Refused where inspection finds anything that forbids a signature."""
        report, seen = self._inspected(account)
        if not report.signable:
            raise Refused(stops(report.findings))
        return tasks(seen, open_wallet(self.params, account), fingerprints)

    def attach(self, signatures: Sequence[Signature]) -> UtxoDraft:
        psbt = attach(self.psbt, self.coins, self.digester, signatures)
        digest = _digest(psbt.to_bytes(), self.proofs)
        return replace(self, psbt=psbt, digest=digest, _reports={})

    def to_bytes(self) -> bytes:
        return self.psbt.to_bytes()

    def finish(self, account: Account) -> bytes:
        return finish(self.psbt, self.coins, self.digester, open_wallet(self.params, account))

    def _inspected(self, account: Account) -> tuple[Report, Survey]:
        """Inspected once for each account: what was approved is what is signed."""
        key = account.id
        if key not in self._reports:
            self._reports[key] = inspect(self, account)
        return self._reports[key]


def _digest(payload: bytes, proofs: tuple[bytes, ...]) -> bytes:
    """SHA-256 of the payload alone, or of the pair with its proofs: exactly what was read."""
    return hashlib.sha256(encode([payload, list(proofs)]) if proofs else payload).digest()
