"""What each input spends, proved by previous transactions where the PSBT or the request carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from signer.chains.utxo.coin import Params
from signer.chains.utxo.fields import In
from signer.chains.utxo.psbt import Half, Psbt, read_output
from signer.chains.utxo.tokens import Token, split
from signer.chains.utxo.transaction import Input, Output, Previous, read_previous
from signer.core.errors import Bad, Malformed
from signer.core.finding import Code

MAX_PROOFS = 4_096  # previous transactions beside a PSBT


class Coin(NamedTuple):
    """`output` is what is spent as far as anyone says, `proved` whether a previous transaction says so too.

    `token` is what a proved output carries besides; its script is then what stands behind the prefix.
    """

    output: Output | None
    proved: bool
    problems: tuple[Code, ...] = ()
    token: Token | None = None

    @property
    def whole(self) -> Output | None:
        """The output as the network has it, with what it carries."""
        if self.output is None or self.token is None:
            return self.output
        return Output(self.output.units, self.token.to_bytes() + self.output.script)


def read_proofs(proofs: tuple[bytes, ...]) -> dict[bytes, Previous]:
    """Previous transactions by id. Raises Malformed, also for one that is there twice."""
    if len(proofs) > MAX_PROOFS:
        raise Malformed(Bad.TOO_MANY, what="proofs", limit=MAX_PROOFS)
    found: dict[bytes, Previous] = {}
    for data in proofs:
        previous = read_previous(data)
        if previous.txid in found:
            raise Malformed(Bad.DUPLICATE, what="proofs")
        found[previous.txid] = previous
    return found


def read_coins(params: Params, psbt: Psbt, proofs: tuple[bytes, ...]) -> tuple[Coin, ...]:
    """The coin of every input, in order. Raises Malformed for a previous transaction that cannot be read."""
    known = read_proofs(proofs)
    seen: dict[bytes, Previous] = {}
    coins = []
    for item, half in zip(psbt.tx.inputs, psbt.inputs, strict=True):
        data = half.get(In.NON_WITNESS_UTXO)
        previous = None
        if data is not None:
            previous = seen.get(data)
            if previous is None:
                previous = seen[data] = read_previous(data)
        coins.append(_coin(params, item, half, previous, known))
    return tuple(coins)


def _coin(
    params: Params, item: Input, half: Half, own: Previous | None, known: Mapping[bytes, Previous]
) -> Coin:
    problems = []
    if own is not None and own.txid != item.txid:
        problems.append(Code.PREVIOUS_WRONG_ID)
        own = None
    previous = own or known.get(item.txid)
    claim = half.get(In.WITNESS_UTXO)
    claimed = None if claim is None else read_output(claim)
    if previous is None:
        if not problems:
            problems.append(Code.PREVIOUS_MISSING)
        return Coin(claimed, False, tuple(problems))
    if item.vout >= len(previous.outputs):
        return Coin(claimed, False, (*problems, Code.PREVIOUS_NO_OUTPUT))
    output = previous.outputs[item.vout]
    if claimed is not None and claimed != output:
        problems.append(Code.PREVIOUS_DIFFERS)
    token, script = split(params, output.script)
    if token is not None:
        output = Output(output.units, script)
    return Coin(output, True, tuple(problems), token)
