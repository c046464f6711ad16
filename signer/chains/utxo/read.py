"""The door: payload bytes into a Draft."""

from __future__ import annotations

from signer.chains.utxo.coin import Params
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.psbt import read_psbt
from signer.core.errors import Bad, Malformed


def read(params: Params, payload: bytes, proofs: tuple[bytes, ...] = ()) -> UtxoDraft:
    """A binary PSBT (v0 or v2), with the previous transactions that came beside it. Raises Malformed."""
    psbt = read_psbt(payload)
    if psbt.tx.payload is not None and params.type_of(psbt.tx.version) is None:
        raise Malformed(Bad.TRAILING, what="transaction")
    return UtxoDraft.of(params, psbt, proofs, payload)
