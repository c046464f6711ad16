"""Collecting signatures, pure: which request an answer belongs to, who signed, and the transaction when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.judge import Spent, failures
from signer.chains.draft import Chain, Draft
from signer.chains.utxo.draft import UtxoDraft
from signer.core.account import Account, Cosigner
from signer.core.errors import Malformed, Refused

_Request = TypeVar("_Request")


def signers(draft: Draft, account: Account) -> tuple[tuple[Cosigner, ...], tuple[Cosigner, ...]]:
    """Whose valid signatures are there on every input, and whose are not."""
    done = {origin.fingerprint for origin in draft.inspect(account).signed}
    signed = tuple(c for c in account.cosigners if c.origin.fingerprint in done)
    return signed, tuple(c for c in account.cosigners if c.origin.fingerprint not in done)


def belongs_to(
    data: bytes, requests: Iterable[_Request], open_draft: Callable[[_Request], tuple[Chain, Draft]]
) -> tuple[_Request, Draft]:
    """The request whose transaction a PSBT of another wallet is, and that PSBT read. Raises NO_REQUEST, Malformed."""
    wrong: Malformed | Refused | None = None
    readable = False
    for request in requests:
        chain, draft = open_draft(request)
        try:
            answer = chain.read(data, ())
        except (Malformed, Refused) as error:
            wrong = error
            continue
        readable = True
        if answer.txid == draft.txid:
            return request, answer
    if wrong is not None and not readable:
        raise wrong
    raise BuilderError(Trouble.NO_REQUEST, what="another transaction, or nothing was proposed yet")


def finish(draft: Draft, account: Account) -> bytes:
    """The finished transaction, judged by the consensus engine. Raises NOT_COMPLETE, NOT_VALID."""
    signed, missing = signers(draft, account)
    if len(signed) < account.threshold:
        names = ", ".join(c.origin.fingerprint.hex() for c in missing)
        raise BuilderError(Trouble.NOT_COMPLETE, have=len(signed), need=account.threshold, missing=names)
    final = draft.finish(account)
    wrong = failures(final, _spent(draft)) if isinstance(draft, UtxoDraft) else ()
    if wrong:
        raise BuilderError(Trouble.NOT_VALID, index=wrong[0], why="the consensus engine refuses it")
    return final


def _spent(draft: UtxoDraft) -> list[Spent]:
    return [Spent(c.output.units, c.output.script) for c in draft.coins if c.output is not None]
