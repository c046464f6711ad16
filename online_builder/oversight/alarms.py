"""Spends that nothing of ours explains: what left an account on chain, held against what was proposed and signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from online_builder.errors import BuilderError
from online_builder.oversight.forms import forms
from online_builder.plan.collect import signers
from online_builder.plan.families import family_of
from online_builder.plan.ports import Backend, Source
from online_builder.plan.scripts import RECEIVE, watch
from online_builder.plan.spends import Historian, LedgerHistorian, Spending, spent_coins, unsigned_id
from online_builder.store.sqlite import Store
from online_builder.store.values import KnownAccount, StoredRequest
from online_builder.store.watched import Alarm, AlarmKind, SeenSpend
from signer.chains.draft import Chain
from signer.core.errors import Malformed


@dataclass(frozen=True, slots=True)
class Overview:
    """Every alarm ever raised, the accounts nobody can look after now, and the journals nobody can verify.

    `blind` is (account, why): an account that is not seen raises no alarm, so it is said. `unverified` are names of
    journals whose key was not registered.
    """

    alarms: tuple[Alarm, ...]
    blind: tuple[tuple[str, str], ...]
    unverified: tuple[str, ...]

    @property
    def open(self) -> tuple[Alarm, ...]:
        return tuple(alarm for alarm in self.alarms if alarm.open)


NOTHING: Final = Overview((), (), ())


@dataclass(frozen=True, slots=True)
class Lookout:
    """Looks at every account of a store through its source."""

    store: Store
    readers: Mapping[str, Chain]
    open_source: Callable[[KnownAccount], Source]
    now: int

    def look(self) -> Overview:
        """Ask every source, keep every spend, raise what has to be raised."""
        requests = self.store.requests()
        groups = forms(self.readers, self.store.accounts())
        blind = [(group[0].name, why) for group in groups for why in self._blind(group, requests)]
        return overview(self.store, tuple(blind))

    def _blind(self, group: Sequence[KnownAccount], requests: Sequence[StoredRequest]) -> Iterator[str]:
        """Of accounts with one address: whichever of them asked for a spend explains it."""
        known, names = group[0], {form.name: form for form in group}
        try:
            spends = self._spends(known)
        except BuilderError as error:
            yield str(error)
            return
        if spends is None:
            yield "its source does not tell what was spent"
            return
        own = [request for request in requests if request.account in names]
        for spending in spends:
            self._judge(known, names, spending, own)

    def _spends(self, known: KnownAccount) -> Sequence[Spending] | None:
        """None from a source that cannot tell."""
        source, chain = self.open_source(known), self.readers[known.chain]
        account = chain.enrol(known.terms, known.name)
        if isinstance(source, LedgerHistorian):
            return source.spends_of(chain.address(account, RECEIVE, 0))
        if not isinstance(source, Historian) or not isinstance(source, Backend):
            return None
        watched = watch(chain, account, (known.receive, known.change), source.used)
        return source.spends(list(watched.scripts))

    def _judge(
        self,
        known: KnownAccount,
        names: Mapping[str, KnownAccount],
        spending: Spending,
        own: Sequence[StoredRequest],
    ) -> None:
        try:
            unsigned = unsigned_id(spending.raw) if spending.raw else spending.txid
        except Malformed:  # of a kind that we never make
            unsigned = spending.txid
        request = self._request_of(known, spending, unsigned, own)
        if request is not None:
            known = names[request.account]
        if request is not None and not spending.raw:
            unsigned = request.txid
        at, book = spending.time or self.now, self.store.oversight
        book.keep_spend(SeenSpend(known.name, spending.txid, unsigned, spending.height, at))
        kind = AlarmKind.SPEND_UNKNOWN if request is None else self._wrong(known, request)
        if kind is not None:
            book.raise_alarm(Alarm(kind, spending.txid, known.name, at, self.now))
            return
        if any(alarm.open and alarm.subject == spending.txid for alarm in book.alarms()):
            book.settle(spending.txid, "kinko-builder", "its signatures came back later")

    def _wrong(self, known: KnownAccount, request: StoredRequest) -> AlarmKind | None:
        if request.final:
            return None
        chain = self.readers[known.chain]
        account = chain.enrol(known.terms, known.name)
        signed, _, needed = signers(chain.read(request.draft, request.proofs), account)
        return None if len(signed) >= needed else AlarmKind.SPEND_UNSIGNED

    def _request_of(
        self, known: KnownAccount, spending: Spending, unsigned: str, own: Sequence[StoredRequest]
    ) -> StoredRequest | None:
        """By id; where signatures are part of the id, by the coins, and then by the id it had before them."""
        for request in own:
            if request.txid in (spending.txid, unsigned):
                return request
        read, ask = self.readers[known.chain].read, family_of(known.chain).ask
        if not spending.raw:
            for request in own:
                if spending.txid in ask(read(request.draft, request.proofs), request.txid).split(":"):
                    return request
            return None
        try:
            coins = set(spent_coins(spending.raw))
        except Malformed:
            return None
        for request in own:
            if set(request.coins) == coins and read(request.draft, request.proofs).txid == unsigned:
                return request
        return None


def overview(store: Store, blind: tuple[tuple[str, str], ...] = ()) -> Overview:
    """What is known without asking a source."""
    book = store.oversight
    known = {device.origin for device in book.devices()}
    unverified = tuple(sorted({head.origin for head in book.heads()} - known))
    return Overview(book.alarms(), blind, unverified)
