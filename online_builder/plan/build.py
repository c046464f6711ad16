"""Building a payment: coin selection, fee, change and the PSBT (BIP 174 Creator and Updater), by the Bitcoin Dev Kit.

BDK works on scripts, so every coin of Bitcoin's family that its descriptors can say is built here; addresses are the
chain's own affair. BDK is not the signer's library: what it gets wrong, the signer does not believe.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import bdkpython as bdk

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.fit import check_payees, check_swept, fit, shadows
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Coin
from signer.chains.utxo.coin import Params

#: Signals that the fee may be raised (BIP 125).
_REPLACEABLE: Final = 0xFFFFFFFD
_FINAL: Final = 0xFFFFFFFE
#: Outpoint, script length and sequence, four weight units a byte (BIP 141).
_INPUT_WEIGHT: Final = 4 * 41
_NETWORKS: Final = {
    True: (bdk.NetworkKind.TEST, bdk.Network.REGTEST),
    False: (bdk.NetworkKind.MAIN, bdk.Network.BITCOIN),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built. `fee_rate` in thousandths of a unit a virtual byte; no payees and `sweep_to` moves all.

    `coins` may be spent, `transactions` are their previous transactions by txid. `last` is the highest address index
    in use on the receive and change branch, `next_change` where change goes. `params` say what the coin has of its own.
    `loaded` are outpoints of coins that carry tokens: they must be spent, and the payees' scripts have prefixes then.
    """

    descriptor: str
    test_network: bool
    payees: Sequence[Payee]
    coins: Sequence[Coin]
    transactions: Mapping[str, bytes]
    height: int
    fee_rate: int
    last: tuple[int, int]
    next_change: int
    params: Params
    sweep_to: bytes = b""
    loaded: frozenset[str] = frozenset()


def build(order: Order) -> bytes:
    """The PSBT v0, with previous transactions, derivations and scripts for every input and change.

    Raises BuilderError: NO_FUNDS, FEE_RATE, CANNOT_BUILD.
    """
    check_payees(order.params, order.payees)
    shown = shadows(order.params, order.coins, order.transactions, order.loaded)
    payload = _build(replace(order, coins=shown.coins, transactions=shown.transactions, loaded=shown.loaded))
    if order.sweep_to:
        check_swept(order.params, payload)
    return fit(order.params, payload, shown.real)


def _build(order: Order) -> bytes:
    """As far as BDK knows the coin."""
    try:
        wallet = _wallet(order)
        text = _builder(order, wallet).finish(wallet).serialize()
    except bdk.CreateTxError.CoinSelection as error:
        raise BuilderError(Trouble.NO_FUNDS, why=_amounts(str(error))) from error
    except bdk.CreateTxError.InsufficientFunds as error:
        raise BuilderError(
            Trouble.NO_FUNDS, why=f"{error.available} available, {error.needed} needed"
        ) from error
    except bdk.CreateTxError.OutputBelowDustLimit as error:
        raise BuilderError(
            Trouble.CANNOT_BUILD, why=f"payee {error.index + 1} would get less than dust"
        ) from error
    except (
        bdk.CreateTxError,
        bdk.DescriptorError,
        bdk.TransactionError,
        bdk.CreateWithPersistError,
    ) as error:
        raise BuilderError(Trouble.CANNOT_BUILD, why=str(error)[:200] or type(error).__name__) from error
    return base64.b64decode(text)


