"""NEM: an account has one balance, and a payment is one transfer inside an initiator's multisig transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.coins import Holdings
from online_builder.plan.family import Built, Case, Family, Wish
from online_builder.plan.nem_assets import Hold, cost, held_by, most, parse_hold, total
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Ledger, Standing
from signer.chains.draft import Draft
from signer.chains.nem.account import Wallet, open_wallet
from signer.chains.nem.address import address_of, keccak_256
from signer.chains.nem.draft import FORM, NemDraft
from signer.chains.nem.fee import WHOLE, XEM_ID, cosigning_fee, least_fee
from signer.chains.nem.models import Change, Head, Message, Modification, Mosaic, Multisig, Transfer, Type
from signer.chains.nem.modify import difference
from signer.chains.nem.network import (
    FEE_UNIT,
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
from signer.core.known import KnownAsset

#: A node whose clock is so many seconds from ours is wrong, or we are.
_CLOCKS_APART: Final = 600
#: More mosaics than that are not swept at once: anybody can send an account worthless ones.
MAX_SWEPT: Final = 64
_TURN: Final = "turn:"


@dataclass(frozen=True, slots=True)
class LedgerView:
    """See View."""

    case: Case
    source: Ledger
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
        reserved = self._reserved()
        held = min(reserved.get(XEM_ID, 0), self.standing.units)
        assets = [
            (Asset(a.id, a.decimals), units, reserved.get(a.id, 0)) for a, units in self.standing.assets
        ]
        return Holdings(
            confirmed=Amount(self.standing.units - held, asset),
            waiting=Amount(self.standing.waiting, asset),
            reserved=Amount(held, asset),
            coins=(),
            height=self.standing.height,
            assets=tuple(Amount(units - min(gone, units), asset) for asset, units, gone in assets),
            assets_reserved=tuple(Amount(gone, asset) for asset, _, gone in assets if gone),
            current=self._is_current,
        )

    def lost(self, holds: Sequence[str]) -> bool:
        """See View: its deadline has passed."""
        taken = [parse_hold(token) for token in holds if not token.startswith(_TURN)]
        return any(hold.deadline < self.standing.time for hold in taken)

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
        if relative is not None and not self.standing.minimum:
            # It would count from 0: one more than "all of them" would be one alone.
            raise BuilderError(
                Trouble.CANNOT_BUILD,
                why="the chain has “all of them” as its threshold, and counts a change of it from 0",
            )
        if len([change for change in changes if not change.adds]) > 1:
            raise BuilderError(Trouble.CANNOT_BUILD, why="the network takes out one cosignatory at a time")
        stay = frozenset(self.wallet.keys) & frozenset(to.keys)
        inner = self._modification(wish, changes, relative)
        outer = self._wrapped(wish, inner, stay)
        self._check_funds(inner.head.fee + FIXED_FEE + cosigning_fee(needed(outer, self.wallet)))
        return Built(_payload(outer), 0, turn=self._turn())

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
        return Built(_payload(made), 0, turn=self._turn())

    def _modification(self, wish: Wish, changes: tuple[Change, ...], relative: int | None) -> Modification:
        if not changes and relative is None:
            raise BuilderError(Trouble.CANNOT_BUILD, why="nothing would change")
        head = self._head(Type.COSIGNATORIES, wish, self.wallet.public_key, MODIFICATION_FEE)
        return Modification(replace(head, version=1 if relative is None else 2), changes, relative)

    def sweep(self, wish: Wish, size: int, lock: Callable[[], bytes], change: int) -> Iterator[Built]:
        """See View: a transfer for each mosaic, and one for all XEM that their fees leave over."""
        self._check_state()
        to, spent, free = lock(), 0, self.standing.units - self._reserved().get(XEM_ID, 0)
        for number, (known, units) in enumerate(self._spendable_assets()[:MAX_SWEPT]):
            asset = self.source.asset(known.id)
            made = self._mosaic_inner(wish, to, asset, most(asset, units))
            needed = dict(cost(asset, most(asset, units)))
            fees = needed.pop(XEM_ID, 0) + made.head.fee + self._signing_fee
            if needed.keys() == {asset.id} and most(asset, units) and spent + fees <= free:
                spent += fees
                yield self._built(wish, made, asset, after=number)
        if not spent or spent + self._signing_fee + FEE_UNIT < free:
            yield self._everything(wish, to, spent, MAX_SWEPT)

    @property
    def _signing_fee(self) -> int:
        """What the multisig transaction and its cosignatures cost."""
        return FIXED_FEE + cosigning_fee(self.case.account.threshold)

    def _everything(self, wish: Wish, to: bytes, spent: int = 0, after: int = 0) -> Built:
        """What the fees leave over. A smaller amount never has a larger fee, so this is what can be moved."""
        free = self.standing.units - self._reserved().get(XEM_ID, 0) - spent - self._signing_fee
        fee = least_fee(self._inner(wish, to, max(free, 0)))
        if free <= fee:
            raise BuilderError(Trouble.NO_FUNDS, why="the fees are more than what is there")
        return self._transfer(wish, to, free - fee, after)

    def _transfer(self, wish: Wish, to: bytes, units: int, after: int = 0) -> Built:
        self._check_state()
        inner = self._inner(wish, to, units)
        self._check_funds(units + inner.head.fee + self._signing_fee)
        return self._built(wish, inner, after=after)

    def _mosaic(self, wish: Wish, payee: Payee) -> Built:
        """A transfer of one mosaic: its fee and its issuer's levy are as the node has them now."""
        self._check_state()
        held = {asset.id: units for asset, units in self._spendable_assets()}
        name, units = payee.amount.asset.ticker, payee.amount.units
        if held.get(name, 0) < units:
            raise BuilderError(Trouble.NO_FUNDS, why=f"not as much of {name} is there")
        asset = self.source.asset(name)
        inner = self._mosaic_inner(wish, payee.script, asset, units)
        needed = dict(cost(asset, units))
        self._check_funds(needed.pop(XEM_ID, 0) + inner.head.fee + self._signing_fee)
        for other, wanted in needed.items():
            if held.get(other, 0) < wanted:
                raise BuilderError(
                    Trouble.NO_FUNDS, why=f"not as much of {other} is there as its issuer takes"
                )
        return self._built(wish, inner, asset)

    def _mosaic_inner(self, wish: Wish, to: bytes, asset: KnownAsset, units: int) -> Transfer:
        namespace, _, name = asset.id.rpartition(":")
        bare = replace(self._inner(wish, to, WHOLE), mosaics=(Mosaic(namespace, name, units),))
        return replace(bare, head=replace(bare.head, version=2, fee=least_fee(bare, (asset,))))

    def _built(self, wish: Wish, inner: Transfer, *assets: KnownAsset, after: int = 0) -> Built:
        payload = _payload(self._wrapped(wish, inner, frozenset(self.wallet.keys)))
        return Built(payload, 0, assets, self._turn(after))

    def _turn(self, after: int = 0) -> str:
        """The next one that is free: who else built on the same balance meanwhile finds it taken, and looks again."""
        made = (f"{_TURN}{self.wallet.address}:{number}" for number in count())
        free = (turn for turn in made if turn not in self.case.reserved)
        return next(islice(free, after, None))

    def _spendable_assets(self) -> list[tuple[KnownAsset, int]]:
        """Mosaics that no open request holds, and how many units of each."""
        reserved = self._reserved()
        free = [(asset, units - reserved.get(asset.id, 0)) for asset, units in self.standing.assets]
        return [(asset, units) for asset, units in free if units > 0]

    def _inner(self, wish: Wish, to: bytes, units: int) -> Transfer:
        message = _message(wish.message)
        bare = Transfer(
            self._head(Type.TRANSFER, wish, self.wallet.public_key, 0), to.decode(), units, message, ()
        )
        head = self._head(Type.TRANSFER, wish, self.wallet.public_key, least_fee(bare))
        return Transfer(head, to.decode(), units, message, ())

    def _wrapped(self, wish: Wish, inner: Transfer | Modification, may: frozenset[bytes]) -> Multisig:
        return Multisig(self._head(Type.MULTISIG, wish, self._initiator(wish, may), FIXED_FEE), inner)

    def _check_funds(self, needs: int) -> None:
        there = self.standing.units - self._reserved().get(XEM_ID, 0)
        if needs > there:
            asset = self.params.network.asset
            why = f"{Amount(max(there, 0), asset)} there, {Amount(needs, asset)} needed with the fees"
            raise BuilderError(Trouble.NO_FUNDS, why=why)

    def _head(self, kind: Type, wish: Wish, signer: bytes, fee: int) -> Head:
        if wish.fee_rate is not None:
            raise BuilderError(Trouble.CANNOT_BUILD, why="NEM's fees are fixed: no fee rate")
        if wish.lifetime > MAX_LIFE:
            raise BuilderError(
                Trouble.CANNOT_BUILD, why=f"NEM takes nothing that lives longer than {MAX_LIFE // 3600} hours"
            )
        made = since_epoch(self.standing.time)
        return Head(kind, 1, self.params.byte, made, signer, fee, self._deadline(made + wish.lifetime))

    def _deadline(self, wanted: int) -> int:
        """One that no open request has: two equal payments of one second would be one transaction to the network."""
        taken = {since_epoch(hold.deadline) for hold in self._holds()}
        while wanted in taken:
            wanted -= 1
        return wanted

    def _initiator(self, wish: Wish, may: frozenset[bytes]) -> bytes:
        """The cosignatory who signs the multisig transaction itself: the one asked for, else the first."""
        for key, origin in self.wallet.keys.items():
            if key in may and wish.initiator in ("", origin.fingerprint.hex()):
                return key
        raise BuilderError(
            Trouble.CANNOT_BUILD, why=f"{wish.initiator[:16]} is no cosignatory of this account"
        )

    @property
    def _is_current(self) -> bool:
        return (self.standing.cosignatories, self.standing.needed) == _state(self.wallet)

    def _check_state(self) -> None:
        """What the chain says of the account must be what was enrolled, or nobody's signature would help."""
        if not self.standing.cosignatories:
            raise BuilderError(Trouble.CANNOT_BUILD, why="the account is not multisig yet: convert it first")
        if not self._is_current:
            raise BuilderError(
                Trouble.CANNOT_BUILD, why="the chain has other cosignatories or another threshold for it"
            )

    def _reserved(self) -> dict[str, int]:
        """What open requests would take of each asset, as long as the network would still take them."""
        return total(self._holds())

    def _holds(self) -> list[Hold]:
        ours = [token for token in self.case.reserved if token.startswith(f"{self.wallet.address}:")]
        return [parse_hold(token) for token in ours if not self.lost((token,))]


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
    return LedgerView(case, source, params, wallet, standing)


def slim(payload: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """NEM needs no proofs: amounts are in the transaction itself."""
    return payload, ()


def holds(draft: Draft, account: Account) -> tuple[str, ...]:
    """`address:units:deadline:txid`, and `:mosaic` where it is one: what it takes, until when."""
    return tuple(str(hold) for hold in held_by(draft.inspect(account).spend, draft.txid))


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
