"""A NIS1 node of NEM as a source: its REST interface, read as if the node were hostile.

What it says decides what is built, never what is signed. A node remembers a bad verdict about a transaction for ten
minutes by a hash that leaves the signature out, so everything is verified before it is announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Final

from online_builder.backends.nis_order import Order, Part, mosaic_name, read_order, told_hash
from online_builder.backends.rest import Answer, Rest
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Acceptance, Reason, Standing
from online_builder.plan.spends import Spending
from signer.chains.nem.address import address_of
from signer.chains.nem.network import NETWORKS, SUPPLY, Params, unix
from signer.chains.nem.signature import is_signature
from signer.core.known import KnownAsset, Levy

#: So many transactions on a page, or that wait, are read of one account; and so many mosaics.
MAX_ROWS: Final = 512
MAX_OWNED: Final = 5_000  # anybody can send an account mosaics
PAGE: Final = 100  # the most that a node gives at once
MAX_PAGES: Final = 4
MAX_HISTORY: Final = 1_000  # pages of what an account sent
_HASH_LOOKUP: Final = 1  # a bit of a node's features: it can be asked about a hash
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ADDRESS: Final = re.compile(r"[A-Z2-7]{40}", re.ASCII)
_XEM: Final = "nem:xem"
_MOST: Final = 9_000_000_000_000_000  # units of any mosaic
_SHARE: Final = 2  # the type of a levy that is a share of what moves
#: CAIP-2 ids of the networks that NIS1 nodes follow.
LEDGERS: Final = frozenset(params.chain for params in NETWORKS)
_SUCCESS: Final = frozenset({0, 1})  # neutral: it has it already

#: What the codes of a validation result mean (NIS, ValidationResult).
_REASONS: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "FAILURE_PAST_DEADLINE": Reason.TOO_LATE,
        "FAILURE_HASH_EXISTS": Reason.ALREADY_KNOWN,
        "FAILURE_TRANSACTION_DUPLICATE_IN_CHAIN": Reason.ALREADY_KNOWN,
        "FAILURE_INSUFFICIENT_BALANCE": Reason.MISSING_INPUT,
        "FAILURE_INSUFFICIENT_FEE": Reason.FEE_TOO_LOW,
        "FAILURE_SIGNATURE_NOT_VERIFIABLE": Reason.SCRIPT,
    }
)


@dataclass(slots=True)
class Nis:
    """A Ledger. `rest` reaches the node."""

    rest: Rest
    params: Params
    _checked: bool = field(default=False)
    _features: int = field(default=0)

    @property
    def chain(self) -> str:
        """See Node."""
        return self.params.chain

    def standing(self, address: str) -> Standing:
        """See Ledger."""
        self._check_network()
        height, now = self._height(), unix(self._time())
        found = self._get("/account/get", address=address)
        account, meta = found.map("account"), found.map("meta")
        multisig = account.optional_map("multisigInfo")
        minimum = multisig.integer("minCosignatories", 0, 32, 0) if multisig else 0
        keys = frozenset(row.key("publicKey") for row in meta.rows("cosignatories", 32))
        return Standing(
            address=address,
            height=height,
            time=now,
            units=account.integer("balance", 0, SUPPLY),
            waiting=sum(self._change(row, address) for row in self._unconfirmed(address)),
            assets=tuple(self._assets(address)),
            cosignatories=keys,
            minimum=minimum,
        )

    def asset(self, name: str) -> KnownAsset:
        """See Ledger."""
        self._check_network()
        found = self._get("/mosaic/definition", mosaicId=name)
        decimals, supply = self._terms(found)
        now = self.rest.get("/mosaic/supply", {"mosaicId": name})  # an issuer may change it
        if now is not None:
            supply = now.integer("supply", 0, 9_000_000_000)
        return KnownAsset(name, decimals, supply, self._levy(found))

    def test_accept(self, tx: bytes) -> Acceptance:
        """See Node. A node has no dry run: what can be known of it is checked here."""
        self._check_network()
        order = read_order(self.params, tx)
        if self.confirmations(order.ask(self.params)) is not None:
            return Acceptance(Reason.ALREADY_KNOWN)
        if order.transaction.head.deadline < self._time():
            return Acceptance(Reason.TOO_LATE)
        if not all(is_signature(part.signer, part.data, part.signature) for part in order.parts):
            return Acceptance(Reason.SCRIPT)
        return Acceptance(Reason.OK)

    def broadcast(self, tx: bytes) -> str:
        """See Node. The transaction goes first, each cosignature after it; what is there already is left alone."""
        accepted, order = self.test_accept(tx), read_order(self.params, tx)
        if accepted.reason not in (Reason.OK, Reason.ALREADY_KNOWN):
            raise BuilderError(Trouble.NOT_ACCEPTED, reason=accepted.reason.value, text="")
        if not self.confirmations(order.ask(self.params)):
            signed = self._signed(order)
            for part in order.parts:
                if part.signer not in signed:
                    self._announce(part)
        return order.txid

    def confirmations(self, txid: str) -> int | None:
        """See Node; `outer hash:inner hash:address`."""
        self._check_network()
        outer, _, rest = txid.partition(":")
        inner, _, address = rest.partition(":")
        height = self._mined_at(outer, address)
        if height is not None:
            return max(1, self._height() - height + 1)
        waiting = (self._named(row, address) for row in self._unconfirmed(address)) if address else ()
        return 0 if {inner, outer} & set(waiting) else None

    def spends_of(self, address: str) -> tuple[Spending, ...]:
        """See LedgerHistorian. One is named by the hash of what is inside a multisig's wrapper, mined or waiting."""
        self._check_network()
        found: dict[str, Spending] = {}
        for row in self._unconfirmed(address):
            inner = self._named(row, address) if self._is_from(row, address) else None
            if inner is not None:
                found[inner] = Spending(inner, b"", None, None)
        for row in self._outgoing(address):
            if self._is_from(row, address):
                meta = row.map("meta")
                named = meta.optional_map("innerHash") or meta.map("hash")
                txid, made = named.text("data", _HASH), row.map("transaction").integer("timeStamp", 0, 2**40)
                found[txid] = Spending(txid, b"", meta.integer("height", 1, 2**40), unix(made))
        return tuple(found.values())

    def _outgoing(self, address: str) -> Iterator[Answer]:
        for number, page in enumerate(self._pages("/account/transfers/outgoing", address)):
            if number == MAX_HISTORY:
                raise BuilderError(
                    Trouble.BACKEND_CANNOT, source=self.rest.name, why="an account has too long a history"
                )
            yield from page

    def _pages(self, path: str, address: str) -> Iterator[list[Answer]]:
        """Newest first. Each goes on below an id: by default a node forgets hashes after 36 hours."""
        below: dict[str, str] = {}
        while page := self._get(path, address=address, pageSize=str(PAGE), **below).rows("data", MAX_ROWS):
            last = page[-1].map("meta").integer("id", 0, 2**63 - 1)
            if below and last >= int(below["id"]):
                raise self.rest.garbled("its pages go round in a circle")
            yield page
            below = {"id": str(last)}

    def _is_from(self, row: Answer, address: str) -> bool:
        outer = row.map("transaction")
        core = outer.optional_map("otherTrans") or outer
        return address_of(self.params, core.key("signer")) == address

    # --- what it is asked ------------------------------------------------------------------------------------------

    def _check_network(self) -> None:
        if self._checked:
            return
        beat = self._get("/heartbeat")
        about = self._get("/node/info").map("metaData")
        network = about.integer("networkId", -128, 127)
        if network & 0xFF != self.params.byte:
            raise BuilderError(Trouble.BACKEND_WRONG_CHAIN, source=self.rest.name, chain=self.params.chain)
        if beat.integer("code", 0, 100) != 1:
            raise BuilderError(Trouble.BACKEND_FAILED, source=self.rest.name, why="its heart does not beat")
        self._features = about.integer("features", 0, 2**31 - 1, 0)
        self._checked = True

    def _height(self) -> int:
        return self._get("/chain/height").integer("height", 1, 2**40)

    def _time(self) -> int:
        """Seconds of NEM's epoch by the network's clock, rounded down: never in the node's future."""
        return self._get("/time-sync/network-time").integer("receiveTimeStamp", 0, 2**43) // 1000

    def _unconfirmed(self, address: str) -> list[Answer]:
        return self._get("/account/unconfirmedTransactions", address=address).rows("data", MAX_ROWS)

    def _change(self, row: Answer, address: str) -> int:
        """What a waiting transfer of XEM would add to the account. What is not a transfer counts as its fee alone."""
        outer = row.map("transaction")
        inner = outer.optional_map("otherTrans")
        core = inner or outer
        fee = outer.integer("fee", 0, SUPPLY) + (inner.integer("fee", 0, SUPPLY) if inner else 0)
        ours = address_of(self.params, core.key("signer")) == address
        if core.integer("type", 0, 0xFFFF) != 0x0101 or core.full("mosaics"):
            return -fee if ours else 0
        units = core.integer("amount", 0, 2**63)
        gained = units if core.text("recipient", _ADDRESS) == address else 0
        return gained - (units + fee if ours else 0)

    def _named(self, row: Answer, address: str) -> str | None:
        """A node names what waits by the hash of what is inside a multisig's wrapper, and names nothing else."""
        meta = row.map("meta")
        if meta.full("data"):
            return meta.text("data", _HASH)
        return told_hash(self.params, row.map("transaction")) if self._is_from(row, address) else None

    def _assets(self, address: str) -> Iterator[tuple[KnownAsset, int]]:
        """Mosaics that are not XEM; in smallest units where the node does not say how they are divided.

        A node without this part of the interface has none to tell of.
        """
        owned = self.rest.get("/account/mosaic/owned", {"address": address})
        rows = owned.rows("data", MAX_OWNED) if owned else []
        held = {mosaic_name(row.map("mosaicId")): row.integer("quantity", 0, _MOST) for row in rows}
        if {name for name, units in held.items() if units} <= {_XEM}:
            return
        found = self.rest.get("/account/mosaic/owned/definition", {"address": address})
        defined = {
            mosaic_name(row.map("id")): self._terms(row)
            for row in (found.rows("data", MAX_OWNED) if found else [])
        }
        for name, units in held.items():
            if name != _XEM and units:
                decimals, supply = defined.get(name, (0, 0))
                yield KnownAsset(name, decimals, supply), units

    def _terms(self, definition: Answer) -> tuple[int, int]:
        """Decimals, and the supply at first."""
        rows = {row.words("name"): row.words("value") for row in definition.rows("properties", 16)}
        try:
            decimals, supply = int(rows["divisibility"]), int(rows["initialSupply"])
        except (KeyError, ValueError) as error:
            raise self.rest.garbled("a mosaic without divisibility or supply") from error
        if not 0 <= decimals <= 6 or not 0 <= supply <= 9_000_000_000:
            raise self.rest.garbled("a mosaic out of bounds")
        return decimals, supply

    def _levy(self, definition: Answer) -> Levy | None:
        found = definition.optional_map("levy")
        if found is None:
            return None
        return Levy(
            asset=mosaic_name(found.map("mosaicId")),
            recipient=found.text("recipient", _ADDRESS),
            units=found.integer("fee", 0, _MOST),
            share=found.integer("type", 1, 2) == _SHARE,
        )

    def _mined_at(self, txid: str, address: str) -> int | None:
        """By the hash; where the node has forgotten that, among the account's latest transfers."""
        if self._features & _HASH_LOOKUP:
            found = self.rest.get("/transaction/get", {"hash": txid})
            if found is not None:
                return found.map("meta").integer("height", 1, 2**40)
        pages = islice(self._pages("/account/transfers/all", address), MAX_PAGES) if address else ()
        for page in pages:
            for row in page:
                meta = row.map("meta")
                if meta.map("hash").text("data", _HASH) == txid:
                    return meta.integer("height", 1, 2**40)
        return None

    def _signed(self, order: Order) -> frozenset[bytes]:
        """Whose signatures on it wait already."""
        for row in self._unconfirmed(order.address(self.params)):
            if self._named(row, order.address(self.params)) in (order.inner, order.txid):
                found = row.map("transaction")
                keys = [part.key("signer") for part in found.rows("signatures", 32, optional=True)]
                return frozenset((found.key("signer"), *keys))
        return frozenset()

    def _announce(self, part: Part) -> None:
        answer = self.rest.post(
            "/transaction/announce", {"data": part.data.hex(), "signature": part.signature.hex()}
        )
        text = answer.words("message")
        if not answer.has("code"):  # an error of the node's own, in its other form
            raise BuilderError(Trouble.NOT_ACCEPTED, reason=Reason.MALFORMED.value, text=text)
        code = answer.integer("code", 0, 10_000)
        if code in _SUCCESS or _REASONS.get(text) is Reason.ALREADY_KNOWN:
            return
        reason = _REASONS.get(text, Reason.OTHER)
        raise BuilderError(Trouble.NOT_ACCEPTED, reason=reason.value, text=text)

    def _get(self, path: str, **query: str) -> Answer:
        found = self.rest.get(path, query)
        if found is None:
            raise self.rest.garbled(f"{path} is not there")
        return found
