"""The Merkle tree of RFC 6962 (section 2.1) over journal records: roots, consistency and inclusion proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256().digest()
MAX_PROOF = 64


def leaf_hash(record: bytes) -> bytes:
    """SHA-256(0x00 | record)."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 | left | right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree as the roots of its perfect subtrees, largest first: enough to append, and never more than 64 hashes."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def add(self, leaf: bytes) -> Frontier:
        """The tree with one more leaf (a leaf hash)."""
        peaks, size, carried = list(self.peaks), self.size, leaf
        while size & 1:
            carried = node_hash(peaks.pop(), carried)
            size >>= 1
        return Frontier(self.size + 1, (*peaks, carried))

    @property
    def root(self) -> bytes:
        """The tree's hash, 32 bytes."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The hash of a tree over these leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """That the first `old` leaves are still the same (RFC 6962, 2.1.2); empty for 0 and for all of them.

    Raises ValueError unless 0 <= old <= the number of leaves.
    """
    if not 0 <= old <= len(leaves):
        raise ValueError("old")
    if old in (0, len(leaves)):
        return []
    return _subproof(old, leaves, whole=True)


def _subproof(old: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    cut = _half(len(leaves))
    if old <= cut:
        return [*_subproof(old, leaves[:cut], whole=whole), root_of(leaves[cut:])]
    return [*_subproof(old - cut, leaves[cut:], whole=False), root_of(leaves[:cut])]


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a tree of `old` leaves is the beginning of one of `size` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= size or len(proof) > MAX_PROOF:
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if old == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            after = node_hash(after, step)
        here, last = here >> 1, last >> 1
    return (before, after, last) == (old_root, root, 0)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """That leaf `index` is in the tree (RFC 6962, 2.1.1). Raises ValueError for an index outside."""
    if not 0 <= index < len(leaves):
        raise ValueError("index")
    if len(leaves) == 1:
        return []
    cut = _half(len(leaves))
    if index < cut:
        return [*inclusion_proof(leaves[:cut], index), root_of(leaves[cut:])]
    return [*inclusion_proof(leaves[cut:], index - cut), root_of(leaves[:cut])]


def is_included(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a leaf hash is number `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(proof) > MAX_PROOF:
        return False
    here, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(step, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def _half(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
