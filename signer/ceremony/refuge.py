"""Where an account's coins go when it is given up, or in an emergency: its successor, its spare.

Both were named by the quorum of every key of this device. An account that was given up pays its successor alone; and
what goes to either is held back by no limit of amount or hour, nor does it use one up: it stays with the owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from signer.ceremony.ports import Accounts
from signer.chains.draft import Chain
from signer.core.account import Account
from signer.core.finding import Code, Finding
from signer.core.policy import Policy
from signer.core.spend import Payment, Report, Role
from signer.core.upkeep import Upkeep

#: So many receive addresses of each other account on this device are known as our own.
OWN_ADDRESSES: Final = 50
#: And so many of one that is paid to further along.
SEARCHED: Final = 1000
_BRANCHES: Final = (0, 1)


def given_up(
    accounts: Accounts, chain: Chain, account: Account, upkeep: Upkeep, report: Report
) -> list[Finding]:
    """An account that was given up pays to its successor alone."""
    successor = upkeep.successors.get(account.id)
    if successor is None:
        return []
    known = [other for other in accounts.list() if other.id == successor]
    name = known[0].name if known else successor.hex()[:16]
    leaving = _leaving(report)
    own = _among(chain, known, frozenset(payment.address for payment in leaving))
    return [
        Finding.of(Code.ACCOUNT_RETIRED, successor=name, output=payment.index)
        for payment in leaving
        if payment.address not in own
    ]


def refuge(
    accounts: Accounts,
    chain: Chain,
    account: Account,
    upkeep: Upkeep,
    policies: Sequence[Policy],
    report: Report,
    now: int,
) -> tuple[Account, frozenset[str]] | None:
    """The successor or spare that everything which leaves goes to, and the addresses; None where it goes elsewhere too.

    It must have been named for as long as the policies in force want for a change of themselves.
    """
    wanted = frozenset(payment.address for payment in _leaving(report))
    delay = max((policy.delay for policy in policies), default=0)
    for other in accounts.list() if wanted else ():
        if other.id not in (upkeep.successors.get(account.id), upkeep.spares.get(account.id)):
            continue
        since = upkeep.named.get((account.id, other.id))
        if other.chain == account.chain and since is not None and now >= since + delay:
            sweep = (
                len(report.spend.payments) == 1
            )  # nothing comes back: only then is it worth the longer search
            own = _among(chain, [other], wanted) if sweep else wanted & written(chain, [other], _BRANCHES)
            if own == wanted:
                return other, own
    return None


def _leaving(report: Report) -> list[Payment]:
    return [payment for payment in report.spend.payments if payment.role not in (Role.CHANGE, Role.OWN)]


def written(
    chain: Chain, accounts: Sequence[Account], branches: Sequence[int], count: int = OWN_ADDRESSES
) -> frozenset[str]:
    """The first addresses of accounts, in every form in which a payment to them may be told."""
    own = [chain.address(a, *place) for a in accounts for place in chain.places(count, branches)]
    kept = [] if chain.spell_tokens is None else [chain.with_tokens(address) for address in own]
    return frozenset(own) | {address for address in kept if address is not None}


def _among(chain: Chain, accounts: Sequence[Account], wanted: frozenset[str]) -> frozenset[str]:
    """Which of these addresses are the accounts'. A sweep takes a fresh one each time, so it may be far along."""
    near = wanted & written(chain, accounts, _BRANCHES)
    return near if near == wanted else wanted & written(chain, accounts, _BRANCHES, SEARCHED)
