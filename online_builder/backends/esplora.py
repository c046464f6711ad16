"""An Esplora server as a source, through the Bitcoin Dev Kit's client. It learns which addresses are ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

import bdkpython as bdk

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Acceptance, Coin, Reason, Snapshot
from online_builder.plan.spends import Spending

#: Esplora answers so many confirmed transactions a page.
_PAGE: Final = 25
_MAX_PAGES: Final = 400
_T = TypeVar("_T")

#: CAIP-2 ids of the networks that Esplora servers follow.
NETWORKS: Final[Mapping[str, bdk.Network]] = MappingProxyType(
    {
        "bip122:000000000019d6689c085ae165831e93": bdk.Network.BITCOIN,
        "bip122:000000000933ea01ad0ee984209779ba": bdk.Network.TESTNET,
        "bip122:00000000da84f2bafbbc53dee25a72ae": bdk.Network.TESTNET4,
        "bip122:00000008819873e925422c1ff0f99f7c": bdk.Network.SIGNET,
        "bip122:0f9188f13cb7b2c71f2a335e3a4fc328": bdk.Network.REGTEST,
    }
)

#: What a node behind Esplora says when it refuses, and what that means.
_REASONS: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "already": Reason.ALREADY_KNOWN,
        "missing": Reason.MISSING_INPUT,
        "conflict": Reason.CONFLICT,
        "fee": Reason.FEE_TOO_LOW,
        "dust": Reason.DUST,
        "script": Reason.SCRIPT,
    }
)


@dataclass(slots=True)
class Esplora:
    """A Backend. `url` is that of the server's API."""

    url: str
    chain: str
    _client: bdk.EsploraClient = None

    def snapshot(self, scripts: Sequence[bytes]) -> Snapshot:
        """See Backend."""
        client = self._checked()
        tip = self._ask(client.get_tip_hash)
        height = self._ask(client.get_height)
        time = self._ask(client.get_header_by_hash, tip).time
        histories = {script: self._history(script) for script in dict.fromkeys(scripts)}
        heights = {txid: at for history in histories.values() for txid, at in history.items()}
        transactions = {txid: self._transaction(txid) for txid in heights}
        spent = {
            f"{i.previous_output.txid}:{i.previous_output.vout}"
            for t in transactions.values()
            for i in t.input()
        }
        coins = [
            Coin(
                txid,
                vout,
                output.value.to_sat(),
                bytes(output.script_pubkey.to_bytes()),
                heights[txid],
                t.is_coinbase(),
            )
            for txid, t in transactions.items()
            for vout, output in enumerate(t.output())
            if bytes(output.script_pubkey.to_bytes()) in histories
        ]
        free = [coin for coin in coins if coin.outpoint not in spent]
        free.sort(key=lambda c: (height + 1 if c.height is None else c.height, c.txid, c.vout))
        needed = {coin.txid: bytes(transactions[coin.txid].serialize()) for coin in free}
        return Snapshot(height, str(tip), time, tuple(free), needed)

    def used(self, scripts: Sequence[bytes]) -> frozenset[bytes]:
        """See Backend."""
        self._checked()
        return frozenset(script for script in scripts if self._history(script))

    def spends(self, scripts: Sequence[bytes]) -> tuple[Spending, ...]:
        """See Historian."""
        self._checked()
        wanted = frozenset(scripts)
        touching = {txid for script in wanted for txid in self._history(script)}
        transactions = {txid: self._transaction(txid) for txid in touching}
        ours = {
            f"{txid}:{vout}"
            for txid, t in transactions.items()
            for vout, output in enumerate(t.output())
            if bytes(output.script_pubkey.to_bytes()) in wanted
        }
        spending = {
            txid: t
            for txid, t in transactions.items()
            if any(f"{i.previous_output.txid}:{i.previous_output.vout}" in ours for i in t.input())
        }
        return tuple(self._spending(txid, bytes(t.serialize())) for txid, t in sorted(spending.items()))

    def _spending(self, txid: str, raw: bytes) -> Spending:
        status = self._ask(self._checked().get_tx_status, bdk.Txid.from_string(txid))
        if not status.confirmed:
            return Spending(txid, raw, None, None)
        return Spending(txid, raw, int(status.block_height), int(status.block_time))

    def fee_rate(self, blocks: int) -> int | None:
        """See Backend: the estimate of the nearest target that is not later."""
        estimates: dict[int, float] = self._ask(self._checked().get_fee_estimates)
        fitting = [target for target in estimates if target <= blocks]
        return round(estimates[max(fitting)] * 1000) if fitting else None

    def test_accept(self, tx: bytes) -> Acceptance:
        """See Backend. Esplora cannot try a transaction, so only what it knows of the inputs is compared."""
        client = self._checked()
        try:
            read = bdk.Transaction(tx)
        except bdk.TransactionError:
            return Acceptance(Reason.MALFORMED)
        if self._ask(client.get_tx, read.compute_txid()) is not None:
            return Acceptance(Reason.ALREADY_KNOWN, str(read.compute_txid()))
        for source in read.input():
            status = self._ask(
                client.get_output_status, source.previous_output.txid, source.previous_output.vout
            )
            if status is None or status.spent:
                return Acceptance(Reason.MISSING_INPUT)
        return Acceptance(Reason.OK)

    def broadcast(self, tx: bytes) -> str:
        """See Backend."""
        client = self._checked()
        try:
            read = bdk.Transaction(tx)
        except bdk.TransactionError as error:
            raise BuilderError(Trouble.NOT_ACCEPTED, reason=Reason.MALFORMED.value, text="") from error
        txid = read.compute_txid()
        if self._ask(client.get_tx, txid) is not None:
            return str(txid)
        try:
            client.broadcast(read)
        except bdk.EsploraError.HttpResponse as error:
            text = str(error.error_message)[:200]
            found = (reason for word, reason in _REASONS.items() if word in text)
            raise BuilderError(
                Trouble.NOT_ACCEPTED, reason=next(found, Reason.OTHER).value, text=text
            ) from error
        except bdk.EsploraError as error:
            raise self._down(error) from error
        return str(txid)

    def confirmations(self, txid: str) -> int | None:
        """See Backend."""
        client = self._checked()
        identifier = bdk.Txid.from_string(txid)
        if self._ask(client.get_tx, identifier) is None:
            return None
        status = self._ask(client.get_tx_status, identifier)
        if not status.confirmed or status.block_height is None:
            return 0
        return int(self._ask(client.get_height)) - int(status.block_height) + 1

    # --- asking ----------------------------------------------------------------------------------------------------

    def _checked(self) -> bdk.EsploraClient:
        """The client, once the server has shown the genesis block of the right chain."""
        if self._client is None:
            client = bdk.EsploraClient(self.url)
            if f"bip122:{str(self._ask(client.get_block_hash, 0))[:32]}" != self.chain:
                raise BuilderError(Trouble.BACKEND_WRONG_CHAIN, source=self.url, chain=self.chain)
            self._client = client
        return self._client

    def _history(self, script: bytes) -> dict[str, int | None]:
        """Every transaction that touches a script, with its height."""
        return dict(self._pages(bdk.Address.from_script(bdk.Script(script), NETWORKS[self.chain])))

    def _pages(self, address: bdk.Address) -> Iterator[tuple[str, int | None]]:
        last = None
        for _ in range(_MAX_PAGES):
            page = self._ask(self._checked().get_address_txs, address, last)
            for row in page:
                yield str(row.txid), row.status.block_height if row.status.confirmed else None
            confirmed = [row for row in page if row.status.confirmed]
            if len(confirmed) < _PAGE:
                return
            last = confirmed[-1].txid
        raise BuilderError(Trouble.BACKEND_CANNOT, source=self.url, why="an address has too long a history")

    def _transaction(self, txid: str) -> bdk.Transaction:
        found = self._ask(self._checked().get_tx, bdk.Txid.from_string(txid))
        if found is None or str(found.compute_txid()) != txid:
            raise BuilderError(
                Trouble.BACKEND_GARBLED, source=self.url, why="a transaction is not the one asked for"
            )
        return found

    def _ask(self, question: Callable[..., _T], *arguments: object) -> _T:
        try:
            return question(*arguments)
        except bdk.EsploraError.HttpResponse as error:
            why = f"HTTP {error.status}"
            raise BuilderError(Trouble.BACKEND_FAILED, source=self.url, why=why) from error
        except bdk.EsploraError as error:
            raise self._down(error) from error

    def _down(self, error: Exception) -> BuilderError:
        return BuilderError(
            Trouble.BACKEND_DOWN, source=self.url, why=str(error)[:100] or type(error).__name__
        )
