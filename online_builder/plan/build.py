"""Building a payment: coin selection, fee, change and the PSBT (BIP 174 Creator and Updater), by the Bitcoin Dev Kit.

BDK works on scripts, so every coin of Bitcoin's family that its descriptors can say is built here; addresses are the
chain's own affair. BDK is not the signer's library: what it gets wrong, the signer does not believe.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bdkpython as bdk

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Coin

#: Signals that the fee may be raised (BIP 125).
_REPLACEABLE: Final = 0xFFFFFFFD
_FINAL: Final = 0xFFFFFFFE
_KEYCHAINS: Final = (bdk.KeychainKind.EXTERNAL, bdk.KeychainKind.INTERNAL)
_NETWORKS: Final = {
    True: (bdk.NetworkKind.TEST, bdk.Network.REGTEST),
    False: (bdk.NetworkKind.MAIN, bdk.Network.BITCOIN),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built. `fee_rate` in thousandths of a unit a virtual byte; no payees and `sweep_to` moves all.

    `coins` may be spent, `transactions` are their previous transactions by txid. `last` is the highest address index
    in use on the receive and change branch, `next_change` where change goes.
    """

    descriptor: str
    test_network: bool
    payees: Sequence[Payee]
    coins: Sequence[Coin]
    transactions: Mapping[str, bytes]
    fee_rate: int
    last: tuple[int, int]
    next_change: int
    replaceable: bool = True
    sweep_to: bytes = b""


def build(order: Order) -> bytes:
    """The PSBT v0, with previous transactions, derivations and scripts for every input and change.

    Raises BuilderError: NO_FUNDS, FEE_RATE, CANNOT_BUILD.
    """
    try:
        wallet = _wallet(order)
        text = _builder(order, wallet).finish(wallet).serialize()
    except bdk.CreateTxError.CoinSelection as error:
        raise BuilderError(Trouble.NO_FUNDS, why=str(error)[:200]) from error
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


def _wallet(order: Order) -> bdk.Wallet:
    """A watch-only wallet in memory that knows exactly the coins of the order."""
    kind, network = _NETWORKS[order.test_network]
    descriptor = bdk.Descriptor(order.descriptor, kind)
    wallet = bdk.Wallet.create_from_two_path_descriptor(descriptor, network, bdk.Persister.new_in_memory())
    for keychain, last in zip(_KEYCHAINS, order.last, strict=True):
        wallet.reveal_addresses_to(keychain, max(last, 0))
    for index in range(order.next_change):
        wallet.mark_used(bdk.KeychainKind.INTERNAL, index)
    needed = dict.fromkeys(coin.txid for coin in order.coins)
    transactions = [bdk.Transaction(order.transactions[txid]) for txid in needed]
    wallet.apply_unconfirmed_txs([bdk.UnconfirmedTx(tx=tx, last_seen=1) for tx in transactions])
    return wallet


def _builder(order: Order, wallet: bdk.Wallet) -> bdk.TxBuilder:
    wanted = {coin.outpoint for coin in order.coins}
    others = [
        u.outpoint for u in wallet.list_unspent() if f"{u.outpoint.txid}:{u.outpoint.vout}" not in wanted
    ]
    builder = bdk.TxBuilder().unspendable(others)
    # A rate is per weight unit inside BDK; rounded up, so that it is never under what was asked.
    builder = builder.fee_rate(bdk.FeeRate.from_sat_per_kwu(-(-order.fee_rate // 4)))
    builder = builder.set_exact_sequence(_REPLACEABLE if order.replaceable else _FINAL)
    if order.sweep_to:
        return builder.drain_wallet().drain_to(bdk.Script(order.sweep_to))
    for payee in order.payees:
        builder = builder.add_recipient(bdk.Script(payee.script), bdk.Amount.from_sat(payee.amount.units))
    return builder
