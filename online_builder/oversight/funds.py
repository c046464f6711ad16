"""Whose money an account holds: customers' and our own are never in one transaction (Cabinet Office Order, art. 27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.scripts import watch
from online_builder.store.sqlite import Store
from online_builder.store.values import KnownAccount
from signer.chains.draft import Chain


def refuse_mixing(
    store: Store, readers: Mapping[str, Chain], payer: KnownAccount, scripts: Sequence[bytes]
) -> None:
    """Raises MIXED when one of the output scripts is of an account whose owner is another than the payer's."""
    tags = store.oversight.tags()
    if payer.name not in tags:
        return
    owner, wanted = tags[payer.name].owner, frozenset(scripts)
    for other in store.accounts():
        if other.chain != payer.chain or other.name not in tags or tags[other.name].owner is owner:
            continue
        chain = readers[other.chain]
        account = chain.enrol(other.terms, other.name)
        theirs = watch(chain, account, (other.receive, other.change), lambda _: frozenset())
        if not wanted.isdisjoint(theirs.scripts):
            raise BuilderError(Trouble.MIXED, name=other.name, owner=owner, other=tags[other.name].owner)
