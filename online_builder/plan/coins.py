"""Which coins may be spent, what they come to, and in which lots they are moved when all of them must go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from online_builder.plan.ports import Coin, Snapshot
from online_builder.plan.scripts import CHANGE, Watched
from signer.core.amount import Amount, Asset

_MATURITY: Final = 100
MAX_LOT: Final = (
    512 * 1024
)  # bytes that cross the gap for one request of a sweep, unless one coin alone has more
MAX_LOT_PSBT: Final = 4 * 1024 * 1024  # bytes of its PSBT, where each input repeats its previous transaction
_INPUT: Final = 1_000  # bytes of an input's fields, about


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account has: money that can be spent, that waits for a confirmation or to ripen, that is reserved.

    `assets` is what can be spent of others than the chain's own coin, `assets_reserved` what requests hold of them.
    `current` is false where the chain has other keys for the account than these.
    """

    confirmed: Amount
    waiting: Amount
    reserved: Amount
    coins: tuple[Coin, ...]
    height: int
    assets: tuple[Amount, ...] = ()
    assets_reserved: tuple[Amount, ...] = ()
    current: bool = True


def holdings(snapshot: Snapshot, reserved: frozenset[str], asset: Asset) -> Holdings:
    """The three sums of a snapshot; `reserved` are outpoints that open requests hold."""
    free = [coin for coin in snapshot.coins if coin.outpoint not in reserved]
    ready = [coin for coin in free if ripe(coin, snapshot.height)]
    confirmed = sum(coin.units for coin in ready)
    return Holdings(
        confirmed=Amount(confirmed, asset),
        waiting=Amount(sum(coin.units for coin in free) - confirmed, asset),
        reserved=Amount(sum(coin.units for coin in snapshot.coins if coin.outpoint in reserved), asset),
        coins=snapshot.coins,
        height=snapshot.height,
    )


def spendable(snapshot: Snapshot, reserved: frozenset[str], watched: Watched) -> tuple[Coin, ...]:
    """Free coins that are ripe, and our own change that has not confirmed yet."""
    return tuple(
        coin
        for coin in snapshot.coins
        if coin.outpoint not in reserved
        and (
            ripe(coin, snapshot.height) or (coin.height is None and watched.scripts[coin.script][0] == CHANGE)
        )
    )


def ripe(coin: Coin, height: int) -> bool:
    """Confirmed, and old enough where it is a coinbase."""
    if coin.height is None:
        return False
    return not coin.coinbase or height + 1 - coin.height >= _MATURITY


def lots(
    coins: Sequence[Coin], size: int, cost: int, transactions: Mapping[str, bytes]
) -> tuple[tuple[Coin, ...], ...]:
    """Lots of at most `size` coins, the largest coins first: after an incident what matters most leaves first.

    `cost` is what spending one coin costs in units; a coin not worth that stays where it is. A lot ends early where
    its previous transactions would make its request longer than codes should be shown for, or its PSBT than is read.
    """
    made: list[list[Coin]] = []
    crossing, inside, seen = 0, 0, set[str]()
    for coin in sorted((c for c in coins if c.units > cost), key=lambda c: (-c.units, c.outpoint)):
        previous = len(transactions.get(coin.txid, b""))
        crossing += _INPUT + (0 if coin.txid in seen else previous)
        inside += _INPUT + previous
        if not made or len(made[-1]) == size or crossing > MAX_LOT or inside > MAX_LOT_PSBT:
            made.append([])
            crossing, inside, seen = _INPUT + previous, _INPUT + previous, set()
        made[-1].append(coin)
        seen.add(coin.txid)
    return tuple(map(tuple, made))
