"""Bitcoin's family: coins are chosen, spent whole, and what is left comes back as change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.build import Order, build, input_cost
from online_builder.plan.coins import Holdings, holdings, lots, spendable
from online_builder.plan.family import Built, Case, Family, Wish
from online_builder.plan.judge import Spent, failures
from online_builder.plan.ports import Backend, Coin, Snapshot
from online_builder.plan.scripts import CHANGE, Watched, watch
from signer.chains.draft import Chain, Draft
from signer.chains.utxo.coin import Params
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.proofs import slim
from signer.core.account import Account
from signer.core.errors import Bad, Malformed

_TARGET_BLOCKS: Final = 6
#: In thousandths of a unit a virtual byte: with it the fee of the largest transaction still is a number of 64 bits.
_MOST_RATE: Final = 10**12
_SCRIPTS: Final = MappingProxyType({"wsh": "wsh({})", "sh-wsh": "sh(wsh({}))", "sh": "sh({})"})
_TEST_NETWORKS: Final = frozenset({"testnet", "testnet4", "signet", "regtest"})


@dataclass(frozen=True, slots=True)
class CoinView:
    """See View. `coins` are those that may be spent."""

    case: Case
    source: Backend
    watched: Watched
    snapshot: Snapshot
    coins: tuple[Coin, ...]

    @property
    def free(self) -> tuple[int, int]:
        """See View."""
        return self.watched.free

    def holdings(self) -> Holdings:
        """See View."""
        return holdings(self.snapshot, self.case.reserved, self.case.chain.network.asset)

    def lost(self, holds: Sequence[str]) -> bool:
        """See View: another transaction spent a coin of it."""
        return not {coin.outpoint for coin in self.snapshot.coins}.issuperset(holds)

    def propose(self, wish: Wish, change: int) -> Built:
        """See View."""
        return self._built(self.coins, wish, max(change, self.watched.free[CHANGE]))

    def change(self, wish: Wish, into: Account | None) -> Built:
        """See View."""
        raise BuilderError(
            Trouble.CANNOT_BUILD, why="an account of this coin is its keys: sweep it into another"
        )

    def sweep(self, wish: Wish, size: int, lock: Callable[[], bytes], change: int) -> Iterator[Built]:
        """See View."""
        rate = self._fee_rate(wish.fee_rate)
        parts = lots(self.coins, size, input_cost(self.case.terms, self._test_network, rate))
        if not parts:
            raise BuilderError(Trouble.NO_FUNDS, why="no coin is worth the fee of moving it")
        for coins in parts:
            yield self._built(coins, replace(wish, fee_rate=rate, sweep_to=lock()), change)

    def _built(self, coins: Sequence[Coin], wish: Wish, change: int) -> Built:
        if wish.message or wish.initiator:
            raise BuilderError(Trouble.CANNOT_BUILD, why="this chain knows neither messages nor an initiator")
        payload = build(
            Order(
                descriptor=self.case.terms,
                test_network=self._test_network,
                payees=wish.payees,
                coins=coins,
                transactions=self.snapshot.transactions,
                height=self.snapshot.height,
                fee_rate=self._fee_rate(wish.fee_rate),
                last=self.watched.free,
                next_change=change,
                sweep_to=wish.sweep_to,
                params=self._params,
            )
        )
        return Built(payload, change if wish.sweep_to else change + 1)

    def _fee_rate(self, wanted: int | None) -> int:
        rate = wanted or self.source.fee_rate(_TARGET_BLOCKS) or self._params.usual_fee_rate
        if rate > _MOST_RATE:
            raise BuilderError(Trouble.CANNOT_BUILD, why="the fee rate is beyond reason")
        return rate

    @property
    def _params(self) -> Params:
        return params_of(self.case.chain)

    @property
    def _test_network(self) -> bool:
        return self.case.chain.network.name in _TEST_NETWORKS


def look(case: Case) -> CoinView:
    """Ask the source about every address as far as they were used, and a gap beyond."""
    source = case.source
    if not isinstance(source, Backend):
        raise BuilderError(Trouble.BACKEND_SETTINGS, source=source.chain, why="it does not speak of coins")
    watched = watch(case.chain, case.account, case.free, source.used)
    snapshot = source.snapshot(list(watched.scripts))
    return CoinView(case, source, watched, snapshot, spendable(snapshot, case.reserved, watched))


def params_of(chain: Chain) -> Params:
    """What a coin of this family has of its own. Raises CANNOT_BUILD for a chain of another."""
    if not isinstance(chain.params, Params):
        raise BuilderError(Trouble.CANNOT_BUILD, why=f"{chain.network.coin} does not count in coins")
    return chain.params


def outpoints(draft: Draft, account: Account) -> tuple[str, ...]:
    """The coins a request spends."""
    return tuple(source.coin for source in draft.inspect(account).spend.sources)


def check(draft: Draft, final: bytes) -> None:
    """The consensus engine's word. Raises NOT_VALID."""
    if not isinstance(draft, UtxoDraft):
        return
    spent = [Spent(*output) for coin in draft.coins if (output := coin.whole) is not None]
    wrong = failures(final, spent, draft.params.digest)
    if wrong:
        raise BuilderError(Trouble.NOT_VALID, index=wrong[0], why="the consensus engine refuses it")


def txid_of(draft: Draft, txid: str) -> str:
    """The finished transaction's id; legacy scripts' signatures are part of it."""
    return txid


def form(threshold: int, keys: Sequence[str], script: str) -> str:
    """A sorted multisig descriptor (BIP 383, BIP 389) of key expressions. Raises Malformed(VALUE)."""
    if not 1 <= threshold <= len(keys):
        raise Malformed(Bad.VALUE, what="threshold", limit=len(keys))
    inner = f"sortedmulti({threshold},{','.join(map(_branches, keys))})"
    return _SCRIPTS[script].format(inner)


def _branches(key: str) -> str:
    """A key with its receive and change branch; one that a token holds has none, and stands as it is."""
    return f"{key}/<0;1>/*" if "pub" in key else key


COINS: Final = Family(look, slim, outpoints, check, txid_of, form)
