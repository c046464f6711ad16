"""READERS: every chain this device can read, by its CAIP-2 id. A coin is one line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signer.chains import bitcoin, litecoin, nem
from signer.chains.draft import Chain, Network
from signer.core.errors import Bad, Malformed

READERS: Final[Mapping[str, Chain]] = MappingProxyType(
    {
        chain.network.chain: chain
        for chain in (
            *bitcoin.CHAINS,
            *litecoin.CHAINS,
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


def _enrols(chain: Chain, text: str) -> bool:
    try:
        chain.enrol(text, "account")
    except Malformed:
        return False
    return True
