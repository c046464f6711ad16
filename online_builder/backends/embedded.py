"""The embedded chain: regtest in a folder, validated by Bitcoin Core's engine, mined at will. For demo and tests.

It serves every coin whose transactions Core's rules understand, on Bitcoin's own regtest rules: scripts and signatures
are judged as that coin's nodes would, blocks, subsidies and payloads are Bitcoin's. Bitcoin Cash's transactions that
engine would not take into a block: there a stand-in keeps the blocks, and only scripts, amounts and tokens are judged.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pbk

from online_builder.backends.engine import Engine
from online_builder.backends.index import Index
from online_builder.backends.standin import Standin
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.judge import Spent, failures
from online_builder.plan.ports import Acceptance, Coin, Reason, Snapshot
from online_builder.plan.spends import Spending
from signer.chains.utxo.coin import Digest
from signer.chains.utxo.tokens import parted
from signer.chains.utxo.transaction import read_previous, strip
from signer.core.errors import Malformed

REGTEST: Final = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
_MATURITY: Final = 100
_PATIENCE: Final = 15.0
_MAX_TRANSACTION: Final = 400_000
_LOWEST_RATE: Final = 1000  # thousandths of a unit a virtual byte, as Core's default
_DUST: Final = 294
_FINAL: Final = 0xFFFFFFFE


class Embedded:
    """A Backend. Holds the folder's lock from opening to `close`; a process that ends gives it back."""

    def __init__(
        self,
        folder: Path,
        chain: str = REGTEST,
        digest: Digest = Digest.LEGACY,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._chain, self._digest = chain, digest
        self._lock = _take(folder / "lock")
        forked = digest is Digest.FORKID
        self._engine: Engine | Standin = Standin(folder / "blocks") if forked else Engine(folder / "chain")
        self._index = Index(folder / "index.sqlite", _behind_tokens if forked else bytes)
        self._catch_up()

    def close(self) -> None:
        self._index.close()
        self._engine.close()
        os.close(self._lock)

    def __enter__(self) -> Embedded:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def chain(self) -> str:
        """See Backend."""
        return self._chain

    def snapshot(self, scripts: Sequence[bytes]) -> Snapshot:
        """See Backend."""
        coins = [coin for script in dict.fromkeys(scripts) for coin in self._index.unspent(script)]
        height = self._engine.height
        ordered = sorted(coins, key=lambda c: (height + 1 if c.height is None else c.height, c.txid, c.vout))
        found = {coin.txid: self._index.transaction(coin.txid) for coin in ordered}
        transactions = {txid: row[0] for txid, row in found.items() if row is not None}
        engine = self._engine
        return Snapshot(height, engine.hash_at(height), engine.time_at(height), tuple(ordered), transactions)

    def used(self, scripts: Sequence[bytes]) -> frozenset[bytes]:
        """See Backend."""
        return frozenset(script for script in scripts if self._index.used(script))

    def spends(self, scripts: Sequence[bytes]) -> tuple[Spending, ...]:
        """See Historian."""
        txids = dict.fromkeys(txid for script in scripts for txid in self._index.spenders(script))
        found = {txid: self._index.transaction(txid) for txid in txids}
        return tuple(
            Spending(txid, row[0], row[1], None if row[1] is None else self._engine.time_at(row[1]))
            for txid, row in found.items()
            if row is not None
        )

    def fee_rate(self, blocks: int) -> int | None:
        """See Backend: an empty chain asks for little, sooner costs a bit more."""
        return max(_LOWEST_RATE, 6_000 // max(1, blocks))

    def test_accept(self, tx: bytes) -> Acceptance:
        """See Backend."""
        return self._judge(tx)[0]

    def broadcast(self, tx: bytes) -> str:
        """See Backend."""
        acceptance, fee, replaced = self._judge(tx)
        if acceptance.reason is Reason.ALREADY_KNOWN:
            return acceptance.text
        if not acceptance.accepted:
            reason = acceptance.reason.value
            raise BuilderError(Trouble.NOT_ACCEPTED, reason=reason, text=acceptance.text)
        self._index.add_waiting(tx, fee, replaced)
        return str(pbk.Transaction(tx).txid)

    def confirmations(self, txid: str) -> int | None:
        """See Backend."""
        row = self._index.transaction(txid)
        if row is None:
            return None
        return 0 if row[1] is None else self._engine.height - row[1] + 1

    def mine(self, count: int, script: bytes) -> str:
        """Mine `count` blocks that pay `script`; the first takes everything that waits. Returns the last hash."""
        last = self._engine.hash_at(self._engine.height)
        for _ in range(count):
            waiting = self._index.waiting()
            last = self._engine.mine(
                script, [raw for raw, _ in waiting], sum(fee for _, fee in waiting), int(self._clock())
            )
            self._catch_up()
        return last

    # --- judging ---------------------------------------------------------------------------------------------------

    def _judge(self, tx: bytes) -> tuple[Acceptance, int, tuple[str, ...]]:
        """The verdict, the fee, and the waiting transactions it would replace."""
        try:
            strip(tx[: _MAX_TRANSACTION + 1])
            read = pbk.Transaction(tx)
        except (pbk.KernelException, RuntimeError, Malformed):
            return Acceptance(Reason.MALFORMED), 0, ()
        txid = str(read.txid)
        if self._index.transaction(txid) is not None:
            return Acceptance(Reason.ALREADY_KNOWN, txid), 0, ()
        entries = [self._index.entry(str(s.out_point.txid), s.out_point.index) for s in read.inputs]
        coins = [entry.coin for entry in entries if entry is not None]
        if len(coins) != len(entries):
            return Acceptance(Reason.MISSING_INPUT), 0, ()
        rivals = tuple(dict.fromkeys(e.spent_by for e in entries if e is not None and e.spent_by is not None))
        fee = sum(coin.units for coin in coins) - sum(int(output.amount) for output in read.outputs)
        reason = self._rivals(rivals, fee) or self._content(tx, read, coins, fee)
        return Acceptance(reason or Reason.OK), fee, rivals

    def _rivals(self, rivals: tuple[str, ...], fee: int) -> Reason | None:
        """BIP 125, rules 1 and 3: what waits must signal and pay less; what is mined stays."""
        paid = 0
        for txid in rivals:
            row = self._index.transaction(txid)
            if row is None or row[1] is not None:
                return Reason.MISSING_INPUT
            if not any(source.sequence < _FINAL for source in _sequences(row[0])):
                return Reason.CONFLICT
            paid += row[2]
        return Reason.FEE_TOO_LOW if rivals and fee <= paid else None

    def _content(self, tx: bytes, read: pbk.Transaction, coins: list[Coin], fee: int) -> Reason | None:
        height = self._engine.height
        if any(c.coinbase and (c.height is None or height + 1 - c.height < _MATURITY) for c in coins):
            return Reason.IMMATURE
        if any(0 < int(output.amount) < _DUST for output in read.outputs):
            return Reason.DUST
        if fee < 0 or fee * 1000 < _LOWEST_RATE * _virtual_size(tx):
            return Reason.FEE_TOO_LOW
        spent = [self._whole(coin) for coin in coins]
        return Reason.SCRIPT if failures(tx, spent, self._digest) else self._locked(read)

    def _whole(self, coin: Coin) -> Spent:
        """What a coin's own transaction says of it, tokens and all."""
        row = self._index.transaction(coin.txid)
        return Spent(
            coin.units, coin.script if row is None else read_previous(row[0]).outputs[coin.vout].script
        )

    def _locked(self, read: pbk.Transaction) -> Reason | None:
        """Absolute locktime; the engine itself judges the relative ones when a block is mined."""
        if not read.locktime or all(source.sequence == 0xFFFFFFFF for source in read.inputs):
            return None
        limit = self._engine.height + 1 if read.locktime < 500_000_000 else int(self._clock())
        return Reason.IMMATURE if read.locktime >= limit else None

    def _catch_up(self) -> None:
        """Index the blocks that came since; also those a killed process had mined and not indexed."""
        height, known = self._index.tip()
        if height > self._engine.height or (height >= 0 and self._engine.hash_at(height) != known):
            raise BuilderError(Trouble.BACKEND_FAILED, source="embedded", why="the index is of another chain")
        if height < self._engine.height:
            self._index.add_blocks(self._engine.blocks(height + 1))


def _behind_tokens(script: bytes) -> bytes:
    return parted(script)[1]


def _sequences(tx: bytes) -> Sequence[pbk.TransactionInput]:
    return list(pbk.Transaction(tx).inputs)


def _virtual_size(tx: bytes) -> int:
    """BIP 141: a witness byte counts a quarter."""
    return (3 * len(strip(tx)) + len(tx) + 3) // 4


def _take(path: Path) -> int:
    """The folder's lock; waits a while for a process that is about to end. Raises BACKEND_BUSY."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                os.close(descriptor)
                raise BuilderError(Trouble.BACKEND_BUSY, source="embedded") from error
            time.sleep(0.05)
        else:
            return descriptor
