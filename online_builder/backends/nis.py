"""A NIS1 node of NEM as a source: its REST interface, read as if the node were hostile.

What it says decides what is built, never what is signed. A node remembers a bad verdict about a transaction for ten
minutes by a hash that leaves the signature out, so everything is verified before it is announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from online_builder.backends.rest import Answer, Rest
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Acceptance, Reason, Standing
from online_builder.plan.spends import Spending
from signer.chains.nem.address import address_of, keccak_256
from signer.chains.nem.models import Core, Multisig, Transaction
from signer.chains.nem.network import NETWORKS, SUPPLY, Params, unix
from signer.chains.nem.read import read_transaction
from signer.chains.nem.signature import is_signature
from signer.core import codec
from signer.core.errors import Bad, Malformed
from signer.core.known import KnownAsset

#: So many transactions that wait, cosignatories and mosaics of one account are read.
MAX_ROWS: Final = 512
MAX_PAGES: Final = 4
MAX_HISTORY: Final = 4_000  # pages of what an account sent
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME: Final = re.compile(r"[a-z0-9'_.\-]{1,146}", re.ASCII)
_XEM: Final = "nem:xem"
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


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing to announce: its bytes and signature."""

    data: bytes
    signature: bytes

    @property
    def signer(self) -> bytes:
        """The public key, after type, version, timestamp and its own length."""
        return self.data[16:48]


@dataclass(frozen=True, slots=True)
class _Order:
    """What is announced: a transaction, and in `parts` that and the cosignatures on it."""

    transaction: Transaction
    parts: tuple[_Part, ...]

    @property
    def core(self) -> Core:
        return self.transaction.inner if isinstance(self.transaction, Multisig) else self.transaction

    @property
    def txid(self) -> str:
        return keccak_256(self.transaction.to_bytes()).hex()

    @property
    def inner(self) -> str:
        return keccak_256(self.core.to_bytes()).hex()

    def address(self, params: Params) -> str:
        return address_of(params, self.core.head.signer)

    def ask(self, params: Params) -> str:
        return f"{self.txid}:{self.inner}:{self.address(params)}"


def _read_order(params: Params, tx: bytes) -> _Order:
    """`[[data, signature], ...]` in CBOR, as `NemDraft.finish` makes it. Raises NOT_ACCEPTED."""
    try:
        rows = codec.decode(tx)
        parts = tuple(_part(row) for row in rows) if isinstance(rows, list) else ()
        if not parts:
            raise Malformed(Bad.EMPTY, what="nem order")
        return _Order(read_transaction(params, parts[0].data), parts)
    except Malformed as error:
        raise BuilderError(Trouble.NOT_ACCEPTED, reason=Reason.MALFORMED.value, text="") from error


def _part(row: object) -> _Part:
    match row:
        case [bytes(data), bytes(signature)] if len(data) >= 48 and len(signature) == 64:
            return _Part(data, signature)
        case _:
            raise Malformed(Bad.FIELD, what="nem order")


