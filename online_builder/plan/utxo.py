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
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Backend, Coin, Snapshot
from online_builder.plan.scripts import CHANGE, Watched, watch
from online_builder.plan.tokens import Loaded, assets_of, choose, claimed, sort_out
from signer.chains.draft import Chain, Draft
from signer.chains.utxo.coin import Params
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.outputs import dust
from signer.chains.utxo.proofs import slim
from signer.chains.utxo.transaction import Output
from signer.chains.utxo.wallet import open_wallet
from signer.core.account import Account
from signer.core.amount import Amount
from signer.core.errors import Bad, Malformed

_TARGET_BLOCKS: Final = 6
#: In thousandths of a unit a virtual byte: with it the fee of the largest transaction still is a number of 64 bits.
_MOST_RATE: Final = 10**12
_SCRIPTS: Final = MappingProxyType({"wsh": "wsh({})", "sh-wsh": "sh(wsh({}))", "sh": "sh({})"})
_TEST_NETWORKS: Final = frozenset({"testnet", "testnet4", "signet", "regtest"})


@dataclass(frozen=True, slots=True)
class CoinView:
    """See View. `coins` are those that may be spent, and money; `loaded` all that carry tokens, and are none."""

    case: Case
    source: Backend
    watched: Watched
    snapshot: Snapshot
    coins: tuple[Coin, ...]
    loaded: tuple[Loaded, ...] = ()

    @property
    def free(self) -> tuple[int, int]:
        """See View."""
        return self.watched.free

    def holdings(self) -> Holdings:
        """See View."""
        found = holdings(self.snapshot, self.case.reserved, self.case.chain.network.asset)
        held = [item for item in self.loaded if item.coin.outpoint in self.case.reserved]
        return replace(found, assets=assets_of(self._movable()), assets_reserved=assets_of(held))

    def lost(self, holds: Sequence[str]) -> bool:
        """See View: another transaction spent a coin of it."""
        coins = (*self.snapshot.coins, *(item.coin for item in self.loaded))
        return not {coin.outpoint for coin in coins}.issuperset(holds)

    def propose(self, wish: Wish, change: int) -> Built:
        """See View."""
        change, coin = max(change, self.watched.free[CHANGE]), self.case.chain.network.asset
        if any(payee.amount.asset != coin for payee in wish.payees):
            return self._tokens(wish, change)
        return self._built(self.coins, wish, change)

    def change(self, wish: Wish, into: Account | None) -> Built:
        """See View."""
        raise BuilderError(
            Trouble.CANNOT_BUILD, why="an account of this coin is its keys: sweep it into another"
        )

    def sweep(self, wish: Wish, size: int, lock: Callable[[], bytes], change: int) -> Iterator[Built]:
        """See View."""
        rate = self._fee_rate(wish.fee_rate)
        cost = input_cost(self.case.terms, self._test_network, rate)
        parts = lots(self.coins, size, cost, self.snapshot.transactions)
        if not parts:
            raise BuilderError(Trouble.NO_FUNDS, why="no coin is worth the fee of moving it")
        for number, coins in enumerate(parts):
            try:
                built = self._built(coins, replace(wish, fee_rate=rate, sweep_to=lock()), change)
            except BuilderError as error:  # the last coins, each worth its fee, may come to less than dust
                if number and error.trouble is Trouble.NO_FUNDS:
                    return
                raise
            yield built

    def _movable(self) -> list[Loaded]:
        """The coins with tokens that may be spent."""
        whole = replace(self.snapshot, coins=tuple(item.coin for item in self.loaded))
        free = set(spendable(whole, self.case.reserved, self.watched))
        return [item for item in self.loaded if item.coin in free]

    def _tokens(self, wish: Wish, change: int) -> Built:
        """Tokens to payees who keep tokens, the rest of them and of the money back; money pays the fee."""
        for payee in wish.payees:
            kept = self.case.chain.with_tokens(payee.address) or ""
            if payee.address.strip().lower() not in (kept, kept.partition(":")[2]):
                why = f"{payee.address[:100]} does not say that tokens are kept there: ask for an address of that kind"
                raise BuilderError(Trouble.CANNOT_BUILD, why=why)
        move = choose(self._movable(), wish.payees)
        wallet = open_wallet(self._params, self.case.account)
        spots = [wallet.at(CHANGE, change + number) for number in range(len(move.back))]
        own = {token.to_bytes() + spot.script: spot for token, spot in zip(move.back, spots, strict=True)}
        scripts = [token.to_bytes() + p.script for token, p in zip(move.paid, wish.payees, strict=True)]
        payees = tuple(self._carrier(script) for script in (*scripts, *own))
        coins = (*self.coins, *(item.coin for item in move.spent))
        forced = frozenset(item.coin.outpoint for item in move.spent)
        built = self._built(coins, replace(wish, payees=payees), change + len(own), forced)
        return replace(built, payload=claimed(built.payload, own))

    def _carrier(self, script: bytes) -> Payee:
        """The least money that nodes pass on with this script, whose prefix counts."""
        least = dust(self._params, Output(0, script))
        return Payee("", script, Amount(least, self.case.chain.network.asset))

    def _built(
        self, coins: Sequence[Coin], wish: Wish, change: int, loaded: frozenset[str] = frozenset()
    ) -> Built:
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
                loaded=loaded,
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
    params = params_of(case.chain)
    snapshot, loaded = sort_out(params, source.snapshot(list(watched.scripts)))
    return CoinView(case, source, watched, snapshot, spendable(snapshot, case.reserved, watched), loaded)


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
