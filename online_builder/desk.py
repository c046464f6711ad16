"""The desk: propose, collect, broadcast, watch. Every face of the builder (command line, page) is thin on top of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.key import BuilderKey
from online_builder.oversight.alarms import Lookout, Overview
from online_builder.oversight.checkpoints import accept
from online_builder.oversight.funds import refuse_mixing
from online_builder.plan import collect as collecting
from online_builder.plan.coins import Holdings
from online_builder.plan.families import family_of
from online_builder.plan.family import Built, Case, Family, View, Wish
from online_builder.plan.ports import Reason, Source
from online_builder.plan.scripts import RECEIVE
from online_builder.store.sqlite import Store
from online_builder.store.values import KnownAccount, State, StoredRequest
from signer.chains.draft import Chain, Draft
from signer.core.account import Account, Cosigner
from signer.core.amount import Asset
from signer.core.envelope import open_sealed, seal
from signer.core.errors import Bad, Malformed
from signer.core.known import Known
from signer.core.request import SpendRequest, SpendResponse
from signer.core.task import Signature
from signer.wire.values import Kind, Payload

#: How far ahead of what is in use an address may be asked for: each one skipped is watched for ever.
_AHEAD: Final = 1_000
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """A request and who has signed it. `confirmations` is None where the chain does not know it.

    `trouble` is why the source could not be asked; what is shown is then what was known before.
    """

    request: StoredRequest
    threshold: int
    signed: tuple[Cosigner, ...]
    missing: tuple[Cosigner, ...]
    confirmations: int | None
    trouble: BuilderError | None = None

    @property
    def complete(self) -> bool:
        return len(self.signed) >= self.threshold


@dataclass(frozen=True, slots=True)
class _View:
    """An account at one moment, and what belongs to it."""

    known: KnownAccount
    chain: Chain
    account: Account
    family: Family
    now: View


@dataclass(frozen=True, slots=True)
class Desk:
    """`open_source(account)` opens an account's backend; the caller closes what it opened when the command ends."""

    store: Store
    key: BuilderKey
    readers: Mapping[str, Chain]
    open_source: Callable[[KnownAccount], Source]
    now: Callable[[], int]

    # --- accounts --------------------------------------------------------------------------------------------------

    def add_account(self, chain: Chain, text: str, name: str, backend: str) -> KnownAccount:
        """Watch an account from its text form. Raises Malformed, BuilderError(EXISTS)."""
        account = chain.enrol(text, name)
        known = KnownAccount(name, account.chain, chain.export(account), backend, 0, 0)
        self.store.add_account(known)
        return known

    def known(self, name: str) -> KnownAccount:
        """By name; an empty name means the only one. Raises NO_ACCOUNT."""
        accounts = self.store.accounts()
        found = [a for a in accounts if a.name == name] if name else list(accounts)
        if len(found) != 1:
            raise BuilderError(Trouble.NO_ACCOUNT, name=name or "(name one)")
        return found[0]

    def account(self, known: KnownAccount) -> tuple[Chain, Account]:
        chain = self.readers[known.chain]
        return chain, chain.enrol(known.terms, known.name)

    def address(self, name: str, *, fresh: bool = False, index: int | None = None) -> tuple[int, str]:
        """The current receive address, the next one (`fresh`), or the one at an index; with its index."""
        known = self.known(name)
        chain, account = self.account(known)
        if chain.single:
            return 0, chain.address(account, RECEIVE, index or 0)
        if fresh:
            index = self.store.take_receive(known.name)
        elif index is None:
            index = max(0, known.receive - 1)
        elif not 0 <= index < known.receive + _AHEAD:
            raise Malformed(Bad.VALUE, what="index", limit=known.receive + _AHEAD - 1)
        self.store.move_counters(known.name, index + 1, 0)
        return index, chain.address(account, RECEIVE, index)

    def holdings(self, name: str) -> Holdings:
        """Ask the source. Moves the counters past every address it knows as used."""
        return self._view(self.known(name)).now.holdings()

    def asset(self, name: str, wanted: str) -> Asset:
        """An asset beside the coin that the account holds, by its id. Raises NO_FUNDS."""
        for amount in self.holdings(name).assets:
            if amount.asset.ticker == wanted:
                return amount.asset
        raise BuilderError(Trouble.NO_FUNDS, why=f"no {wanted[:180]} is there")

    # --- requests --------------------------------------------------------------------------------------------------

    def propose(self, name: str, wish: Wish) -> StoredRequest:
        """Build a payment and keep it as an open request whose coins are reserved. Raises BuilderError, Malformed."""
        known = self.known(name)
        paid = [payee.script for payee in wish.payees] + ([wish.sweep_to] if wish.sweep_to else [])
        refuse_mixing(self.store, self.readers, known, paid)
        for _ in range(_TRIES):
            view = self._view(self.known(known.name))
            try:
                return self._keep(view, view.now.propose(wish, self.known(known.name).change), wish)
            except BuilderError as error:  # another process took a coin meanwhile: choose again
                if error.trouble is not Trouble.COIN_TAKEN:
                    raise
        raise BuilderError(Trouble.STORE, why="too many processes propose from one account")

    def change(self, name: str, into: str, wish: Wish) -> StoredRequest:
        """Give an account other keys: those of `into`, enrolled under the same address; or, without `into`, the keys it
        was formed of, on a chain where that has to be announced first. Raises BuilderError, Malformed."""
        view = self._view(self.known(name))
        to = self.account(self.known(into))[1] if into else None
        return self._keep(view, view.now.change(wish, to), wish)

    def sweep(self, name: str, into: str, wish: Wish, size: int) -> tuple[StoredRequest, ...]:
        """All of `sweeping` at once."""
        return tuple(self.sweeping(name, into, wish, size))

    def sweeping(self, name: str, into: str, wish: Wish, size: int) -> Iterator[StoredRequest]:
        """Move everything to another account of ours, in as many requests as it takes at `size` coins each.

        Each goes to an address of its own. What was built stays if a later one fails; sweeping again goes on.
        Raises BuilderError, Malformed.
        """
        view, to = self._view(self.known(name)), self.known(into)
        if to.name == view.known.name or to.chain != view.known.chain:
            raise BuilderError(Trouble.CANNOT_BUILD, why=f"{to.name} is not another account of the same coin")
        refuse_mixing(self.store, self.readers, view.known, [view.chain.lock(self.address(into)[1])])

        def lock() -> bytes:
            return view.chain.lock(self.address(into, fresh=True)[1])

        for built in view.now.sweep(wish, size, lock, self.known(view.known.name).change):
            yield self._keep(view, built, wish)

    def _keep(self, view: _View, built: Built, wish: Wish) -> StoredRequest:
        stored = self._request(view, built, wish)
        self.store.add_request(stored, built.change)
        return stored

    def _request(self, view: _View, built: Built, wish: Wish) -> StoredRequest:
        known, account, payload = view.known, view.account, built.payload
        draft = view.chain.read(payload, ()).knowing(Known(assets=built.assets))
        # Previous transactions cross the gap without witnesses, each once; the desk's own draft keeps them inside.
        lean, proofs = view.family.slim(payload)
        request = SpendRequest(
            chain=known.chain,
            account_id=account.id,
            payload=lean,
            proofs=proofs,
            request_id=os.urandom(16),
            sequence=self.store.next_sequence(),
            created=self.now(),
            expires=self.now() + wish.lifetime,
            purpose=wish.purpose,
            preparer=wish.preparer,
            checkpoints=self.store.checkpoints(),
        )
        data = request.to_bytes()
        SpendRequest.from_bytes(data)  # what an appliance would not read is not kept
        return StoredRequest(
            id=request.request_id.hex(),
            account=known.name,
            sequence=request.sequence,
            digest=request.digest,
            sealed=seal(data, self.key.public, self.key.sign),
            draft=payload,
            proofs=(),
            coins=(*view.family.holds(draft, account), *([built.turn] if built.turn else ())),
            txid=draft.txid,
            state=State.OPEN,
            created=request.created,
            purpose=request.purpose,
        )

    def cancel(self, request_id: str) -> StoredRequest:
        """Give up an open request: its coins are free again. What was signed may still be broadcast by others."""
        request = self.store.request(request_id)
        if request.state is not State.OPEN:
            raise BuilderError(Trouble.NO_REQUEST, what=f"{request.id[:8]} is {request.state}")
        self.store.move(request.id, State.CANCELLED, request.final, request.txid)
        return self.store.request(request.id)

    # --- signatures ------------------------------------------------------------------------------------------------

    def collect(self, payload: Payload) -> Progress:
        """Add what an appliance or another wallet signed. Every signature is verified. Raises Malformed,
        NO_REQUEST; Tampered(JOURNAL) for a response whose checkpoint does not add up, and an alarm is kept.
        """
        if payload.kind is Kind.RESPONSE:
            response = SpendResponse.from_bytes(payload.data)
            request, signatures = self.store.by_digest(response.request_digest), response.signatures
            self._take_head(request, response)
        else:
            request, answer = collecting.belongs_to(payload.data, self.store.requests(), self._opened)
            signatures = answer.signatures
        return self.progress(self._attach(request, signatures))

    def _take_head(self, request: StoredRequest, response: SpendResponse) -> None:
        """The journal's head that comes with it; bytes that are no answer to this request raise no alarm."""
        self._draft(request).attach(response.signatures)
        carried = SpendRequest.from_bytes(open_sealed(request.sealed).payload).checkpoints
        accept(self.store, response.checkpoint, request.digest, carried, self.now())

    def oversee(self) -> Overview:
        """Every spend on chain held against what was proposed and signed, and every alarm there ever was."""
        return Lookout(self.store, self.readers, self.open_source, self.now()).look()

    def _attach(self, request: StoredRequest, signatures: Sequence[Signature]) -> StoredRequest:
        """Keep the signatures beside those that another process may be adding at this moment."""
        for _ in range(_TRIES):
            signed = self._draft(request).attach(signatures).to_bytes()
            if self.store.keep(request.id, request.draft, signed):
                return self.store.request(request.id)
            request = self.store.request(request.id)
        raise BuilderError(Trouble.STORE, why="too many processes write to one request")

    def progress(self, request: StoredRequest, source: Source | None = None) -> Progress:
        """Who has signed, who is missing, and with a source how deep it is."""
        _, account = self.account(self.known(request.account))
        draft = self._draft(request)
        signed, missing, needed = collecting.signers(draft, account)
        ask = family_of(account.chain).ask
        depth = source.confirmations(ask(draft, request.txid)) if source else None
        return Progress(request, needed, signed, missing, depth)

    def watch(self) -> tuple[Progress, ...]:
        """Every request, newest first, moved on to what the chain says of it. A source may be down: see `trouble`."""
        views: dict[str, View | BuilderError] = {}
        found = []
        for request in self.store.requests():
            if request.state in (State.CANCELLED, State.SUPERSEDED):
                found.append(self.progress(request))
                continue
            if request.account not in views:
                views[request.account] = self._looked(request.account)
            found.append(self._watched_one(request, views[request.account]))
        return tuple(found)

    def _looked(self, name: str) -> View | BuilderError:
        try:
            return self._view(self.known(name)).now
        except BuilderError as error:
            return error

    def _watched_one(self, request: StoredRequest, view: View | BuilderError) -> Progress:
        """`view` was asked for before the depth, so that what we sent ourselves is never taken for another's."""
        if isinstance(view, BuilderError):
            return replace(self.progress(request), trouble=view)
        try:
            progress = self.progress(request, self.open_source(self.known(request.account)))
        except BuilderError as error:
            return replace(self.progress(request), trouble=error)
        state = _moved(request, progress.confirmations, view)
        if state is not request.state:
            self.store.move(request.id, state, request.final, request.txid)
            progress = replace(progress, request=self.store.request(request.id))
        return progress

    def broadcast(self, request_id: str) -> Progress:
        """Finalise, judge by the consensus engine, ask the source, send. Twice is harmless. Raises BuilderError."""
        request = self.store.request(request_id)
        known = self.known(request.account)
        check = family_of(known.chain).check
        final = request.final or collecting.finish(self._draft(request), self.account(known)[1], check)
        source = self.open_source(known)
        acceptance = source.test_accept(final)
        if not acceptance.accepted and acceptance.reason is not Reason.ALREADY_KNOWN:
            raise BuilderError(Trouble.NOT_ACCEPTED, reason=acceptance.reason.value, text=acceptance.text)
        txid = source.broadcast(final)
        if request.state is not State.CONFIRMED:
            self.store.move(request.id, State.BROADCAST, final, txid)
        return self.progress(self.store.request(request.id), source)

    # --- helpers ---------------------------------------------------------------------------------------------------

    def _view(self, known: KnownAccount) -> _View:
        """Ask the source about an account; its counters move past every address that was used."""
        chain, account = self.account(known)
        family, free = family_of(known.chain), (known.receive, known.change)
        source = self.open_source(known)
        reserved = self._reserved(chain, source)
        now = family.look(Case(chain, account, known.terms, free, reserved, source, self.now()))
        self.store.move_counters(known.name, *now.free)
        return _View(known, chain, account, family, now)

    def _reserved(self, chain: Chain, source: Source) -> frozenset[str]:
        """What requests hold. Where an account is one balance, what confirmed is no longer in it, and held no more."""
        for request in self.store.requests() if chain.single else ():
            waits = request.state in (State.OPEN, State.BROADCAST)
            if not waits or self.known(request.account).chain != chain.network.chain:
                continue
            if self.progress(request, source).confirmations:
                self.store.move(request.id, State.CONFIRMED, request.final, request.txid)
        return self.store.reserved()

    def _draft(self, request: StoredRequest) -> Draft:
        return self._opened(request)[1]

    def _opened(self, request: StoredRequest) -> tuple[Chain, Draft]:
        chain = self.readers[self.known(request.account).chain]
        return chain, chain.read(request.draft, request.proofs)


def _moved(request: StoredRequest, depth: int | None, view: View) -> State:
    """Where a request is, given the depth of its transaction and what its account's source says."""
    if depth:
        return State.CONFIRMED
    if depth == 0:
        return State.BROADCAST
    if request.state is State.CONFIRMED or not view.lost(request.coins):
        return request.state
    return State.SUPERSEDED
