"""Monacoin: mainnet and its test networks. Only parameters live here; the work is done in `chains.utxo`.

From Monacoin Core 0.20 (chainparams, policy). Script-hash addresses are written as that does (P, and p on test
networks); the old ones that begin with 3 or 2 are Bitcoin's too: they are read, and the builder warns.
"""

from __future__ import annotations

from typing import Final

from signer.chains.draft import Chain, Network
from signer.chains.utxo.coin import TPUB, XPUB, Params
from signer.chains.utxo.family import family
from signer.core.amount import Asset

MONACOIN: Final = Asset("MONA", 8, "watanabe")
TEST_MONACOIN: Final = Asset("tMONA", 8, "watanabe")

_MAX = 105_120_000 * 10**8
_DUST = 3_000
_RELAYED = 1_000
#: Its wallet never pays less than a thousandth of a coin a kilobyte; half as much again.
_USUAL = 150_000


def _test(name: str, genesis: str, hrp: str) -> Params:
    return Params(
        network=Network(f"bip122:{genesis}", "monacoin", name, TEST_MONACOIN),
        p2pkh=b"\x6f",
        p2sh=b"\x75",
        old_p2sh=b"\xc4",
        hrp=hrp,
        key_version=TPUB,
        coin_type=1,
        dust_rate=_DUST,
        min_fee_rate=_RELAYED,
        max_units=_MAX,
        taproot=False,
        usual_fee_rate=_USUAL,
    )


NETWORKS: Final = (
    Params(
        network=Network("bip122:ff9f1c0116d19de7c9963845e129f9ed", "monacoin", "mainnet", MONACOIN),
        p2pkh=b"\x32",
        p2sh=b"\x37",
        old_p2sh=b"\x05",
        hrp="mona",
        key_version=XPUB,
        coin_type=22,
        dust_rate=_DUST,
        min_fee_rate=_RELAYED,
        max_units=_MAX,
        taproot=False,
        usual_fee_rate=_USUAL,
    ),
    _test("testnet", "a2b106ceba3be0c6d097b2a6a6aacf9d", "tmona"),
    _test("regtest", "7543a69d7c2fcdb29a5ebec2fc064c07", "rmona"),
)

CHAINS: Final[tuple[Chain, ...]] = family(NETWORKS)
