"""NEM: an account has one balance, and a payment is one transfer inside an initiator's multisig transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.coins import Holdings
from online_builder.plan.family import Built, Case, Family, Wish
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Ledger, Standing
from signer.chains.draft import Draft
from signer.chains.nem.account import Wallet, open_wallet
from signer.chains.nem.address import address_of, keccak_256
from signer.chains.nem.draft import FORM, NemDraft
from signer.chains.nem.fee import WHOLE, cosigning_fee, least_fee
from signer.chains.nem.models import Change, Head, Message, Modification, Mosaic, Multisig, Transfer, Type
from signer.chains.nem.modify import difference
from signer.chains.nem.network import (
    FIXED_FEE,
    MAX_LIFE,
    MAX_MESSAGE,
    MODIFICATION_FEE,
    Params,
    params_of,
    since_epoch,
)
from signer.chains.nem.tasks import needed
from signer.core.account import Account
from signer.core.amount import Amount, Asset
from signer.core.codec import encode
from signer.core.errors import Bad, Malformed

#: A node whose clock is so many seconds from ours is wrong, or we are.
_CLOCKS_APART: Final = 600


@dataclass(frozen=True, slots=True)
class LedgerView:
    """See View."""

    case: Case
    params: Params
    wallet: Wallet
    standing: Standing

    @property
    def free(self) -> tuple[int, int]:
        """See View: there is one address."""
        return 1, 0

    def holdings(self) -> Holdings:
        """See View."""
        asset = self.params.network.asset
        held = min(self._reserved(), self.standing.units)
        return Holdings(
            confirmed=Amount(self.standing.units - held, asset),
            waiting=Amount(self.standing.waiting, asset),
            reserved=Amount(held, asset),
            coins=(),
            height=self.standing.height,
            assets=tuple(Amount(units, Asset(a.id, a.decimals)) for a, units in self.standing.assets),
        )

    def lost(self, holds: Sequence[str]) -> bool:
        """See View: its deadline has passed."""
        return any(int(token.split(":")[2]) < self.standing.time for token in holds)

    def propose(self, wish: Wish, change: int) -> Built:
        """See View."""
        if wish.sweep_to:
            return self._everything(wish, wish.sweep_to)
        if len(wish.payees) != 1:
            raise BuilderError(Trouble.CANNOT_BUILD, why="a NEM transfer pays one address: a request each")
        (payee,) = wish.payees
        if payee.amount.asset != self.params.network.asset:
            return self._mosaic(wish, payee)
        return self._transfer(wish, payee.script, payee.amount.units)

    def change(self, wish: Wish, into: Account | None) -> Built:
        """See View: an aggregate modification, bare where the account becomes multisig by it."""
        if into is None:
            return self._converted(wish)
        self._check_state()
        to = open_wallet(self.params, into)
        if to.public_key != self.wallet.public_key:
            raise BuilderError(Trouble.CANNOT_BUILD, why=f"{into.name} is another account")
        changes, relative = difference(self.params, _state(self.wallet), _state(to))
        if len([change for change in changes if not change.adds]) > 1:
            raise BuilderError(Trouble.CANNOT_BUILD, why="the network takes out one cosignatory at a time")
        stay = frozenset(self.wallet.keys) & frozenset(to.keys)
        inner = self._modification(wish, changes, relative)
        outer = self._wrapped(wish, inner, stay)
        self._check_funds(inner.head.fee + FIXED_FEE + cosigning_fee(needed(outer, self.wallet)))
        return Built(_payload(outer), 0)

    def _converted(self, wish: Wish) -> Built:
        if self.standing.cosignatories:
            raise BuilderError(Trouble.CANNOT_BUILD, why="the account is multisig already")
        if self.wallet.origin is None:
            raise BuilderError(
                Trouble.CANNOT_BUILD, why="it is not said where the account's own key comes from"
            )
        changes, relative = difference(self.params, (frozenset(), 0), _state(self.wallet))
        made = self._modification(wish, changes, relative)
        self._check_funds(made.head.fee)
        return Built(_payload(made), 0)

    def _modification(self, wish: Wish, changes: tuple[Change, ...], relative: int | None) -> Modification:
        if not changes and relative is None:
            raise BuilderError(Trouble.CANNOT_BUILD, why="nothing would change")
        head = self._head(Type.COSIGNATORIES, wish, self.wallet.public_key, MODIFICATION_FEE)
        return Modification(replace(head, version=1 if relative is None else 2), changes, relative)

    def sweep(self, wish: Wish, size: int, lock: Callable[[], bytes], change: int) -> Iterator[Built]:
        """See View: one transfer moves it all."""
        yield self._everything(wish, lock())

    def _everything(self, wish: Wish, to: bytes) -> Built:
        """What the fees leave over. A smaller amount never has a larger fee, so this is what can be moved."""
        free = self.standing.units - self._reserved() - FIXED_FEE - cosigning_fee(self.case.account.threshold)
        fee = least_fee(self._inner(wish, to, max(free, 0)))
        if free <= fee:
            raise BuilderError(Trouble.NO_FUNDS, why="the fees are more than what is there")
        return self._transfer(wish, to, free - fee)

    def _transfer(self, wish: Wish, to: bytes, units: int) -> Built:
        self._check_state()
        inner = self._inner(wish, to, units)
        cost = units + inner.head.fee + FIXED_FEE + cosigning_fee(self.case.account.threshold)
        self._check_funds(cost)
        return Built(_payload(self._wrapped(wish, inner, frozenset(self.wallet.keys))), 0)

    def _mosaic(self, wish: Wish, payee: Payee) -> Built:
        """A transfer of version 2 with one mosaic. Its fee depends on what the node says of the mosaic's supply."""
        self._check_state()
        held = {asset.id: (asset, units) for asset, units in self.standing.assets}
        asset, units = held.get(payee.amount.asset.ticker, (None, 0))
        if asset is None or units < payee.amount.units:
            raise BuilderError(Trouble.NO_FUNDS, why=f"not as much of {payee.amount.asset.ticker} is there")
        namespace, _, name = asset.id.rpartition(":")
        mosaics = (Mosaic(namespace, name, payee.amount.units),)
        bare = replace(self._inner(wish, payee.script, WHOLE), mosaics=mosaics)
        head = replace(bare.head, version=2, fee=least_fee(bare, (asset,)))
        inner = replace(bare, head=head)
        self._check_funds(head.fee + FIXED_FEE + cosigning_fee(self.case.account.threshold))
        return Built(_payload(self._wrapped(wish, inner, frozenset(self.wallet.keys))), 0)

    def _inner(self, wish: Wish, to: bytes, units: int) -> Transfer:
        message = _message(wish.message)
        bare = Transfer(
            self._head(Type.TRANSFER, wish, self.wallet.public_key, 0), to.decode(), units, message, ()
        )
        head = self._head(Type.TRANSFER, wish, self.wallet.public_key, least_fee(bare))
        return Transfer(head, to.decode(), units, message, ())

    def _wrapped(self, wish: Wish, inner: Transfer | Modification, may: frozenset[bytes]) -> Multisig:
        return Multisig(self._head(Type.MULTISIG, wish, self._initiator(wish, may), FIXED_FEE), inner)

    def _check_funds(self, cost: int) -> None:
        there = self.standing.units - self._reserved()
        if cost > there:
            asset = self.params.network.asset
            why = f"{Amount(max(there, 0), asset)} there, {Amount(cost, asset)} needed with the fees"
            raise BuilderError(Trouble.NO_FUNDS, why=why)

    def _head(self, kind: Type, wish: Wish, signer: bytes, fee: int) -> Head:
        if wish.fee_rate is not None:
            raise BuilderError(Trouble.CANNOT_BUILD, why="NEM's fees are fixed: no fee rate")
        made = since_epoch(self.standing.time)
        return Head(kind, 1, self.params.byte, made, signer, fee, made + min(wish.lifetime, MAX_LIFE))

    def _initiator(self, wish: Wish, may: frozenset[bytes]) -> bytes:
        """The cosignatory who signs the multisig transaction itself: the one asked for, else the first."""
        for key, origin in self.wallet.keys.items():
            if key in may and wish.initiator in ("", origin.fingerprint.hex()):
                return key
        raise BuilderError(
            Trouble.CANNOT_BUILD, why=f"{wish.initiator[:16]} is no cosignatory of this account"
        )

    def _check_state(self) -> None:
        """What the chain says of the account must be what was enrolled, or nobody's signature would help."""
        threshold = self.case.account.threshold
        if not self.standing.cosignatories:
            raise BuilderError(Trouble.CANNOT_BUILD, why="the account is not multisig yet: convert it first")
        if self.standing.cosignatories != frozenset(self.wallet.keys) or self.standing.minimum != threshold:
            raise BuilderError(
                Trouble.CANNOT_BUILD, why="the chain has other cosignatories or another threshold for it"
            )

    def _reserved(self) -> int:
        """What open requests of this account would take, as long as the network would still take them."""
        rows = [token.split(":") for token in self.case.reserved if not self.lost((token,))]
        return sum(int(row[1]) for row in rows if row[0] == self.wallet.address)


