"""Changes of an account's keys: what they lead to, whether that is an account that was enrolled, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

from signer.chains.nem.account import Wallet, open_wallet
from signer.chains.nem.address import address_of
from signer.chains.nem.models import Change, Modification, Multisig
from signer.chains.nem.network import Params
from signer.core.account import Account
from signer.core.errors import Malformed
from signer.core.finding import Code, Finding
from signer.core.spend import Fact

State = tuple[frozenset[bytes], int]


def in_order(params: Params, changes: Iterable[Change]) -> tuple[Change, ...]:
    """As a node sorts them: additions first, each kind by the text of the address."""
    return tuple(sorted(changes, key=lambda c: (not c.adds, address_of(params, c.key))))


def difference(params: Params, before: State, after: State) -> tuple[tuple[Change, ...], int | None]:
    """The changes that lead from one state to the other, and the relative threshold (None where it stays)."""
    added = [Change(key, adds=True) for key in after[0] - before[0]]
    removed = [Change(key, adds=False) for key in before[0] - after[0]]
    return in_order(params, (*added, *removed)), (after[1] - before[1]) or None


def removed(core: object) -> frozenset[bytes]:
    """Who would be taken out: the node does not count their signatures."""
    changes = core.changes if isinstance(core, Modification) else ()
    return frozenset(change.key for change in changes if not change.adds)


def judge(
    params: Params, outer: Multisig | Modification, wallet: Wallet, accounts: Iterable[Account]
) -> list[Finding]:
    """What speaks against it, and what must be read. The state it leads to must be that of an enrolled account."""
    core = outer.inner if isinstance(outer, Multisig) else outer
    if not isinstance(core, Modification):
        return []
    own: State = (frozenset(wallet.keys), wallet.threshold)
    converts = not isinstance(outer, Multisig)
    before: State = (frozenset(), 0) if converts else own
    after, found = _after(before, core)
    allowed = [own] if converts else _others(params, wallet, accounts)
    if after not in allowed:
        known = frozenset(key for keys, _ in allowed for key in keys)
        found += [
            Finding.of(Code.COSIGNATORY_FOREIGN, key=key.hex())
            for key in sorted(after[0] - before[0] - known)
        ]
        found.append(Finding.of(Code.ACCOUNT_STATE_UNKNOWN, threshold=after[1], count=len(after[0])))
    if converts:
        found.append(Finding.of(Code.ACCOUNT_CONVERTED, threshold=after[1], count=len(after[0])))
        return found
    found += [
        Finding.of(Code.COSIGNATORY_ADDED if change.adds else Code.COSIGNATORY_REMOVED, key=change.key.hex())
        for change in core.changes
    ]
    added = core.relative or 0
    if added > 0 and before[1] == len(before[0]):
        found.append(Finding.of(Code.THRESHOLD_FROM_ALL, before=before[1], added=added))
    if after[1] < before[1]:
        found.append(Finding.of(Code.THRESHOLD_LOWERED, before=before[1], after=after[1]))
    return found


def facts(params: Params, core: Modification) -> list[Fact]:
    """Every key that comes or goes, whole, with its address."""
    rows = [
        Fact(f"{'adds' if c.adds else 'removes'} {n}", f"{c.key.hex()} {address_of(params, c.key)}")
        for n, c in enumerate(core.changes, 1)
    ]
    return [*rows, Fact("threshold", f"{core.relative or 0:+d}")]


def _after(before: State, core: Modification) -> tuple[State, list[Finding]]:
    """The state it leads to; a node takes no change that contradicts the state, nor two removals at once."""
    keys, wrong = set(before[0]), len(removed(core)) > 1
    for change in core.changes:
        wrong = wrong or (change.key in keys) == change.adds or change.key == core.head.signer
        keys = keys | {change.key} if change.adds else keys - {change.key}
    threshold = before[1] + (core.relative or 0)
    wrong = wrong or not 1 <= threshold <= len(keys)
    return (frozenset(keys), threshold), [Finding.of(Code.CHANGE_IMPOSSIBLE)] if wrong else []


def _others(params: Params, wallet: Wallet, accounts: Iterable[Account]) -> list[State]:
    """What else was enrolled under the same address."""
    states = []
    for account in accounts:
        try:
            other = open_wallet(params, account)
        except Malformed:
            continue
        if other.public_key == wallet.public_key:
            states.append((frozenset(other.keys), other.threshold))
    return [state for state in states if state != (frozenset(wallet.keys), wallet.threshold)]
