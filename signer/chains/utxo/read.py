"""The door: payload bytes into a Draft."""

from __future__ import annotations

from signer.chains.utxo.coin import Params
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.psbt import read_psbt


def read(params: Params, payload: bytes, proofs: tuple[bytes, ...] = ()) -> UtxoDraft:
    """A binary PSBT (v0 or v2), with the previous transactions that came beside it. Raises Malformed."""
    return UtxoDraft.of(params, read_psbt(payload), proofs, payload)
