"""What a transaction does to tokens: each that goes in must come out, unchanged, and only what the policy names moves.

The network lets tokens vanish by mere omission, and lets whoever spends some of them make new ones. Nothing of that is
signed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from signer.chains.utxo.contents import Contents
from signer.chains.utxo.tokens import Capability, Nft, Token, split
from signer.core.amount import Amount, Asset
from signer.core.finding import Code, Finding
from signer.core.known import KnownAsset
from signer.core.spend import Payment, Role

_STAYS = frozenset({Role.CHANGE, Role.OWN})


def amounts(token: Token, known: Sequence[KnownAsset]) -> tuple[Amount, ...]:
    """What is there of each asset: in smallest units where nobody said how it is divided, NFTs in pieces."""
    return tuple(
        Amount(token.amount, asset_of(name, known)) if name == token.name else Amount(1, Asset(name, 0))
        for name in token.assets
    )


def asset_of(name: str, known: Sequence[KnownAsset]) -> Asset:
    """Fungible tokens by their category, whole."""
    return Asset(name, next((asset.decimals for asset in known if asset.id == name), 0))


def token_findings(draft: Contents, payments: Sequence[Payment]) -> list[Finding]:
    """Every token of inputs and outputs. Nothing where there is none."""
    spent = {index: coin.token for index, coin in enumerate(draft.coins) if coin.token is not None}
    made = {
        index: token
        for index, output in enumerate(draft.psbt.tx.outputs)
        if (token := split(draft.params, output.script)[0]) is not None
    }
    if not spent and not made:
        return []
    allowed = {asset.id for asset in draft.assets}
    roles = {payment.index: payment.role for payment in payments}
    findings = [
        Finding.of(Code.INPUT_REFUSED, input=index, kind=f"CashTokens {name}")
        for index, token in spent.items()
        for name in token.assets
        if name not in allowed
    ]
    for index, token in made.items():
        findings += _output(index, token, roles[index], allowed)
    findings += _moves(draft, payments)
    findings += _fungible(draft, spent.values(), made)
    return findings + _unique(draft, spent.values(), made)


def _output(index: int, token: Token, role: Role, allowed: set[str]) -> list[Finding]:
    """An output's token by itself."""
    findings = [
        Finding.of(Code.OUTPUT_REFUSED, output=index, kind=f"CashTokens {name}")
        for name in token.assets
        if name not in allowed
    ]
    if role in (Role.DATA, Role.BURN):
        findings.append(Finding.of(Code.OUTPUT_BURN, output=index, amount=f"CashTokens {token.name}"))
    if token.nft is not None:
        findings.append(Finding.of(Code.TOKEN_UNIQUE, output=index, token=token.name, nft=_told(token.nft)))
        if token.nft.capability is not Capability.NONE and role not in _STAYS:
            findings.append(Finding.of(Code.TOKEN_CAPABILITY, output=index, nft=_told(token.nft)))
    return findings


def _moves(draft: Contents, payments: Sequence[Payment]) -> list[Finding]:
    """What leaves, said beside the money."""
    coin = draft.params.asset
    leaving = [p.amount for p in payments if p.role not in _STAYS and p.amount.asset != coin]
    return [Finding.of(Code.ASSET_MOVES, amount=str(amount), coin=coin.ticker) for amount in leaving]


def _fungible(draft: Contents, spent: Collection[Token], made: Mapping[int, Token]) -> list[Finding]:
    """As much of every category out as in."""
    into: Counter[bytes] = Counter()
    out: Counter[bytes] = Counter()
    for side, tokens in ((into, spent), (out, made.values())):
        for token in tokens:
            side[token.category] += token.amount
    findings, born = [], _born(draft)
    for category in dict.fromkeys((*into, *out)):
        more = out[category] - into[category]
        asset = asset_of(category[::-1].hex(), draft.assets)
        amount = str(Amount(abs(more), asset))
        if more < 0:
            findings.append(Finding.of(Code.TOKEN_BURNED, amount=amount))
        elif more:
            code = Code.TOKEN_GENESIS if category in born else Code.TOKEN_EXCESS
            findings.append(Finding.of(code, amount=amount))
    return findings


def _unique(draft: Contents, spent: Collection[Token], made: Mapping[int, Token]) -> list[Finding]:
    """Every NFT out as it went in: the same category, commitment and capability, exactly as often."""
    gone = Counter((token.category, token.nft) for token in spent if token.nft is not None)
    minting = {token.category for token in spent if token.nft and token.nft.capability is Capability.MINTING}
    new = []
    for index, token in made.items():
        if token.nft is None:
            continue
        if gone[token.category, token.nft]:
            gone[token.category, token.nft] -= 1
        else:
            new.append((index, token, token.nft))
    left: dict[bytes, list[Nft]] = {}
    for category, old in gone.elements():
        left.setdefault(category, []).append(old)
    findings, born = [], _born(draft)
    for index, token, nft in new:
        if left.get(token.category):
            details = {"was": _told(left[token.category].pop()), "now": _told(nft)}
            findings.append(Finding.of(Code.TOKEN_CHANGED, output=index, **details))
        elif token.category in minting:
            findings.append(Finding.of(Code.TOKEN_MINTED, output=index, token=token.name, nft=_told(nft)))
        else:
            code = Code.TOKEN_GENESIS if token.category in born else Code.TOKEN_EXCESS
            findings.append(Finding.of(code, amount=str(Amount(1, Asset(token.unique, 0)))))
    lost = [f"{category[::-1].hex()} {_told(nft)}" for category, nfts in left.items() for nft in nfts]
    return findings + [Finding.of(Code.TOKEN_BURNED, amount=amount) for amount in lost]


def _born(draft: Contents) -> set[bytes]:
    """The categories this transaction could create: the ids of transactions whose first output it spends."""
    return {item.txid for item in draft.psbt.tx.inputs if item.vout == 0}


def _told(nft: Nft) -> str:
    """An NFT in words that need no translation: what may be done with it, and its commitment in hex."""
    return f"{nft.capability.value} {nft.commitment.hex() or '-'}"
