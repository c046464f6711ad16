"""The port between the builder and a chain: what a source must be able to say, and in which values.

A chain is seen either as coins (`Backend`: Bitcoin's family) or as accounts with balances (`Ledger`: NEM).

A txid is always the display form: 64 lower-case hex digits, byte-reversed, as explorers show it. Money is in
the coin's smallest unit. Every source raises `online_builder.errors.BuilderError` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias, runtime_checkable

from signer.core.known import KnownAsset


@dataclass(frozen=True, slots=True)
class Coin:
    """An unspent output. `height` is None while unconfirmed; `coinbase` outputs mature after 100 blocks."""

    txid: str
    vout: int
    units: int
    script: bytes
    height: int | None
    coinbase: bool = False

    @property
    def outpoint(self) -> str:
        return f"{self.txid}:{self.vout}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a source knew at one moment. `tip` is the best block's hash in display hex, `time` its Unix time.

    `coins` in the order (height, txid, vout), unconfirmed last; coins that a waiting transaction spends are
    left out, immature coinbases are there. `transactions` has the raw previous transaction of every coin, by
    txid, with its witness where the source has it; each is checked to hash to its txid.
    """

    height: int
    tip: str
    time: int
    coins: tuple[Coin, ...]
    transactions: Mapping[str, bytes]


class Reason(Enum):
    """Why a transaction would not be accepted."""

    OK = "ok"
    ALREADY_KNOWN = "already-known"  # in the mempool or in a block: nothing is lost, nothing to do
    MISSING_INPUT = "missing-input"  # an input is spent, or was never there
    CONFLICT = "conflict"  # an input is spent by a transaction that waits, and this one may not replace it
    IMMATURE = "immature"  # a coinbase younger than 100 blocks, or a locktime not reached
    FEE_TOO_LOW = "fee-too-low"
    FEE_TOO_HIGH = "fee-too-high"
    DUST = "dust"
    SCRIPT = "script"  # a signature or script fails
    MALFORMED = "malformed"
    TOO_LATE = "too-late"  # past its deadline
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The answer to "would you take it?". `text` is what the source said, bounded, for the curious only."""

    reason: Reason
    text: str = ""

    @property
    def accepted(self) -> bool:
        return self.reason is Reason.OK


class Node(Protocol):
    """What every source can do, whatever it counts. Calls may take seconds and may raise BuilderError (BACKEND_*)."""

    @property
    def chain(self) -> str:
        """CAIP-2 id of the chain it has been checked to follow."""

    def test_accept(self, tx: bytes) -> Acceptance:
        """Would the source take this transaction now? Changes nothing."""

    def broadcast(self, tx: bytes) -> str:
        """Hand the transaction over, return its txid. Twice is harmless. Raises NOT_ACCEPTED."""

    def confirmations(self, txid: str) -> int | None:
        """Of what `Family.ask` says. None: unknown there. 0: it waits. Else its depth, its own block counted."""


@runtime_checkable
class Backend(Node, Protocol):
    """A source of coins of one chain."""

    def snapshot(self, scripts: Sequence[bytes]) -> Snapshot:
        """The coins on these output scripts. One view of one moment: `height` and `coins` belong together."""

    def used(self, scripts: Sequence[bytes]) -> frozenset[bytes]:
        """Those of the scripts that were ever paid to, spent or not; to discover addresses by gap limit."""

    def fee_rate(self, blocks: int) -> int | None:
        """To confirm within `blocks`, thousandths of a unit per virtual byte; None if unknown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a ledger says of one account at one moment. `time` is Unix time by the network's clock.

    `units` of the chain's own coin, `waiting` what unconfirmed transactions would add to it (or take from it);
    `assets` are others with their units: what a node says of one is a claim like everything else it says.
    `cosignatories` are public keys; without them the account is not multisig. `minimum` is how many of them must sign;
    0 where the ledger has it as "all of them".
    """

    address: str
    height: int
    time: int
    units: int
    waiting: int
    assets: tuple[tuple[KnownAsset, int], ...] = ()
    cosignatories: frozenset[bytes] = frozenset()
    minimum: int = 0

    @property
    def needed(self) -> int:
        return self.minimum or len(self.cosignatories)


@runtime_checkable
class Ledger(Node, Protocol):
    """A source of accounts of one chain."""

    def standing(self, address: str) -> Standing:
        """What it says of an account. One that it never saw holds nothing."""

    def asset(self, name: str) -> KnownAsset:
        """What it says of an asset beside the coin, now: its fee and what its issuer takes depend on that."""


Source: TypeAlias = Backend | Ledger
