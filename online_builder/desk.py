"""The desk: propose, collect, broadcast, watch. Every face of the builder (command line, page) is thin on top of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.key import BuilderKey
from online_builder.plan.build import Order, build
from online_builder.plan.judge import Spent, failures
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Backend, Coin, Reason
from online_builder.plan.scripts import CHANGE, RECEIVE, Watched, watch
from online_builder.store.sqlite import Store
from online_builder.store.values import KnownAccount, State, StoredRequest
from signer.chains.draft import Chain, Draft
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.proofs import slim
from signer.core.account import Account, Cosigner
from signer.core.amount import Amount
from signer.core.checkpoint import Checkpoint
from signer.core.envelope import seal
from signer.core.errors import Bad, Malformed, Refused
from signer.core.request import SpendRequest, SpendResponse
from signer.wire.values import Kind, Payload

LIFETIME: Final = 24 * 3600
_MATURITY: Final = 100
_TARGET_BLOCKS: Final = 6
_FALLBACK_RATE: Final = 2_000
_TEST_NETWORKS: Final = frozenset({"testnet", "testnet4", "signet", "regtest"})


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account has: money that can be spent, that waits for a confirmation or to ripen, that is reserved."""

    confirmed: Amount
    waiting: Amount
    reserved: Amount
    coins: tuple[Coin, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A request and who has signed it. `confirmations` is None where the chain does not know it."""

    request: StoredRequest
    threshold: int
    signed: tuple[Cosigner, ...]
    missing: tuple[Cosigner, ...]
    confirmations: int | None

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
        if index is None:
            index = known.receive if fresh else max(0, known.receive - 1)
            self.store.move_counters(known.name, index + 1, 0)
        return index, chain.address(account, RECEIVE, index)

    def holdings(self, name: str) -> Holdings:
        """Ask the source. Moves the counters past every address it knows as used."""
        known = self.known(name)
        chain, account = self.account(known)
        source = self.open_source(known)
        watched = self._watched(known, chain, account, source)
        snapshot = source.snapshot(list(watched.scripts))
        reserved = self.store.reserved()
        free = [coin for coin in snapshot.coins if coin.outpoint not in reserved]
        ripe = [coin for coin in free if _ripe(coin, snapshot.height)]
        asset = chain.network.asset
        return Holdings(
            confirmed=Amount(sum(coin.units for coin in ripe), asset),
            waiting=Amount(sum(coin.units for coin in free) - sum(coin.units for coin in ripe), asset),
            reserved=Amount(sum(c.units for c in snapshot.coins if c.outpoint in reserved), asset),
            coins=snapshot.coins,
            height=snapshot.height,
        )

    # --- requests --------------------------------------------------------------------------------------------------

    def propose(self, name: str, wish: Wish) -> StoredRequest:
        """Build a payment and keep it as an open request whose coins are reserved. Raises BuilderError, Malformed."""
        known = self.known(name)
        chain, account = self.account(known)
        source = self.open_source(known)
        watched = self._watched(known, chain, account, source)
        snapshot = source.snapshot(list(watched.scripts))
        reserved = self.store.reserved()
        coins = [
            c
            for c in snapshot.coins
            if c.outpoint not in reserved and _spendable(c, snapshot.height, watched)
        ]
        rate = wish.fee_rate or source.fee_rate(_TARGET_BLOCKS) or _FALLBACK_RATE
        payload = build(
            Order(
                descriptor=known.terms,
                test_network=chain.network.name in _TEST_NETWORKS,
                payees=wish.payees,
                coins=coins,
                transactions=snapshot.transactions,
                height=snapshot.height,
                fee_rate=rate,
                last=watched.free,
                next_change=watched.free[CHANGE],
                sweep_to=wish.sweep_to,
            )
        )
        stored = self._request(known, account, chain.read(payload, ()), payload, wish)
        self.store.add_request(stored, watched.free[CHANGE] + 1)
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
            request = self._by_digest(response.request_digest)
            draft = self._draft(request).attach(response.signatures)
            self._keep_checkpoint(response.checkpoint)
        else:
            request, draft = self._from_stranger(payload.data)
        self.store.keep(request.id, draft.to_bytes())
        return self.progress(self.store.request(request.id))

    def progress(self, request: StoredRequest, source: Backend | None = None) -> Progress:
        """Who has signed, who is missing, and with a source how deep it is."""
        _, account = self.account(self.known(request.account))
        report = self._draft(request).inspect(account)
        done = {origin.fingerprint for origin in report.signed}
        signed = tuple(c for c in account.cosigners if c.origin.fingerprint in done)
        missing = tuple(c for c in account.cosigners if c.origin.fingerprint not in done)
        depth = source.confirmations(request.txid) if source else None
        return Progress(request, account.threshold, signed, missing, depth)

    def watch(self) -> tuple[Progress, ...]:
        """Every request, newest first; those that were sent are looked up and move on when they confirm."""
        found = []
        for request in self.store.requests():
            sent = request.state in (State.BROADCAST, State.CONFIRMED)
            source = self.open_source(self.known(request.account)) if sent else None
            progress = self.progress(request, source)
            if request.state is State.BROADCAST and progress.confirmations:
                self.store.move(request.id, State.CONFIRMED, request.final, request.txid)
                progress = self.progress(self.store.request(request.id), source)
            found.append(progress)
        return tuple(found)

    def broadcast(self, request_id: str) -> Progress:
        """Finalise, judge by the consensus engine, ask the source, send. Twice is harmless. Raises BuilderError."""
        request = self.store.request(request_id)
        known = self.known(request.account)
        source = self.open_source(known)
        final = request.final or self._finish(request, self.account(known)[1])
        acceptance = source.test_accept(final)
        if not acceptance.accepted and acceptance.reason is not Reason.ALREADY_KNOWN:
            raise BuilderError(Trouble.NOT_ACCEPTED, reason=acceptance.reason.value, text=acceptance.text)
        txid = source.broadcast(final)
        if request.state is not State.CONFIRMED:
            self.store.move(request.id, State.BROADCAST, final, txid)
        return self.progress(self.store.request(request.id), source)

    def _finish(self, request: StoredRequest, account: Account) -> bytes:
        draft, progress = self._draft(request), self.progress(request)
        if not progress.complete:
            missing = ", ".join(c.origin.fingerprint.hex() for c in progress.missing)
            have = len(progress.signed)
            raise BuilderError(Trouble.NOT_COMPLETE, have=have, need=progress.threshold, missing=missing)
        final = draft.finish(account)
        wrong = failures(final, _spent(draft)) if isinstance(draft, UtxoDraft) else ()
        if wrong:
            raise BuilderError(Trouble.NOT_VALID, index=wrong[0], why="the consensus engine refuses it")
        return final

    # --- helpers ---------------------------------------------------------------------------------------------------

    def _watched(self, known: KnownAccount, chain: Chain, account: Account, source: Backend) -> Watched:
        watched = watch(chain, account, (known.receive, known.change), source.used)
        self.store.move_counters(known.name, *watched.free)
        return watched

    def _draft(self, request: StoredRequest) -> Draft:
        chain = self.readers[self.known(request.account).chain]
        return chain.read(request.draft, request.proofs)

    def _by_digest(self, digest: bytes) -> StoredRequest:
        for request in self.store.requests():
            if request.digest == digest:
                return request
        raise BuilderError(Trouble.NO_REQUEST, what=digest.hex()[:16])

    def _from_stranger(self, data: bytes) -> tuple[StoredRequest, Draft]:
        """A PSBT from another wallet: the request it belongs to, with its signatures added."""
        for request in self.store.requests():
            chain = self.readers[self.known(request.account).chain]
            try:
                answer = chain.read(data, request.proofs)
            except (Malformed, Refused):
                continue
            if answer.txid == self._draft(request).txid:
                return request, self._draft(request).attach(answer.signatures)
        if not self.store.requests():
            raise BuilderError(Trouble.NO_REQUEST, what="nothing was proposed yet")
        self.readers[self.known(self.store.requests()[0].account).chain].read(data, ())
        raise BuilderError(Trouble.NO_REQUEST, what="another transaction")

    def _keep_checkpoint(self, data: bytes) -> None:
        if not data:
            return
        checkpoint = Checkpoint.from_bytes(data)
        if not checkpoint.head.origin:
            raise Malformed(Bad.FIELD, what="checkpoint")
        self.store.keep_checkpoint(checkpoint.head.origin, data)


def _ripe(coin: Coin, height: int) -> bool:
    """Confirmed, and old enough where it is a coinbase."""
    if coin.height is None:
        return False
    return not coin.coinbase or height + 1 - coin.height >= _MATURITY


def _spendable(coin: Coin, height: int, watched: Watched) -> bool:
    """Ripe, or our own change that has not confirmed yet."""
    return _ripe(coin, height) or (coin.height is None and watched.scripts[coin.script][0] == CHANGE)


def _spent(draft: UtxoDraft) -> list[Spent]:
    return [Spent(c.output.units, c.output.script) for c in draft.coins if c.output is not None]
