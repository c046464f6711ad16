"""Dash: mainnet and its test networks. Only parameters live here; the work is done in `chains.utxo`.

From Dash Core (chainparams, policy) and DIP 2: the upper half of a version says what a special transaction is. Those
are refused by name when they are to be signed, and read where they are previous transactions (masternode rewards are
paid in one). No segwit, so every input's previous transaction must come along.
"""

from __future__ import annotations

from typing import Final

from signer.chains.draft import Chain, Network
from signer.chains.utxo.coin import TPUB, XPUB, Params
from signer.chains.utxo.family import family
from signer.core.amount import Asset

DASH: Final = Asset("DASH", 8, "duff")
TEST_DASH: Final = Asset("tDASH", 8, "duff")

_MAX = 21_000_000 * 10**8
#: By number: DIP 3, DIP 4, DIP 6, DIP 23, DIP 27.
_TYPES = (
    "an ordinary transaction",
    "ProRegTx (registers a masternode)",
    "ProUpServTx (changes a masternode's service)",
    "ProUpRegTx (changes a masternode's keys)",
    "ProUpRevTx (revokes a masternode)",
    "CbTx (coinbase)",
    "QcTx (quorum commitment)",
    "MnHfTx (hard fork signal)",
    "AssetLockTx (moves Dash to Platform)",
    "AssetUnlockTx (moves Dash from Platform)",
)


def _params(name: str, genesis: str, asset: Asset, p2pkh: bytes, p2sh: bytes) -> Params:
    return Params(
        network=Network(f"bip122:{genesis}", "dash", name, asset),
        p2pkh=p2pkh,
        p2sh=p2sh,
        hrp=None,
        key_version=XPUB if asset is DASH else TPUB,
        coin_type=5 if asset is DASH else 1,
        dust_rate=3_000,
        min_fee_rate=1_000,
        max_units=_MAX,
        taproot=False,
        versions=(1, 2, 3),
        types=_TYPES,
        replaceable=False,
    )


NETWORKS: Final = (
    _params("mainnet", "00000ffd590b1485b3caadc19b22e637", DASH, b"\x4c", b"\x10"),
    _params("testnet", "00000bafbc94add76cb75e2ec9289483", TEST_DASH, b"\x8c", b"\x13"),
    _params("regtest", "000008ca1832a4baf228eb1553c03d3a", TEST_DASH, b"\x8c", b"\x13"),
)

CHAINS: Final[tuple[Chain, ...]] = family(NETWORKS)
