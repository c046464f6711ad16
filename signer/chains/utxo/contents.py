"""What was read: a PSBT, what its inputs spend, and what is digested of it. No verb on it lives here."""

from __future__ import annotations

from dataclasses import dataclass, field

from signer.chains.utxo.coin import Params
from signer.chains.utxo.coins import Coin
from signer.chains.utxo.digest import Digester
from signer.chains.utxo.psbt import Psbt
from signer.chains.utxo.script import Kind, kind_of
from signer.core.known import KnownAsset


@dataclass(frozen=True, slots=True)
class Contents:
    """`proofs` are the previous transactions that came beside the PSBT, `digest` is SHA-256 of all that was read.

    `assets` are those beside the coin that may move (tokens of Bitcoin Cash), as far as anybody said.
    """

    params: Params
    psbt: Psbt
    coins: tuple[Coin, ...]
    proofs: tuple[bytes, ...]
    digest: bytes
    digester: Digester = field(repr=False, compare=False)
    assets: tuple[KnownAsset, ...] = ()

    @property
    def commits_to_amounts(self) -> bool:
        """Whether every signature would commit to every amount (BIP 341): so only if all inputs are taproot."""
        return all(
            coin.output is not None and kind_of(coin.output.script) is Kind.P2TR for coin in self.coins
        )
