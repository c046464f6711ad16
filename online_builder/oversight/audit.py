"""The audit: journals held against themselves, against the heads and answers that came back, and against the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from online_builder.oversight.checkpoints import keep, origin_of, verify
from online_builder.plan.collect import signers
from online_builder.plan.journals import Checked, Fault, Found, check, open_export
from online_builder.store.sqlite import Store
from online_builder.store.values import StoredRequest
from online_builder.store.watched import Alarm, AlarmKind
from signer.chains.draft import Chain, Draft
from signer.core.account import Account
from signer.core.checkpoint import Checkpoint, Head
from signer.core.event import EventKind


@dataclass(frozen=True, slots=True)
class Audited:
    """One journal. `proven` says whether somebody named its key; `elsewhere` are signatures for nothing of ours."""

    name: str
    journal: str
    records: int
    heads: int
    proven: bool
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Audit:
    """Every journal, and every fault in all of them."""

    journals: tuple[Audited, ...]
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class _Book:
    """A journal that was read: the keys on its device (fingerprints in hex); number, digest, txid of what it signed."""

    checked: Checked
    keys: frozenset[str]
    signed: tuple[tuple[int, bytes, str], ...]

    def explains(self, digest: bytes, txid: str, before: int | None = None) -> bool:
        """Whether a signature on this request or transaction is recorded, where asked before a certain record."""
        return any(
            (before is None or number < before) and (subject == digest or (txid and told == txid))
            for number, subject, told in self.signed
        )


@dataclass(frozen=True, slots=True)
class Auditor:
    """What the builder remembers, against what devices wrote down."""

    store: Store
    readers: Mapping[str, Chain]
    now: int

    def audit(self, exports: Sequence[bytes], keys: Sequence[bytes] = ()) -> Audit:
        """Judge exports of journals; `keys` are journals' keys from elsewhere. Raises Malformed; keeps alarms, and the
        heads of what adds up."""
        known = {device.origin: device.name for device in self.store.oversight.devices()}
        known |= {origin_of(key): known.get(origin_of(key), "by key") for key in keys}
        drafts = self._drafts()
        books, audited, found = [], [], []
        for data in exports:
            exported = open_export(data)
            journal = origin_of(exported.public_key)
            seen = [Head(h.origin, h.size, h.root) for h in self.store.oversight.heads(journal)]
            checked = check(exported, journal, seen, verify)
            book = _book(checked)
            faults = [*checked.found, *self._hidden(book, drafts)]
            if known and journal not in known:
                what = "it is signed by a key that is not one of the devices known here"
                faults.insert(0, Found(Fault.OTHER_KEY, journal, what))
            for fault in faults:
                self._alarm(fault, data)
            # the next request brings it back: the device sees that it was seen
            if journal in known and not faults:
                keep(self.store, Checkpoint.from_bytes(exported.note), exported.note, self.now)
            books.append(book)
            found += faults
            name = known.get(journal, "")
            count, elsewhere = len(exported.records), self._elsewhere(book, drafts)
            audited.append(Audited(name, journal, count, checked.matched, journal in known, elsewhere))
        for fault in self._unexplained(books, drafts):
            self._alarm(fault, fault.what.encode())
            found.append(fault)
        return Audit(tuple(audited), tuple(found))

    def _drafts(self) -> list[tuple[StoredRequest, Draft, Account]]:
        """Every request with its draft, read once."""
        accounts = {known.name: known for known in self.store.accounts()}
        found = []
        for request in self.store.requests():
            known = accounts[request.account]
            chain = self.readers[known.chain]
            draft = chain.read(request.draft, request.proofs)
            found.append((request, draft, chain.enrol(known.terms, known.name)))
        return found

    def _hidden(self, book: _Book, drafts: Sequence[tuple[StoredRequest, Draft, Account]]) -> Iterator[Found]:
        """Answers, and signatures by keys of this device that came back as PSBT, of which it has no record."""
        journal = book.checked.journal
        short = {request.digest: request.id[:8] for request, _, _ in drafts}
        answered = self.store.oversight.responses()
        devices: dict[bytes, set[str]] = {}
        for response in answered:
            devices.setdefault(response.digest, set()).add(response.origin)
            if response.origin == journal and not book.explains(response.digest, "", response.size):
                name = short.get(response.digest, response.digest.hex()[:16])
                what = f"the answer to request {name}, given when it had {response.size} records, is in none of them"
                yield Found(Fault.HIDDEN, journal, what)
        for request, draft, account in drafts:
            signed = {c.origin.fingerprint.hex() for c in signers(draft, account)[0]}
            who = devices.get(request.digest, set())
            # Every device that answered made at least one signature; where there are more, they came as PSBT.
            loose = signed & book.keys if len(signed) > len(who) and journal not in who else set()
            if loose and not book.explains(request.digest, draft.txid):
                names = ", ".join(sorted(loose))
                what = f"no record of the signature of {names} on request {request.id[:8]}, or the export is older"
                yield Found(Fault.HIDDEN, journal, what)

    def _unexplained(
        self, books: Sequence[_Book], drafts: Sequence[tuple[StoredRequest, Draft, Account]]
    ) -> Iterator[Found]:
        """Of n keys m have signed: so at least m less the keys whose journals are not here are in these journals."""
        accounts = {known.name: known for known in self.store.accounts()}
        for spend in self.store.oversight.spends():
            known = accounts[spend.account]
            account = self.readers[known.chain].enrol(known.terms, known.name)
            cosigners = {c.origin.fingerprint.hex() for c in account.cosigners}
            digest = next((r.digest for r, d, _ in drafts if d.txid == spend.unsigned), b"")
            here = {key: book for book in books for key in book.keys & cosigners}
            needed = account.threshold - (len(cosigners) - len(here))
            have = [key for key, book in here.items() if book.explains(digest or b"-", spend.unsigned)]
            if len(have) < needed:
                what = (
                    f"{spend.txid} of {spend.account}: {len(have)} records of it, at least {needed} should be"
                )
                yield Found(Fault.UNEXPLAINED, "", what)

    def _elsewhere(self, book: _Book, drafts: Sequence[tuple[StoredRequest, Draft, Account]]) -> int:
        digests, txids = {r.digest for r, _, _ in drafts}, {d.txid for _, d, _ in drafts}
        return sum(subject not in digests and txid not in txids for _, subject, txid in book.signed)

    def _alarm(self, found: Found, data: bytes) -> None:
        subject = f"{found.journal}:{found.fault}:{hashlib.sha256(data).hexdigest()[:8]}"
        alarm = Alarm(AlarmKind.JOURNAL, subject, "", self.now, self.now, f"{found.fault}: {found.what}")
        self.store.oversight.raise_alarm(alarm)


def _book(checked: Checked) -> _Book:
    keys, signed = set(), []
    for record in checked.records:
        event = record.event
        details = dict(event.details)
        if event.kind is EventKind.GENESIS:
            keys |= {event.subject.hex(), details.get("fingerprint", "")}
        if event.kind is EventKind.SIGNED:
            signed.append((record.number, event.subject, details.get("txid", "")))
    return _Book(checked, frozenset(keys - {""}), tuple(signed))