@dataclass(slots=True)
class Nis:
    """A Ledger. `rest` reaches the node."""

    rest: Rest
    params: Params
    _checked: bool = field(default=False)

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
            minimum=minimum or len(keys),  # NIS writes 0 where all of them are needed
        )

    def test_accept(self, tx: bytes) -> Acceptance:
        """See Node. A node has no dry run: what can be known of it is checked here."""
        self._check_network()
        order = _read_order(self.params, tx)
        if self.confirmations(order.ask(self.params)) is not None:
            return Acceptance(Reason.ALREADY_KNOWN)
        if order.transaction.head.deadline < self._time():
            return Acceptance(Reason.TOO_LATE)
        if not all(is_signature(part.signer, part.data, part.signature) for part in order.parts):
            return Acceptance(Reason.SCRIPT)
        return Acceptance(Reason.OK)

    def broadcast(self, tx: bytes) -> str:
        """See Node. The transaction goes first, each cosignature after it; what is there already is left alone."""
        accepted, order = self.test_accept(tx), _read_order(self.params, tx)
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
        waiting = (
            (row.map("meta").text("data", _HASH) for row in self._unconfirmed(address)) if address else ()
        )
        return 0 if {inner, outer} & set(waiting) else None

    def spends_of(self, address: str) -> tuple[Spending, ...]:
        """See LedgerHistorian. One is named by the hash of what is inside a multisig's wrapper, mined or waiting."""
        self._check_network()
        found: dict[str, Spending] = {}
        for row in self._unconfirmed(address):
            if self._is_from(row, address):
                inner = row.map("meta").text("data", _HASH)
                found[inner] = Spending(inner, b"", None, None)
        for row in self._outgoing(address):
            if self._is_from(row, address):
                meta = row.map("meta")
                named = meta.optional_map("innerHash") or meta.map("hash")
                txid, made = named.text("data", _HASH), row.map("transaction").integer("timeStamp", 0, 2**40)
                found[txid] = Spending(txid, b"", meta.integer("height", 1, 2**40), unix(made))
        return tuple(found.values())

    def _outgoing(self, address: str) -> Iterator[Answer]:
        last = ""
        for _ in range(MAX_HISTORY):
            query = {"address": address} | ({"hash": last} if last else {})
            page = self._get("/account/transfers/outgoing", **query).rows("data", MAX_ROWS)
            if not page:
                return
            yield from page
            last = page[-1].map("meta").map("hash").text("data", _HASH)
        raise BuilderError(
            Trouble.BACKEND_CANNOT, source=self.rest.name, why="an account has too long a history"
        )

    def _is_from(self, row: Answer, address: str) -> bool:
        outer = row.map("transaction")
        core = outer.optional_map("otherTrans") or outer
        return address_of(self.params, core.key("signer")) == address

    # --- what it is asked ------------------------------------------------------------------------------------------

    def _check_network(self) -> None:
        if self._checked:
            return
        beat = self._get("/heartbeat")
        network = self._get("/node/info").map("metaData").integer("networkId", -128, 127)
        if network & 0xFF != self.params.byte:
            raise BuilderError(Trouble.BACKEND_WRONG_CHAIN, source=self.rest.name, chain=self.params.chain)
        if beat.integer("code", 0, 100) != 1:
            raise BuilderError(Trouble.BACKEND_FAILED, source=self.rest.name, why="its heart does not beat")
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
        if core.integer("type", 0, 0xFFFF) != 0x0101 or core.has("mosaics"):
            return -fee if ours else 0
        units = core.integer("amount", 0, 2**63)
        gained = units if core.text("recipient", re.compile(r"[A-Z2-7]{40}")) == address else 0
        return gained - (units + fee if ours else 0)

    def _assets(self, address: str) -> Iterator[tuple[KnownAsset, int]]:
        """Mosaics that are not XEM. A node without this part of the interface has none to tell of."""
        owned = self.rest.get("/account/mosaic/owned", {"address": address})
        for row in owned.rows("data", MAX_ROWS) if owned else ():
            part = row.map("mosaicId")
            name = f"{part.text('namespaceId', _NAME)}:{part.text('name', _NAME)}"
            units = row.integer("quantity", 0, 9_000_000_000_000_000)
            if name != _XEM and units:
                yield self._terms(name), units

    def _terms(self, name: str) -> KnownAsset:
        found = self._get("/mosaic/definition", mosaicId=name)
        rows = {row.words("name"): row.words("value") for row in found.rows("properties", 16)}
        try:
            decimals, supply = int(rows["divisibility"]), int(rows["initialSupply"])
        except (KeyError, ValueError) as error:
            raise self.rest.garbled("a mosaic without divisibility or supply") from error
        if not 0 <= decimals <= 6 or not 0 <= supply <= 9_000_000_000:
            raise self.rest.garbled("a mosaic out of bounds")
        return KnownAsset(name, decimals, supply)

    def _mined_at(self, txid: str, address: str) -> int | None:
        """By the hash; where the node keeps no index of those, among the account's latest transfers."""
        found = self.rest.get("/transaction/get", {"hash": txid})
        if found is not None:
            return found.map("meta").integer("height", 1, 2**40)
        last = ""
        for _ in range(MAX_PAGES if address else 0):
            query = {"address": address} | ({"hash": last} if last else {})
            page = self._get("/account/transfers/all", **query).rows("data", MAX_ROWS)
            for row in page:
                last = row.map("meta").map("hash").text("data", _HASH)
                if last == txid:
                    return row.map("meta").integer("height", 1, 2**40)
            if not page:
                break
        return None

    def _signed(self, order: _Order) -> frozenset[bytes]:
        """Whose signatures on it wait already."""
        for row in self._unconfirmed(order.address(self.params)):
            if row.map("meta").text("data", _HASH) in (order.inner, order.txid):
                found = row.map("transaction")
                keys = [part.key("signer") for part in found.rows("signatures", 32, optional=True)]
                return frozenset((found.key("signer"), *keys))
        return frozenset()

    def _announce(self, part: _Part) -> None:
        answer = self.rest.post(
            "/transaction/announce", {"data": part.data.hex(), "signature": part.signature.hex()}
        )
        code, text = answer.integer("code", 0, 10_000), answer.words("message")
        if code in _SUCCESS or _REASONS.get(text) is Reason.ALREADY_KNOWN:
            return
        reason = _REASONS.get(text, Reason.OTHER)
        raise BuilderError(Trouble.NOT_ACCEPTED, reason=reason.value, text=text)

    def _get(self, path: str, **query: str) -> Answer:
        found = self.rest.get(path, query)
        if found is None:
            raise self.rest.garbled(f"{path} is not there")
        return found
