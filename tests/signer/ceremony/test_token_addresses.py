"""Accounts of ours keep tokens: payments to them are known in the form for tokens too."""

from __future__ import annotations

from signer.ceremony.refuge import written
from signer.chains.registry import find_chain
from tests.vectors.token_attacks import GROUP


def test_own_addresses_are_known_in_both_forms() -> None:
    for coin, kinds in (("bitcoincash", {"bchreg:p", "bchreg:r"}), ("dash", {"dash"})):
        chain = find_chain(coin, "regtest")
        account = chain.enrol(GROUP.descriptor, "treasury")
        known = written(chain, [account], (0, 1))
        assert len(known) == 100 * len(kinds)
        assert len({chain.lock(address) for address in known}) == 100
        if coin == "bitcoincash":
            assert {address[:8] for address in known} == kinds
