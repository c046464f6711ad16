"""The last word on a finished transaction: Bitcoin Core's own script verification, every input, every flag.

But for coins that carry tokens (Bitcoin Cash), whose digest Core does not know: see `carried`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pbk

from online_builder.plan.carried import takes, unlocks
from signer.chains.utxo import script as scripts
from signer.chains.utxo.coin import Digest
from signer.chains.utxo.digest import Digester
from signer.chains.utxo.final import pushes
from signer.chains.utxo.script import Kind, kind_of
from signer.chains.utxo.tokens import Token, parted
from signer.chains.utxo.transaction import Transaction, read_plain
from signer.core.errors import Malformed


@dataclass(frozen=True, slots=True)
class Spent:
    """The output an input spends: its amount in units, its script with what it carries before it."""

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

    So Core's code computes the digest and checks the signatures; what only Bitcoin Cash has (its further operations,
    Schnorr signatures) fails here. It does not know tokens: coins that carry some are judged in `carried`.
    """
    try:
        tx = read_plain(transaction)
        if len(tx.inputs) != len(spent):
            return (0,)
        items = [pushes(item.script) for item in tx.inputs]
    except Malformed:
        return (0,)
    parts = [parted(coin.script) for coin in spent]
    bare = [Spent(coin.units, script) for coin, (_, script) in zip(spent, parts, strict=True)]
    moved = [_moved(coin, stack) for coin, stack in zip(bare, items, strict=True)]
    odd = tuple(index for index, pair in enumerate(moved) if pair is None)
    pairs = [pair for pair in moved if pair is not None]
    if odd:
        return odd
    inputs = tuple(item._replace(script=b"") for item in tx.inputs)
    witnessed = replace(tx, inputs=inputs, witnesses=tuple(stack for _, stack in pairs))
    wrong = failures(witnessed.to_bytes(), [coin for coin, _ in pairs])
    tokens = {index: token for index, (token, _) in enumerate(parts) if token is not None}
    return _with_tokens(tx, tokens, bare, items, wrong)


def _with_tokens(
    tx: Transaction,
    tokens: Mapping[int, Token],
    bare: Sequence[Spent],
    items: Sequence[Sequence[bytes]],
    wrong: tuple[int, ...],
) -> tuple[int, ...]:
    """The same verdict on every input that carries nothing; the others judged here, and all tokens together."""
    made = [token for token, _ in (parted(output.script) for output in tx.outputs) if token is not None]
    if not tokens and not made:
        return wrong
    if not takes(tx, tokens.values(), made):
        return (0,)
    carried = {index: token.to_bytes() for index, token in tokens.items()}
    digester = Digester(tx, (), Digest.FORKID, carried)
    still = {index for index in wrong if index not in tokens}
    still |= {i for i in tokens if not unlocks(i, bare[i].units, bare[i].script, items[i], digester)}
    return tuple(sorted(still))


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
