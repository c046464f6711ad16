"""Collecting signatures, pure: which request an answer belongs to, who signed, and the transaction when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from online_builder.errors import BuilderError, Trouble
from signer.chains.draft import Chain, Draft
from signer.core.account import Account, Cosigner
from signer.core.errors import Malformed, Refused

_Request = TypeVar("_Request")


def signers(draft: Draft, account: Account) -> tuple[tuple[Cosigner, ...], tuple[Cosigner, ...], int]:
    """Whose valid signatures are there on every input, whose are not, and how many are needed."""
    report = draft.inspect(account)
    missing = report.missing(account)
    asked = report.signers or account.cosigners
    return tuple(c for c in asked if c not in missing), missing, report.threshold


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


def finish(draft: Draft, account: Account, check: Callable[[Draft, bytes], None]) -> bytes:
    """The finished transaction, judged by `check` (see Family). Raises NOT_COMPLETE, NOT_VALID."""
    signed, missing, needed = signers(draft, account)
    if len(signed) < needed:
        names = ", ".join(c.origin.fingerprint.hex() for c in missing)
        raise BuilderError(Trouble.NOT_COMPLETE, have=len(signed), need=needed, missing=names)
    final = draft.finish(account)
    check(draft, final)
    return final
