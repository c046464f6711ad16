"""Addresses of enrolled accounts: computed here from their keys, to be shown, and to check what somebody holds up."""

from __future__ import annotations

from typing import Final

from signer.ceremony.examine import Desk
from signer.chains.draft import Chain
from signer.core.account import Account
from signer.core.errors import Bad, Malformed

#: So many addresses of each branch are compared with one that somebody holds up.
SEARCHED: Final = 1000
#: So many addresses of each branch are compared with those of other accounts before one is enrolled.
COMPARED: Final = 50
_BRANCHES: Final = (0, 1)


def network_name(desk: Desk, account: Account) -> str:
    """What people call the account's chain: "bitcoin mainnet"."""
    chain = desk.readers.get(account.chain)
    return f"{chain.network.coin} {chain.network.name}" if chain else account.chain


def address_of(desk: Desk, account: Account, branch: int, index: int) -> str:
    """One address in the coin's own format. Raises Malformed."""
    return _chain(desk, account).address(account, branch, index)


def has_one_address(desk: Desk, account: Account) -> bool:
    """Whether that is all there will ever be."""
    return _chain(desk, account).single


def export_account(desk: Desk, account: Account) -> str:
    """The account as text for another device or wallet: nothing in it is secret, all of it is private."""
    return _chain(desk, account).export(account)


def find_address(desk: Desk, account: Account, text: str) -> tuple[int, int] | None:
    """Branch and index of an address of the account, given bare or as a payment link; None if it is not one.

    Raises Malformed for what is no address of the account's chain at all.
    """
    chain = _chain(desk, account)
    wanted = chain.lock(_bare(text))
    for place in chain.places(SEARCHED, _BRANCHES):
        if chain.lock(chain.address(account, *place)) == wanted:
            return place
    return None


def overlapping(desk: Desk, account: Account) -> Account | None:
    """Another enrolled account with addresses in common, its keys in another order, say: limits and a succession are
    kept by account, and must not be got round under a second name. A chain of single addresses has no such thing:
    there an account keeps its address when its keys change."""
    chain = _chain(desk, account)
    if chain.single:
        return None
    others = [o for o in desk.accounts.list() if o.chain == account.chain and o.id != account.id]
    own = _first(chain, account) if others else frozenset()
    return next((other for other in others if own & _first(chain, other)), None)


def _first(chain: Chain, account: Account) -> frozenset[str]:
    return frozenset(chain.address(account, *place) for place in chain.places(COMPARED, _BRANCHES))


def _bare(text: str) -> str:
    """`bitcoin:ADDRESS?amount=1` (BIP 21) without what is around it; some wallets write all of it in capitals."""
    address = text.strip().partition("?")[0]
    link = address.partition(":")
    address = link[2] if link[1] and link[0].isalpha() else address
    return address.lower() if address.isupper() else address


def _chain(desk: Desk, account: Account) -> Chain:
    chain = desk.readers.get(account.chain)
    if chain is None:
        raise Malformed(Bad.NETWORK, what=account.chain)
    return chain
