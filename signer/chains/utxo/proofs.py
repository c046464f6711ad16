"""Previous transactions out of a PSBT: witness-stripped, each once, so that they fit through a camera."""

from __future__ import annotations

from dataclasses import replace

from signer.chains.utxo.fields import In
from signer.chains.utxo.psbt import Half, read_psbt
from signer.chains.utxo.transaction import strip

_PREVIOUS = bytes([In.NON_WITNESS_UTXO])


def slim(payload: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """A PSBT without its previous transactions, and those transactions stripped, each once. Raises Malformed.

    `read(*slim(payload))` finds exactly what `read(payload)` finds: an id is computed without witnesses anyway.
    """
    psbt = read_psbt(payload)
    found = [half.pairs[_PREVIOUS] for half in psbt.inputs if _PREVIOUS in half.pairs]
    proofs = tuple(dict.fromkeys(strip(data) for data in dict.fromkeys(found)))
    return replace(psbt, inputs=tuple(map(_without, psbt.inputs))).to_bytes(), proofs


def _without(half: Half) -> Half:
    pairs = {key: value for key, value in half.pairs.items() if key != _PREVIOUS}
    return half._replace(pairs=pairs)
