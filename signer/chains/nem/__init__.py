"""NEM (NIS1): XEM in multisig accounts, mainnet and testnet."""

from __future__ import annotations

from functools import partial
from typing import Final

from signer.chains.draft import Chain
from signer.chains.nem.account import address, enrol, export
from signer.chains.nem.address import lock
from signer.chains.nem.network import NETWORKS
from signer.chains.nem.read import read

CHAINS: Final[tuple[Chain, ...]] = tuple(
    Chain(
        network=params.network,
        read=partial(read, params),
        enrol=partial(enrol, params),
        export=partial(export, params),
        address=partial(address, params),
        lock=partial(lock, params),
        single=True,
    )
    for params in NETWORKS
)
