"""Signatures put in, and the end of the road: Combiner, Finalizer and Extractor of BIP 174."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from signer.chains.utxo.coins import Coin
from signer.chains.utxo.digest import Digester, Era, Locked, locked
from signer.chains.utxo.fields import Global, In, Map
from signer.chains.utxo.final import final_signatures
from signer.chains.utxo.psbt import Half, Psbt, with_signatures
from signer.chains.utxo.satisfy import Pieces, satisfy
from signer.chains.utxo.script import hash160
from signer.chains.utxo.signature import (
    COMPACT,
    from_der,
    is_compact,
    is_ecdsa,
    is_schnorr,
    is_taproot,
    to_der,
    to_taproot,
)
from signer.chains.utxo.transaction import Transaction
from signer.chains.utxo.wallet import Spot, Wallet
from signer.core.errors import Bad, Malformed, Refused
from signer.core.finding import Code, Finding
from signer.core.task import Signature

_MODIFIABLE = bytes([Global.MODIFIABLE])
_INPUTS_AND_OUTPUTS = 0b11
_TAP_KEY = bytes([In.TAP_SIG])


def attach(psbt: Psbt, coins: tuple[Coin, ...], digester: Digester, signatures: Sequence[Signature]) -> Psbt:
    """The PSBT with these signatures too, each verified. Raises Malformed(SIGNATURE, DUPLICATE or INCONSISTENT)."""
    added: dict[int, dict[bytes, bytes]] = {}
    for signature in signatures:
        pairs = added.setdefault(signature.index, {})
        key, value = _pair(psbt, coins, digester, signature)
        if pairs.setdefault(key, value) != value:
            raise Malformed(Bad.DUPLICATE, what="signature")
    inputs = list(psbt.inputs)
    for index, pairs in added.items():
        inputs[index] = with_signatures(inputs[index], pairs)
    return replace(psbt, globals=_fixed(psbt), inputs=tuple(inputs))


def _fixed(psbt: Psbt) -> Map:
    """BIP 370: what SIGHASH_ALL has signed must not be added to, so a Signer clears the modifiable flags."""
    flags = psbt.globals.get(_MODIFIABLE)
    return (
        psbt.globals
        if flags is None
        else {**psbt.globals, _MODIFIABLE: bytes([flags[0] & ~_INPUTS_AND_OUTPUTS])}
    )


def signatures_of(psbt: Psbt, coins: tuple[Coin, ...], digester: Digester) -> tuple[Signature, ...]:
    """Every signature it carries, compact, also of inputs another wallet has finished. Raises Malformed if not DER."""
    found: list[Signature] = []
    for index, (half, coin) in enumerate(zip(psbt.inputs, coins, strict=True)):
        found += final_signatures(index, half, coin, digester)
        found += [Signature(index, key, from_der(der)) for key, der in half.partials.items()]
        tap = half.get(In.TAP_SIG)
        if tap is not None:
            found.append(Signature(index, next(iter(half.tap_derivations), b""), tap[:COMPACT]))
    return tuple(found)


def _pair(
    psbt: Psbt, coins: tuple[Coin, ...], digester: Digester, signature: Signature
) -> tuple[bytes, bytes]:
    """The field that carries a signature, after verifying it."""
    if not 0 <= signature.index < len(psbt.inputs):
        raise Malformed(Bad.SIGNATURE, what=f"input {signature.index}")
    half, output = psbt.inputs[signature.index], coins[signature.index].output
    how = None if output is None else locked(output, half)
    if output is None or how is None:
        raise Malformed(Bad.INCONSISTENT, what=f"input {signature.index}")
    digest = digester.digest(signature.index, how, output.units)
    if digest is None:
        raise Malformed(Bad.INCONSISTENT, what=f"input {signature.index}")
    if how.era is Era.TAPROOT:
        if not is_schnorr(output.script[2:], digest, signature.data):
            raise Malformed(Bad.SIGNATURE, what=f"input {signature.index}")
        return _TAP_KEY, to_taproot(signature.data, how.sighash)
    if not _locks(signature.public_key, how.code) or not is_compact(
        signature.public_key, digest, signature.data
    ):
        raise Malformed(Bad.SIGNATURE, what=f"input {signature.index}")
    key = bytes([In.PARTIAL_SIG]) + signature.public_key
    # A key may sign twice with different nonces; the first one stays, so that an answer is never replaced.
    return key, half.partials.get(signature.public_key) or to_der(signature.data, digester.sighash)


def _locks(public_key: bytes, code: bytes) -> bool:
    """Whether a script is about this key, by itself or by its hash: the PSBT's derivations may name fewer."""
    return public_key in code or hash160(public_key) in code


def finish(psbt: Psbt, coins: tuple[Coin, ...], digester: Digester, wallet: Wallet) -> bytes:
    """The transaction with its final scripts. Refused(INCOMPLETE) where signatures are missing or wrong."""
    pieces = []
    findings = []
    for index, half in enumerate(psbt.inputs):
        made = _finish_input(index, half, coins[index], digester, wallet, psbt.tx)
        if made is None:
            findings.append(Finding.of(Code.INCOMPLETE, input=index))
        else:
            pieces.append(made)
    if findings:
        raise Refused(tuple(findings))
    tx = psbt.tx
    inputs = tuple(item._replace(script=made.script) for item, made in zip(tx.inputs, pieces, strict=True))
    return replace(tx, inputs=inputs, witnesses=tuple(made.stack for made in pieces)).to_bytes()


def _finish_input(
    index: int, half: Half, coin: Coin, digester: Digester, wallet: Wallet, tx: Transaction
) -> Pieces | None:
    output = coin.output
    how = None if output is None else locked(output, half)
    spot = _spot(half, wallet)
    if output is None or how is None or spot is None or spot.script != output.script:
        return None
    digest = digester.digest(index, how, output.units)
    if digest is None:
        return None
    return satisfy(wallet.descriptor, spot, _valid(half, how, spot, digest, digester.sighash), tx, index)


def _valid(half: Half, how: Locked, spot: Spot, digest: bytes, sighash: int) -> dict[bytes, bytes]:
    """The signatures that are right, by key."""
    if how.era is Era.TAPROOT:
        tap = half.get(In.TAP_SIG)
        good = tap is not None and is_taproot(spot.script[2:], digest, tap, how.sighash)
        return dict.fromkeys(spot.keys, tap) if good and tap is not None else {}
    return {
        k: der for k, der in half.partials.items() if k in spot.claims and is_ecdsa(k, digest, der, sighash)
    }


def _spot(half: Half, wallet: Wallet) -> Spot | None:
    for claim in (*half.derivations.values(), *(value[1:] for value in half.tap_derivations.values())):
        place = wallet.locate(claim)
        if place is not None:
            return wallet.at(*place)
    return None
