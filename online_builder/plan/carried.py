"""Tokens of Bitcoin Cash as the network judges them: which transactions it takes, and which signatures of them.

No engine at hand knows tokens. The rules are those of CHIP-2022-02-CashTokens; the digest is the house's own, and two
libraries verify each signature.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import coincurve

from signer.chains.utxo import script as scripts
from signer.chains.utxo.digest import Digester
from signer.chains.utxo.signature import is_ecdsa
from signer.chains.utxo.tokens import MAX_SUPPLY, Capability, Token
from signer.chains.utxo.transaction import Transaction


def takes(tx: Transaction, spent: Iterable[Token], made: Sequence[Token]) -> bool:
    """The specification's token validation algorithm. It lets tokens be created and destroyed: inspection does not."""
    born = {item.txid for item in tx.inputs if item.vout == 0}
    sums: Counter[bytes] = Counter()
    mutable: Counter[bytes] = Counter()
    fixed: Counter[tuple[bytes, bytes]] = Counter()
    minting = set(born)
    for token in spent:
        sums[token.category] += token.amount
        if token.nft is None:
            continue
        if token.nft.capability is Capability.MINTING:
            minting.add(token.category)
        elif token.nft.capability is Capability.MUTABLE:
            mutable[token.category] += 1
        else:
            fixed[token.category, token.nft.commitment] += 1
    return _sums(made, sums, born) and all(
        _unique(token, minting, mutable, fixed) for token in _in_order(made)
    )


def _sums(made: Sequence[Token], sums: Counter[bytes], born: set[bytes]) -> bool:
    out: Counter[bytes] = Counter()
    for token in made:
        out[token.category] += token.amount
    return all(
        total <= sums[category] or (category in born and total <= MAX_SUPPLY)
        for category, total in out.items()
    )


def _in_order(made: Sequence[Token]) -> list[Token]:
    """NFTs, those that can only come of a mutable one before those that may."""
    unique = [token for token in made if token.nft is not None]
    return sorted(unique, key=lambda t: t.nft is not None and t.nft.capability is Capability.NONE)


def _unique(
    token: Token, minting: set[bytes], mutable: Counter[bytes], fixed: Counter[tuple[bytes, bytes]]
) -> bool:
    """Whether an NFT comes from one that went in, which is used up."""
    if token.nft is None or token.category in minting:
        return True
    key = (token.category, token.nft.commitment)
    if token.nft.capability is Capability.NONE and fixed[key]:
        fixed[key] -= 1
        return True
    if token.nft.capability is Capability.MINTING or not mutable[token.category]:
        return False
    mutable[token.category] -= 1
    return True


def unlocks(index: int, units: int, script: bytes, items: Sequence[bytes], digester: Digester) -> bool:
    """Whether the pushes of an input are right for a multisig script hash, or one key's; nothing else is."""
    kind, sighash = scripts.kind_of(script), digester.sighash
    if kind is scripts.Kind.P2PKH and len(items) == 2 and scripts.p2pkh(items[1]) == script:
        return _signed((items[1],), items[:1], digester.segwit(index, script, units), sighash)
    if kind is not scripts.Kind.P2SH or not items or scripts.p2sh(items[-1]) != script:
        return False
    multisig = scripts.read_multisig(items[-1])
    if multisig is None or len(items) != multisig.threshold + 2 or items[0]:
        return False
    digest = digester.segwit(index, items[-1], units)
    return _signed(multisig.keys, items[1:-1], digest, sighash)


def _signed(keys: Sequence[bytes], signatures: Sequence[bytes], digest: bytes, sighash: int) -> bool:
    """Each signature by a key of its own, in the order of the keys, as CHECKMULTISIG wants it."""
    left = iter(keys)
    return all(any(_is_by(key, digest, der, sighash) for key in left) for der in signatures)


def _is_by(key: bytes, digest: bytes, signature: bytes, sighash: int) -> bool:
    if not is_ecdsa(key, digest, signature, sighash):
        return False
    return bool(coincurve.PublicKey(key).verify(signature[:-1], digest, hasher=None))
