"""The scripts an account is watched on: both branches, as far as they were used and a gap beyond (BIP 44)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from signer.chains.draft import Chain
from signer.core.account import Account

GAP: Final = 20
RECEIVE, CHANGE = 0, 1
_FAR: Final = 100_000


@dataclass(frozen=True, slots=True)
class Watched:
    """Output script -> (branch, index), and the next free index on each branch."""

    scripts: dict[bytes, tuple[int, int]]
    free: tuple[int, int]


def watch(
    chain: Chain, account: Account, free: tuple[int, int], used: Callable[[list[bytes]], frozenset[bytes]]
) -> Watched:
    """Derive both branches until `GAP` addresses in a row beyond the last used or handed out are unused.

    `free` are the next indexes not handed out yet; `used(scripts)` asks the source.
    """
    scripts: dict[bytes, tuple[int, int]] = {}
    ends = []
    for branch in (RECEIVE, CHANGE):
        next_free, index = free[branch], 0
        while index < min(next_free + GAP, _FAR):
            batch = [chain.lock(chain.address(account, branch, i)) for i in range(index, next_free + GAP)]
            scripts |= {script: (branch, index + place) for place, script in enumerate(batch)}
            hits = used(batch)
            index = next_free + GAP
            next_free = max([next_free, *(scripts[script][1] + 1 for script in hits)])
        ends.append(next_free)
    return Watched(scripts, (ends[0], ends[1]))
