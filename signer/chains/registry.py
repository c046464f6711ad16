"""READERS: every chain this device can read, by its CAIP-2 id. A coin is one line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signer.chains import bitcoin, bitcoincash, dash, litecoin, monacoin, nem
from signer.chains.draft import Chain, Network
from signer.core.errors import Bad, Malformed
from signer.core.finding import Code, Finding

READERS: Final[Mapping[str, Chain]] = MappingProxyType(
    {
        chain.network.chain: chain
        for chain in (
            *bitcoin.CHAINS,
            *bitcoincash.CHAINS,
            *dash.CHAINS,
            *litecoin.CHAINS,
            *monacoin.CHAINS,
            *nem.CHAINS,
        )
    }
)


def chain_of(identifier: str) -> Chain:
    """The chain with this CAIP-2 id, e.g. of an account. Raises Malformed(NETWORK)."""
    chain = READERS.get(identifier)
    if chain is None:
        raise Malformed(Bad.NETWORK, what=identifier[:64])
    return chain


def find_chain(coin: str, network: str) -> Chain:
    """The chain that people call e.g. "bitcoin" "regtest". Raises Malformed(NETWORK)."""
    for chain in READERS.values():
        if (chain.network.coin, chain.network.name) == (coin.lower(), network.lower()):
            return chain
    raise Malformed(Bad.NETWORK, what=f"{coin[:32]} {network[:32]}")


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks on which a text is an account: keys say main or test, and rarely more. Empty if it is none."""
    return tuple(chain.network for chain in READERS.values() if _enrols(chain, text))


def doubts(chain: Chain, address: str) -> tuple[Finding, ...]:
    """What to be careful about in an address of a chain: it is in a form that is old, or also another coin's.

    On test networks coins share their prefixes by design, and nothing is at stake: there only old forms are told.
    """
    if chain.spell is None:
        return ()
    text = address.strip()
    own = chain.spell(chain.lock(text)) or text
    forms = [form for form in (own, chain.with_tokens(text)) if form is not None]
    others = [] if chain.network.asset.ticker.startswith("t") else _readings(chain, text)
    found = []
    if not any(text.lower() in (form.lower(), form.lower().partition(":")[2]) for form in forms):
        found.append(Finding.of(Code.ADDRESS_OLD, address=text, own=own))
    if others:
        found.append(Finding.of(Code.ADDRESS_AMBIGUOUS, address=text, coins=", ".join(others)))
    return tuple(found)


def coins_of(address: str) -> tuple[str, ...]:
    """The coins that have such an address on one of their networks, in the table's order."""
    return tuple(dict.fromkeys(chain.network.coin for chain in READERS.values() if _locks(chain, address)))


def _readings(chain: Chain, address: str) -> list[str]:
    """The other coins in whose present form this is an address of real money."""
    found = []
    for other in READERS.values():
        if other.network.coin == chain.network.coin or other.network.name != "mainnet" or other.spell is None:
            continue
        try:
            if other.spell(other.lock(address)) == address:
                found.append(other.network.coin)
        except Malformed:
            continue
    return found


def _locks(chain: Chain, address: str) -> bool:
    try:
        chain.lock(address)
    except Malformed:
        return False
    return True


def _enrols(chain: Chain, text: str) -> bool:
    try:
        chain.enrol(text, "account")
    except Malformed:
        return False
    return True
