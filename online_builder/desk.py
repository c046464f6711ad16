"""The desk: propose, collect, broadcast, watch. Every face of the builder (command line, page) is thin on top of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.key import BuilderKey
from online_builder.plan import collect as collecting
from online_builder.plan.build import Order, build, input_cost
from online_builder.plan.coins import Holdings, holdings, lots, spendable
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Backend, Coin, Reason, Snapshot
from online_builder.plan.scripts import CHANGE, RECEIVE, Watched, watch
from online_builder.store.sqlite import Store
from online_builder.store.values import KnownAccount, State, StoredRequest
from signer.chains.draft import Chain, Draft
from signer.chains.utxo.proofs import slim
from signer.core.account import Account, Cosigner
from signer.core.checkpoint import Checkpoint
from signer.core.envelope import seal
from signer.core.errors import Bad, Malformed
from signer.core.request import SpendRequest, SpendResponse
from signer.core.task import Signature
from signer.wire.values import Kind, Payload

LIFETIME: Final = 24 * 3600
#: How far ahead of what is in use an address may be asked for: each one skipped is watched for ever.
_AHEAD: Final = 1_000
_TRIES: Final = 20
_TARGET_BLOCKS: Final = 6
_FALLBACK_RATE: Final = 2_000
_TEST_NETWORKS: Final = frozenset({"testnet", "testnet4", "signet", "regtest"})


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
class Wish:
    """What somebody wants paid. `fee_rate` in thousandths of a unit a virtual byte, None to estimate."""

    payees: Sequence[Payee]
    fee_rate: int | None = None
    purpose: str = ""
    preparer: str = ""
    lifetime: int = LIFETIME
    sweep_to: bytes = b""


@dataclass(frozen=True, slots=True)
class _View:
    """An account at one moment: what its source says, and what of it may be spent."""

    known: KnownAccount
    chain: Chain
    account: Account
    source: Backend
    watched: Watched
    snapshot: Snapshot
    coins: tuple[Coin, ...]

    def fee_rate(self, wanted: int | None) -> int:
        return wanted or self.source.fee_rate(_TARGET_BLOCKS) or _FALLBACK_RATE

    @property
    def test_network(self) -> bool:
        return self.chain.network.name in _TEST_NETWORKS


@dataclass(frozen=True, slots=True)
class Desk:
    """`open_source(account)` opens an account's backend; the caller closes what it opened when the command ends."""

    store: Store
    key: BuilderKey
    readers: Mapping[str, Chain]
    open_source: Callable[[KnownAccount], Backend]
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
        view = self._view(self.known(name))
        return holdings(view.snapshot, self.store.reserved(), view.chain.network.asset)

    # --- requests --------------------------------------------------------------------------------------------------

    def propose(self, name: str, wish: Wish) -> StoredRequest:
        """Build a payment and keep it as an open request whose coins are reserved. Raises BuilderError, Malformed."""
        view = self._view(self.known(name))
        return self._propose(view, view.coins, wish)

    def sweep(self, name: str, into: str, wish: Wish, size: int) -> tuple[StoredRequest, ...]:
        """Move everything to another account of ours, in as many requests as it takes at `size` coins each.

        Each goes to an address of its own. What was built stays if a later one fails; sweeping again goes on.
        Raises BuilderError, Malformed.
        """
        view, to = self._view(self.known(name)), self.known(into)
        if to.name == view.known.name or to.chain != view.known.chain:
            raise BuilderError(Trouble.CANNOT_BUILD, why=f"{to.name} is not another account of the same coin")
        rate = view.fee_rate(wish.fee_rate)
        parts = lots(view.coins, size, input_cost(view.known.terms, view.test_network, rate))
        if not parts:
            raise BuilderError(Trouble.NO_FUNDS, why="no coin is worth the fee of moving it")
        made = []
        for coins in parts:
            _, address = self.address(into, fresh=True)
            part = replace(wish, fee_rate=rate, sweep_to=view.chain.lock(address))
            made.append(self._propose(view, coins, part))
        return tuple(made)

    def _propose(self, view: _View, coins: Sequence[Coin], wish: Wish) -> StoredRequest:
        change = max(view.watched.free[CHANGE], self.known(view.known.name).change)
        payload = build(
            Order(
                descriptor=view.known.terms,
                test_network=view.test_network,
                payees=wish.payees,
                coins=coins,
                transactions=view.snapshot.transactions,
                height=view.snapshot.height,
                fee_rate=view.fee_rate(wish.fee_rate),
                last=view.watched.free,
                next_change=change,
                sweep_to=wish.sweep_to,
            )
        )
        stored = self._request(view.known, view.account, view.chain.read(payload, ()), payload, wish)
        self.store.add_request(stored, change if wish.sweep_to else change + 1)
        return stored

    def _request(
        self, known: KnownAccount, account: Account, draft: Draft, payload: bytes, wish: Wish
    ) -> StoredRequest:
        # Previous transactions cross the gap without witnesses, each once; the desk's own draft keeps them inside.
        lean, proofs = slim(payload)
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
            coins=tuple(source.coin for source in draft.inspect(account).spend.sources),
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
        """Add what an appliance or another wallet signed. Every signature is verified. Raises Malformed, NO_REQUEST."""
        if payload.kind is Kind.RESPONSE:
            response = SpendResponse.from_bytes(payload.data)
            request, signatures = self.store.by_digest(response.request_digest), response.signatures
        else:
            request, answer = collecting.belongs_to(payload.data, self.store.requests(), self._opened)
            response, signatures = None, answer.signatures
        request = self._attach(request, signatures)
        if response is not None:
            self._keep_checkpoint(response.checkpoint)
        return self.progress(request)

    def _attach(self, request: StoredRequest, signatures: Sequence[Signature]) -> StoredRequest:
        """Keep the signatures beside those that another process may be adding at this moment."""
        for _ in range(_TRIES):
            signed = self._draft(request).attach(signatures).to_bytes()
            if self.store.keep(request.id, request.draft, signed):
                return self.store.request(request.id)
            request = self.store.request(request.id)
        raise BuilderError(Trouble.STORE, why="too many processes write to one request")

    def progress(self, request: StoredRequest, source: Backend | None = None) -> Progress:
        """Who has signed, who is missing, and with a source how deep it is."""
        _, account = self.account(self.known(request.account))
        signed, missing = collecting.signers(self._draft(request), account)
        depth = source.confirmations(request.txid) if source else None
        return Progress(request, account.threshold, signed, missing, depth)

    def watch(self) -> tuple[Progress, ...]:
        """Every request, newest first, moved on to what the chain says of it. A source may be down: see `trouble`."""
        coins: dict[str, frozenset[str] | BuilderError] = {}
        found = []
        for request in self.store.requests():
            if request.state in (State.CANCELLED, State.SUPERSEDED):
                found.append(self.progress(request))
                continue
            if request.account not in coins:
                coins[request.account] = self._unspent(request.account)
            found.append(self._watched_one(request, coins[request.account]))
        return tuple(found)

    def _unspent(self, name: str) -> frozenset[str] | BuilderError:
        try:
            return frozenset(coin.outpoint for coin in self._view(self.known(name)).snapshot.coins)
        except BuilderError as error:
            return error

    def _watched_one(self, request: StoredRequest, unspent: frozenset[str] | BuilderError) -> Progress:
        """`unspent` was asked for before the depth, so that what we sent ourselves is never taken for another's."""
        if isinstance(unspent, BuilderError):
            return replace(self.progress(request), trouble=unspent)
        try:
            progress = self.progress(request, self.open_source(self.known(request.account)))
        except BuilderError as error:
            return replace(self.progress(request), trouble=error)
        state = _moved(request, progress.confirmations, unspent)
        if state is not request.state:
            self.store.move(request.id, state, request.final, request.txid)
            progress = replace(progress, request=self.store.request(request.id))
        return progress

    def broadcast(self, request_id: str) -> Progress:
        """Finalise, judge by the consensus engine, ask the source, send. Twice is harmless. Raises BuilderError."""
        request = self.store.request(request_id)
        known = self.known(request.account)
        final = request.final or collecting.finish(self._draft(request), self.account(known)[1])
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
        source = self.open_source(known)
        watched = watch(chain, account, (known.receive, known.change), source.used)
        self.store.move_counters(known.name, *watched.free)
        snapshot = source.snapshot(list(watched.scripts))
        coins = spendable(snapshot, self.store.reserved(), watched)
        return _View(known, chain, account, source, watched, snapshot, coins)

    def _draft(self, request: StoredRequest) -> Draft:
        return self._opened(request)[1]

    def _opened(self, request: StoredRequest) -> tuple[Chain, Draft]:
        chain = self.readers[self.known(request.account).chain]
        return chain, chain.read(request.draft, request.proofs)

    def _keep_checkpoint(self, data: bytes) -> None:
        if not data:
            return
        checkpoint = Checkpoint.from_bytes(data)
        if not checkpoint.head.origin:
            raise Malformed(Bad.FIELD, what="checkpoint")
        self.store.keep_checkpoint(checkpoint.head.origin, data)


def _moved(request: StoredRequest, depth: int | None, unspent: frozenset[str]) -> State:
    """Where a request is, given the depth of its transaction and the coins of its account that are unspent."""
    if depth:
        return State.CONFIRMED
    if depth == 0:
        return State.BROADCAST
    if request.state is State.CONFIRMED or all(coin in unspent for coin in request.coins):
        return request.state
    return State.SUPERSEDED
