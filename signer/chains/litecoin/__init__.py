"""Litecoin: mainnet and its test networks. Only parameters live here; the work is done in `chains.utxo`.

Script-hash addresses are written as Litecoin does today (M, and Q on test networks); the old ones that begin with 3 or
2 are Bitcoin's too: they are read, and the builder warns. Outputs into its extension block (MWEB) are refused by name.
"""

from __future__ import annotations

from typing import Final

from signer.chains.draft import Chain, Network
from signer.chains.utxo.coin import TPUB, XPUB, Params
from signer.chains.utxo.family import family
from signer.core.amount import Asset

LITECOIN: Final = Asset("LTC", 8, "litoshi")
TEST_LITECOIN: Final = Asset("tLTC", 8, "litoshi")

_MAX = 84_000_000 * 10**8
#: Witness programs of version 9 pay into the extension block, version 8 is its own address in each block (LIP 2).
_MWEB = ((b"\x59\x20", "MWEB peg-in"), (b"\x58\x20", "MWEB (HogAddr)"))


def _test(name: str, genesis: str, hrp: str) -> Params:
    network = Network(f"bip122:{genesis}", "litecoin", name, TEST_LITECOIN)
    return Params(
        network, b"\x6f", b"\x3a", hrp, TPUB, 1, 30_000, 1_000, _MAX, old_p2sh=b"\xc4", oddities=_MWEB
    )


NETWORKS: Final = (
    Params(
        network=Network("bip122:12a765e31ffd4059bada1e25190f6e98", "litecoin", "mainnet", LITECOIN),
        p2pkh=b"\x30",
        p2sh=b"\x32",
        hrp="ltc",
        key_version=XPUB,
        coin_type=2,
        dust_rate=30_000,
        min_fee_rate=1_000,
        max_units=_MAX,
        old_p2sh=b"\x05",
        oddities=_MWEB,
    ),
    _test("testnet", "4966625a4b2851d9fdee139e56211a0d", "tltc"),
    _test("regtest", "530827f38f93b43ed12af0b3ad25a288", "rltc"),
)

CHAINS: Final[tuple[Chain, ...]] = family(NETWORKS)
