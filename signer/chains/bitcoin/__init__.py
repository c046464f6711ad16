"""Bitcoin: mainnet and its test networks. Only parameters live here; the work is done in `chains.utxo`."""

from __future__ import annotations

from typing import Final

from signer.chains.draft import Chain, Network
from signer.chains.utxo.coin import TPUB, XPUB, Params
from signer.chains.utxo.family import family
from signer.core.amount import Asset

BITCOIN: Final = Asset("BTC", 8, "sat")
#: Test coins are never shown as money.
TEST_BITCOIN: Final = Asset("tBTC", 8, "sat")

_MAX = 21_000_000 * 10**8


def _test(name: str, genesis: str, hrp: str = "tb") -> Params:
    network = Network(f"bip122:{genesis}", "bitcoin", name, TEST_BITCOIN)
    return Params(network, b"\x6f", b"\xc4", hrp, TPUB, 1, 3_000, 1_000, _MAX)


#: CAIP-2 ids: `bip122:` and the first 32 hex digits of the genesis block's hash.
NETWORKS: Final = (
    Params(
        network=Network("bip122:000000000019d6689c085ae165831e93", "bitcoin", "mainnet", BITCOIN),
        p2pkh=b"\x00",
        p2sh=b"\x05",
        hrp="bc",
        key_version=XPUB,
        coin_type=0,
        dust_rate=3_000,
        min_fee_rate=1_000,
        max_units=_MAX,
    ),
    _test("testnet", "000000000933ea01ad0ee984209779ba"),
    _test("testnet4", "00000000da84f2bafbbc53dee25a72ae"),
    _test("signet", "00000008819873e925422c1ff0f99f7c"),
    _test("regtest", "0f9188f13cb7b2c71f2a335e3a4fc328", "bcrt"),
)

CHAINS: Final[tuple[Chain, ...]] = family(NETWORKS)