def input_cost(descriptor: str, test_network: bool, fee_rate: int) -> int:
    """What spending one coin of the account costs at most, in units; `fee_rate` as in Order. Raises CANNOT_BUILD."""
    try:
        parts = bdk.Descriptor(descriptor, _NETWORKS[test_network][0]).to_single_descriptors()
        weight: int = max(part.max_weight_to_satisfy() for part in parts)
    except (bdk.DescriptorError, bdk.MiniscriptError) as error:
        raise BuilderError(Trouble.CANNOT_BUILD, why=str(error)[:200] or type(error).__name__) from error
    return -(-(weight + _INPUT_WEIGHT) * fee_rate // 4000)


class _Loaded(bdk.Persistence):  # type: ignore[misc]  # BDK ships no types
    """Hands BDK a state made of a snapshot, and forgets what it would store."""

    def __init__(self, state: bdk.ChangeSet) -> None:
        self._state = state

    def initialize(self) -> bdk.ChangeSet:
        return self._state

    def persist(self, changeset: bdk.ChangeSet) -> None:
        pass


def _wallet(order: Order) -> bdk.Wallet:
    """A watch-only wallet in memory that knows exactly the snapshot's transactions."""
    kind, network = _NETWORKS[order.test_network]
    receive, change = bdk.Descriptor(order.descriptor, kind).to_single_descriptors()
    revealed = {
        d.descriptor_id(): max(last, 0) for d, last in zip((receive, change), order.last, strict=True)
    }
    state = bdk.ChangeSet.from_aggregate(
        receive,
        change,
        network,
        _chain(order),
        _transactions(order),
        bdk.IndexerChangeSet(last_revealed=revealed),
    )
    wallet = bdk.Wallet.load(receive, change, bdk.Persister.custom(_Loaded(state)))
    for index in range(order.next_change):
        wallet.mark_used(bdk.KeychainKind.INTERNAL, index)
    return wallet


def _chain(order: Order) -> bdk.LocalChainChangeSet:
    """Heights as the snapshot has them. Hashes stand for them only: nothing is compared with a real chain."""
    heights = {0, order.height, *(coin.height for coin in order.coins if coin.height is not None)}
    return bdk.LocalChainChangeSet(
        changes=[bdk.ChainChange(height=h, hash=_hash(h)) for h in sorted(heights)]
    )


def _transactions(order: Order) -> bdk.TxGraphChangeSet:
    heights = {coin.txid: coin.height for coin in order.coins}
    txids = {txid: bdk.Txid.from_string(txid) for txid in heights}
    anchors = [
        bdk.Anchor(
            confirmation_block_time=bdk.ConfirmationBlockTime(
                block_id=bdk.BlockId(height=height, hash=_hash(height)), confirmation_time=0
            ),
            txid=txids[txid],
        )
        for txid, height in heights.items()
        if height is not None
    ]
    return bdk.TxGraphChangeSet(
        txs=[bdk.Transaction(order.transactions[txid]) for txid in heights],
        txouts={},
        anchors=anchors,
        last_seen={txids[txid]: 1 for txid, height in heights.items() if height is None},
        first_seen={},
        last_evicted={},
    )


def _hash(height: int) -> bdk.BlockHash:
    return bdk.BlockHash.from_string(f"{height + 1:064x}")


def _builder(order: Order, wallet: bdk.Wallet) -> bdk.TxBuilder:
    wanted = {coin.outpoint for coin in order.coins}
    others = [
        u.outpoint for u in wallet.list_unspent() if f"{u.outpoint.txid}:{u.outpoint.vout}" not in wanted
    ]
    builder = bdk.TxBuilder().unspendable(others)
    # A rate is per weight unit inside BDK; rounded up, so that it is never under what was asked.
    builder = builder.fee_rate(bdk.FeeRate.from_sat_per_kwu(-(-order.fee_rate // 4)))
    builder = builder.nlocktime(bdk.LockTime.BLOCKS(0))
    builder = builder.set_exact_sequence(_REPLACEABLE if order.params.replaceable else _FINAL)
    for coin in order.coins:
        if coin.outpoint in order.loaded:
            builder = builder.add_utxo(bdk.OutPoint(txid=bdk.Txid.from_string(coin.txid), vout=coin.vout))
    if order.sweep_to:
        return builder.drain_wallet().drain_to(bdk.Script(order.sweep_to))
    for payee in order.payees:
        builder = builder.add_recipient(bdk.Script(payee.script), bdk.Amount.from_sat(payee.amount.units))
    return builder


def _amounts(text: str) -> str:
    """What BDK says of too little money, in numbers of the account's own coin."""
    found = re.search(r"([\d.]+) BTC available of ([\d.]+) BTC needed", text)
    return f"{found[1]} there, {found[2]} needed" if found else text[:200]
