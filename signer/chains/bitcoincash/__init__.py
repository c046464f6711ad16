"""Bitcoin Cash: mainnet and its test networks. Only parameters live here; the work is done in `chains.utxo`.

Signatures carry a fork id (SIGHASH_FORKID, digest in the form of BIP 143) and are worth nothing on Bitcoin. A PSBT must
say so for each input: one that is silent is one of Bitcoin. Addresses are CashAddr; those of base58 are Bitcoin's too:
they are read, and the builder warns. Tokens (CashTokens) move where the policy names them and the request says so;
other outputs and coins that carry some are refused by name.
"""

from __future__ import annotations

from typing import Final

from signer.chains.draft import Chain, Network
from signer.chains.utxo.coin import TPUB, XPUB, Digest, Params
from signer.chains.utxo.family import family
from signer.core.amount import Asset

CASH: Final = Asset("BCH", 8, "sat")
TEST_CASH: Final = Asset("tBCH", 8, "sat")

#: The token prefix (CHIP-2022-02): no script begins with it. What is left of it is none that could be read.
_TOKENS = ((b"\xef", "CashTokens"),)


def _params(name: str, chain: str, prefix: str, asset: Asset, born: int) -> Params:
    return Params(
        network=Network(chain, "bitcoincash", name, asset),
        p2pkh=b"\x00" if asset is CASH else b"\x6f",
        p2sh=b"\x05" if asset is CASH else b"\xc4",
        hrp=None,
        key_version=XPUB if asset is CASH else TPUB,
        coin_type=145 if asset is CASH else 1,
        dust_rate=3_000,
        min_fee_rate=1_000,
        max_units=21_000_000 * 10**8,
        digest=Digest.FORKID,
        taproot=False,
        cash=prefix,
        oddities=_TOKENS,
        tokens=True,
        replaceable=False,
        born=born,
    )


#: CAIP-2 ids: `bip122:` and the first block that is not Bitcoin's. A regtest has no such block: there the name that
#: Bitcoin Cash wallets use between each other.
NETWORKS: Final = (
    _params("mainnet", "bip122:000000000000000000651ef99cb9fcbe", "bitcoincash", CASH, 478_559),
    _params("testnet", "bip122:00000000000e38fef93ed9582a7df438", "bchtest", TEST_CASH, 1_155_876),
    _params("regtest", "bch:bchreg", "bchreg", TEST_CASH, 0),
)

CHAINS: Final[tuple[Chain, ...]] = family(NETWORKS)
