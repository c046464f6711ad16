"""What a family of coins is to the desk: how an account is looked at, and what is built, held and judged from there.

The desk knows no coin. `plan.families` has the table of all families, a line each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from online_builder.plan.coins import Holdings
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Source
from signer.chains.draft import Chain, Draft
from signer.core.account import Account
from signer.core.known import KnownAsset

LIFETIME: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants paid. `fee_rate` in thousandths of a unit a virtual byte, None to estimate.

    `message` goes with the payment where the chain has such a thing; `initiator` is the master fingerprint in hex of
    the cosigner who signs first, where somebody must. Both are refused by chains that know them not.
    """

    payees: Sequence[Payee]
    fee_rate: int | None = None
    purpose: str = ""
    preparer: str = ""
    lifetime: int = LIFETIME
    sweep_to: bytes = b""
    message: str = ""
    initiator: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An account about to be looked at. `free` are its next indexes on both branches, `reserved` what requests hold."""

    chain: Chain
    account: Account
    terms: str
    free: tuple[int, int]
    reserved: frozenset[str]
    source: Source
    now: int


@dataclass(frozen=True, slots=True)
class Built:
    """A payload, and the account's next free index on the change branch once it is kept.

    `assets` is what the source said of assets beside the coin that it moves: what is held for it depends on that.
    `turn`, where an account is one balance, is what no other request may hold: it was built on what is free now.
    """

    payload: bytes
    change: int
    assets: tuple[KnownAsset, ...] = ()
    turn: str = ""


class View(Protocol):
    """An account at one moment: what its source says, and what can be built from that."""

    @property
    def free(self) -> tuple[int, int]:
        """The next free index on each branch, past everything that was used."""

    def holdings(self) -> Holdings: ...

    def lost(self, holds: Sequence[str]) -> bool:
        """Whether a request that holds these can never confirm any more."""

    def propose(self, wish: Wish, change: int) -> Built:
        """Build a payment; change goes to index `change` or beyond. Raises BuilderError."""

    def change(self, wish: Wish, into: Account | None) -> Built:
        """The account's own keys are changed to those of `into`; None: it is given its keys for the first time."""

    def sweep(self, wish: Wish, size: int, lock: Callable[[], bytes], change: int) -> Iterator[Built]:
        """Everything there is, `size` coins at a time, each time to what `lock()` gives. Raises BuilderError."""


@dataclass(frozen=True, slots=True)
class Family:
    """What does not depend on a moment.

    slim(payload) -> the payload as it crosses the gap, and the proofs beside it.
    holds(draft, account) -> what a request keeps others from using.
    check(draft, final) raises BuilderError(NOT_VALID) for a finished transaction that is not valid.
    ask(draft, txid) -> what the source is asked by how deep the request's transaction is.
    form(threshold, keys, script) -> the text of an account of these key expressions. Raises Malformed.
    """

    look: Callable[[Case], View]
    slim: Callable[[bytes], tuple[bytes, tuple[bytes, ...]]]
    holds: Callable[[Draft, Account], tuple[str, ...]]
    check: Callable[[Draft, bytes], None]
    ask: Callable[[Draft, str], str]
    form: Callable[[int, Sequence[str], str], str]
