"""The networks of NEM (NIS1), and what the protocol fixes: fees, times, counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from signer.chains.draft import Network
from signer.core.amount import Asset
from signer.core.errors import Bad, Malformed

XEM: Final = Asset("XEM", 6)
TEST_XEM: Final = Asset("tXEM", 6)  # test coins are never shown as money

EPOCH: Final = datetime(2015, 3, 29, 0, 6, 25, tzinfo=UTC)  # time zero of the chain
MAX_LIFE: Final = 24 * 60 * 60  # a node refuses a deadline further than this after the timestamp, in seconds
FEE_UNIT: Final = 50_000  # micro-XEM
FIXED_FEE: Final = 3 * FEE_UNIT  # of everything but a transfer: a multisig transaction, a cosignature
MODIFICATION_FEE: Final = 10 * FEE_UNIT
MAX_FEE_STEPS: Final = 25  # a transfer's fee grows with the amount up to this many units
SUPPLY: Final = 8_999_999_999_000_000  # all the XEM there is, in micro-XEM
MAX_COSIGNERS: Final = 32
MAX_CHANGES: Final = 2 * MAX_COSIGNERS
MAX_MOSAICS: Final = 10
MAX_MESSAGE: Final = 1_024  # bytes


@dataclass(frozen=True, slots=True)
class Params:
    """One network; `byte` starts its addresses and ends the version of its transactions."""

    network: Network
    byte: int
    coin_type: int

    @property
    def chain(self) -> str:
        return self.network.chain

    @property
    def title(self) -> str:
        return f"{self.network.coin} {self.network.name}"


#: Coin types of SLIP 44. NEM has no CAIP-2 namespace of its own in use; these ids have its form.
NETWORKS: Final = (
    Params(Network("nem:mainnet", "nem", "mainnet", XEM), 0x68, 43),
    Params(Network("nem:testnet", "nem", "testnet", TEST_XEM), 0x98, 1),
)


def params_of(chain: str) -> Params:
    """The network with this CAIP-2 id. Raises Malformed(NETWORK)."""
    for params in NETWORKS:
        if params.chain == chain:
            return params
    raise Malformed(Bad.NETWORK, what=chain[:64])


def since_epoch(at: int) -> int:
    """A Unix time as a network time."""
    return at - int(EPOCH.timestamp())


def unix(timestamp: int) -> int:
    """A network time as a Unix time."""
    return int(EPOCH.timestamp()) + timestamp


def moment(timestamp: int) -> str:
    """A network time in words: UTC, to the second."""
    return (EPOCH + timedelta(seconds=timestamp)).strftime("%Y-%m-%d %H:%M:%S UTC")
