"""One account of a chain under several names: where keys can change, each form of it that was enrolled is one more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from online_builder.plan.scripts import RECEIVE
from online_builder.store.values import KnownAccount
from signer.chains.draft import Chain


def forms(
    readers: Mapping[str, Chain], accounts: Iterable[KnownAccount]
) -> tuple[tuple[KnownAccount, ...], ...]:
    """The accounts, those together that have one address; each coin account of Bitcoin's family is alone."""
    groups: dict[tuple[str, str], list[KnownAccount]] = {}
    for known in accounts:
        chain, shared = readers[known.chain], known.name
        if chain.single:
            shared = chain.address(chain.enrol(known.terms, known.name), RECEIVE, 0)
        groups.setdefault((known.chain, shared), []).append(known)
    return tuple(tuple(group) for group in groups.values())