def look(case: Case) -> LedgerView:
    """Ask the source about the account's one address."""
    source = case.source
    if not isinstance(source, Ledger):
        raise BuilderError(Trouble.BACKEND_SETTINGS, source=source.chain, why="it does not speak of accounts")
    params = params_of(case.account.chain)
    wallet = open_wallet(params, case.account)
    standing = source.standing(wallet.address)
    apart = abs(standing.time - case.now)
    if apart > _CLOCKS_APART:
        raise BuilderError(
            Trouble.BACKEND_GARBLED, source=source.chain, why=f"its clock is {apart} seconds off"
        )
    return LedgerView(case, params, wallet, standing)


def slim(payload: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """NEM needs no proofs: amounts are in the transaction itself."""
    return payload, ()


def holds(draft: Draft, account: Account) -> tuple[str, ...]:
    """`address:units:deadline:txid`: what it takes, until when."""
    spend = draft.inspect(account).spend
    address = spend.sources[0].coin
    taken = [part.units for part in (spend.leaving(), spend.fee) if part is not None]
    return (f"{address}:{sum(taken)}:{spend.deadline or 0}:{draft.txid}",)


def check(draft: Draft, final: bytes) -> None:
    """Every signature was verified when it was attached, and `finish` took only those."""


def ask(draft: Draft, txid: str) -> str:
    """`outer hash:inner hash:address`: a node speaks of what waits by the inner one."""
    if not isinstance(draft, NemDraft):
        return txid
    core = draft.outer.inner if isinstance(draft.outer, Multisig) else draft.outer
    return f"{txid}:{keccak_256(core.to_bytes()).hex()}:{address_of(draft.params, core.head.signer)}"


def _state(wallet: Wallet) -> tuple[frozenset[bytes], int]:
    return frozenset(wallet.keys), wallet.threshold


def _message(text: str) -> Message | None:
    data = text.encode()
    if len(data) > MAX_MESSAGE:
        raise BuilderError(Trouble.CANNOT_BUILD, why=f"the message is longer than {MAX_MESSAGE} bytes")
    return Message(Message.PLAIN, data) if data else None


def _payload(outer: Multisig | Modification) -> bytes:
    return encode([FORM, outer.to_bytes(), []])


def form(threshold: int, keys: Sequence[str], script: str) -> str:
    """The first key is the account's own, the others are its cosignatories'; `[fingerprint/path]key` each."""
    if not 2 <= threshold < len(keys):
        raise Malformed(Bad.VALUE, what="threshold", limit=max(len(keys) - 1, 0))
    return f"nem-multisig({threshold},{','.join(keys)})"


NEM: Final = Family(look, slim, holds, check, ask, form)
