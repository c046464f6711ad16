"""Coins that carry tokens (Bitcoin Cash): told from money by the bytes of their own transactions, and moved whole.

What goes in comes out: what is not paid comes back on token change, and an NFT that came along on an output of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.payees import Payee
from online_builder.plan.ports import Coin, Snapshot
from signer.chains.utxo.coin import Params
from signer.chains.utxo.fields import Out
from signer.chains.utxo.psbt import read_psbt
from signer.chains.utxo.tokens import Capability, Nft, Token, split
from signer.chains.utxo.transaction import Output, read_previous
from signer.chains.utxo.wallet import Spot
from signer.core.amount import Amount, Asset

MAX_COINS: Final = 100  # coins with tokens in one transaction
_DERIVATION, _REDEEM = bytes([Out.DERIVATION]), bytes([Out.REDEEM_SCRIPT])


@dataclass(frozen=True, slots=True)
class Loaded:
    """A coin and what it carries."""

    coin: Coin
    token: Token


@dataclass(frozen=True, slots=True)
class Move:
    """The coins to spend, what each payee gets, in their order, and what comes back."""

    spent: tuple[Loaded, ...]
    paid: tuple[Token, ...]
    back: tuple[Token, ...]


def sort_out(params: Params, snapshot: Snapshot) -> tuple[Snapshot, tuple[Loaded, ...]]:
    """The snapshot with money alone, and the coins that carry something.

    Whatever a source says: the script of money is that of its previous transaction, to the byte, or it is none.
    """
    if not params.tokens:
        return snapshot, ()
    outputs = {txid: read_previous(raw).outputs for txid, raw in snapshot.transactions.items()}
    money, loaded = [], []
    for coin in snapshot.coins:
        made = outputs[coin.txid]
        whole = made[coin.vout] if coin.vout < len(made) else Output(0, b"")
        token, script = split(params, whole.script)
        if (whole.units, script) != (coin.units, coin.script):
            continue
        if token is None:
            money.append(coin)
        else:
            loaded.append(Loaded(coin, token))
    return replace(snapshot, coins=tuple(money)), tuple(loaded)


def assets_of(loaded: Sequence[Loaded]) -> tuple[Amount, ...]:
    """What they come to: fungible tokens in smallest units by category, NFTs one by one."""
    sums: dict[str, int] = {}
    for item in loaded:
        if item.token.amount:
            sums[item.token.name] = sums.get(item.token.name, 0) + item.token.amount
        if item.token.nft is not None:
            name = nft_id(item.token, item.token.nft)
            sums[name] = sums.get(name, 0) + 1
    return tuple(Amount(units, Asset(name, 0)) for name, units in sums.items())


def nft_id(token: Token, nft: Nft) -> str:
    """How an NFT is asked for: the category and its commitment in hex (`-` for none); others say what can be done."""
    kind = "" if nft.capability is Capability.NONE else f"{nft.capability.value}:"
    return f"{token.name}/{kind}{nft.commitment.hex() or '-'}"


def choose(loaded: Sequence[Loaded], payees: Sequence[Payee]) -> Move:
    """Which coins move for these payees, all of one asset. Raises NO_FUNDS, CANNOT_BUILD."""
    names = {payee.amount.asset.ticker for payee in payees}
    if len(names) != 1:
        raise BuilderError(
            Trouble.CANNOT_BUILD, why="money and tokens, or two kinds of them, are a request each"
        )
    (name,) = names
    return _fungible(loaded, payees, name) if "/" not in name else _unique(loaded, payees, name)


def _fungible(loaded: Sequence[Loaded], payees: Sequence[Payee], name: str) -> Move:
    """Coins without an NFT first, the largest first."""
    wanted = sum(payee.amount.units for payee in payees)
    there = [item for item in loaded if item.token.name == name and item.token.amount]
    there.sort(key=lambda item: (item.token.nft is not None, -item.token.amount, item.coin.outpoint))
    spent: list[Loaded] = []
    for item in there[:MAX_COINS]:
        if sum(one.token.amount for one in spent) < wanted:
            spent.append(item)
    total = sum(item.token.amount for item in spent)
    if total < wanted:
        raise BuilderError(Trouble.NO_FUNDS, why=f"{total} of {name} there, {wanted} needed")
    category = spent[0].token.category
    paid = tuple(Token(category, payee.amount.units) for payee in payees)
    return Move(tuple(spent), paid, _back(category, total - wanted, [item.token.nft for item in spent]))


def _unique(loaded: Sequence[Loaded], payees: Sequence[Payee], name: str) -> Move:
    """One NFT to one payee; fungible tokens of the same coin come back."""
    found = [i for i in loaded if i.token.nft is not None and nft_id(i.token, i.token.nft) == name]
    if len(payees) != 1 or payees[0].amount.units != 1:
        raise BuilderError(Trouble.CANNOT_BUILD, why="an NFT goes to one payee, whole: ADDRESS:1")
    if not found:
        raise BuilderError(Trouble.NO_FUNDS, why=f"no {name} is there")
    item = min(found, key=lambda one: (one.token.amount, one.coin.outpoint))
    nft = item.token.nft
    if nft is None or nft.capability is not Capability.NONE:
        raise BuilderError(
            Trouble.CANNOT_BUILD, why="an NFT that can be changed or can mint is not given away"
        )
    paid = Token(item.token.category, 0, nft)
    return Move((item,), (paid,), _back(item.token.category, item.token.amount, []))


def _back(category: bytes, amount: int, nfts: Sequence[Nft | None]) -> tuple[Token, ...]:
    """An output for each NFT; the fungible tokens ride with the first."""
    kept = [nft for nft in nfts if nft is not None]
    if not kept:
        return (Token(category, amount),) if amount else ()
    return tuple(Token(category, 0 if number else amount, nft) for number, nft in enumerate(kept))


def claimed(payload: bytes, own: Mapping[bytes, Spot]) -> bytes:
    """The PSBT with the derivations of our own token change: whole output script -> where it stands."""
    psbt = read_psbt(payload)
    halves = []
    for output, half in zip(psbt.tx.outputs, psbt.outputs, strict=True):
        spot = own.get(output.script)
        if spot is None:
            halves.append(half)
            continue
        redeem = {} if spot.redeem is None else {_REDEEM: spot.redeem}
        claims = {_DERIVATION + key: claim for key, claim in spot.claims.items()}
        halves.append(half._replace(pairs={**half.pairs, **redeem, **claims}))
    return replace(psbt, outputs=tuple(halves)).to_bytes()
