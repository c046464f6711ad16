"""The last word on a finished transaction: Bitcoin Core's own script verification, every input, every flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pbk

from signer.chains.utxo import script as scripts
from signer.chains.utxo.coin import Digest
from signer.chains.utxo.final import pushes
from signer.chains.utxo.script import Kind, kind_of
from signer.chains.utxo.transaction import read_plain
from signer.core.errors import Malformed


@dataclass(frozen=True, slots=True)
class Spent:
    """The output an input spends: its amount in units, its script."""

    units: int
    script: bytes


def failures(transaction: bytes, spent: Sequence[Spent], digest: Digest = Digest.LEGACY) -> tuple[int, ...]:
    """The inputs whose scripts do not verify; empty for a valid transaction.

    `spent` has one entry an input, in order. A transaction that cannot be read fails at input 0, and so does one
    with another number of inputs.
    """
    if digest is Digest.FORKID:
        return _forked(transaction, spent)
    try:
        read = pbk.Transaction(transaction)
        if len(read.inputs) != len(spent):
            return (0,)
        outputs = [pbk.TransactionOutput(pbk.ScriptPubkey(coin.script), coin.units) for coin in spent]
        prepared = pbk.script.PrecomputedTransactionData(read, outputs)
    except (pbk.KernelException, RuntimeError, ValueError):
        return (0,)
    return tuple(index for index, coin in enumerate(spent) if not _verifies(read, prepared, index, coin))


def _verifies(
    read: pbk.Transaction, prepared: pbk.script.PrecomputedTransactionData, index: int, coin: Spent
) -> bool:
    try:
        script = pbk.ScriptPubkey(coin.script)
        return bool(script.verify(coin.units, read, prepared, index, pbk.ScriptVerificationFlags.ALL))
    except (pbk.ScriptVerifyException, pbk.KernelException):
        return False


def _forked(transaction: bytes, spent: Sequence[Spent]) -> tuple[int, ...]:
    """Bitcoin Cash, whose digest is that of BIP 143 with another type: the same scripts and signatures are given to
    the engine as a witness, over outpoints, amounts, sequences and outputs that stay as they are.

    So Core's code computes the digest and checks the signatures; what only Bitcoin Cash has (tokens, its further
    operations, Schnorr signatures) fails here.
    """
    try:
        tx = read_plain(transaction)
        if len(tx.inputs) != len(spent):
            return (0,)
        moved = [_moved(coin, pushes(item.script)) for item, coin in zip(tx.inputs, spent, strict=True)]
    except Malformed:
        return (0,)
    odd = tuple(index for index, pair in enumerate(moved) if pair is None)
    pairs = [pair for pair in moved if pair is not None]
    if odd:
        return odd
    inputs = tuple(item._replace(script=b"") for item in tx.inputs)
    witnessed = replace(tx, inputs=inputs, witnesses=tuple(stack for _, stack in pairs))
    return failures(witnessed.to_bytes(), [coin for coin, _ in pairs])


def _moved(coin: Spent, items: Sequence[bytes]) -> tuple[Spent, tuple[bytes, ...]] | None:
    """A coin locked by the same script as a witness program, and the stack; None for anything but P2SH and P2PKH.

    Only the signatures' own type makes them Bitcoin Cash's, so each must have it.
    """
    kind, stack = kind_of(coin.script), tuple(items)
    if kind is Kind.P2SH and stack and scripts.p2sh(stack[-1]) == coin.script:
        script, signatures = scripts.p2wsh(stack[-1]), stack[:-1]
    elif kind is Kind.P2PKH and len(stack) == 2:
        script, signatures = b"\x00\x14" + coin.script[3:23], stack[:1]
    else:
        return None
    if any(item and item[-1] != Digest.FORKID.sighash for item in signatures):
        return None
    return Spent(coin.units, script), stack
