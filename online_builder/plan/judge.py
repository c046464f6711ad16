"""The last word on a finished transaction: Bitcoin Core's own script verification, every input, every flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pbk


@dataclass(frozen=True, slots=True)
class Spent:
    """The output an input spends: its amount in units, its script."""

    units: int
    script: bytes


def failures(transaction: bytes, spent: Sequence[Spent]) -> tuple[int, ...]:
    """The inputs whose scripts do not verify; empty for a valid transaction.

    `spent` has one entry an input, in order. A transaction that cannot be read fails at input 0, and so does one
    with another number of inputs.
    """
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
