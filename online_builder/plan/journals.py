"""An exported journal read and held against what was seen of it before, pure: every fault that is found, not the first.

The format is docs/reference/journal-format.md. The one-file verifier of the signer's side is a second writing of the
same checks; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signer.core.checkpoint import Checkpoint, Head, Verify
from signer.core.errors import Bad, Malformed
from signer.core.merkle import Frontier, leaf_hash
from signer.core.record import MAX_RECORD, Record

MAX_EXPORT: Final = 512 * 1024 * 1024
_MAGIC: Final = b"kinko journal 1\n"
_LENGTH: Final = 4
_KEY: Final = 32


class Fault(StrEnum):
    """What does not add up."""

    OTHER_KEY = "other-key"  # not a journal of a device that is known here
    FORGED = "forged-head"  # the head is not signed by the journal's key
    CUT = "cut"  # fewer records than the head counts
    ADDED = "added"  # more records than the head counts
    REMOVED = "removed"  # a number is missing between others
    REORDERED = "reordered"
    EDITED = "edited"
    ROLLED_BACK = "rolled-back"  # shorter than a head that was seen
    FORKED = "forked"  # not what a head that was seen stands for
    HIDDEN = "hidden-signature"  # a signature that came back, and no record of it
    UNEXPLAINED = "unexplained-spend"  # a spend on chain, and too few records of it


@dataclass(frozen=True, slots=True)
class Found:
    """A fault in one journal (its name), and what exactly."""

    fault: Fault
    journal: str
    what: str


@dataclass(frozen=True, slots=True)
class Exported:
    """An export taken apart, nothing of it believed. `torn`: the file ends in the middle of a record."""

    public_key: bytes
    note: bytes
    records: tuple[bytes, ...]
    torn: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What can be said of it. `head` is None where it cannot be read, `matched` how many seen heads it continues."""

    journal: str
    head: Head | None
    records: tuple[Record, ...]
    matched: int
    found: tuple[Found, ...]


def open_export(data: bytes) -> Exported:
    """Raises Malformed for what is no export of a journal."""
    if not data.startswith(_MAGIC):
        raise Malformed(Bad.UNKNOWN_FORMAT, what="journal export")
    if len(data) > MAX_EXPORT:
        raise Malformed(Bad.TOO_LARGE, what="journal export", limit=MAX_EXPORT)
    parts, at, torn = [], len(_MAGIC), False
    while at < len(data) and not torn:
        size = int.from_bytes(data[at : at + _LENGTH], "big")
        if at + _LENGTH > len(data) or at + _LENGTH + size > len(data):
            torn = True
        elif size > MAX_RECORD:
            raise Malformed(Bad.TOO_LARGE, what="journal export", limit=MAX_RECORD)
        else:
            parts.append(data[at + _LENGTH : at + _LENGTH + size])
            at += _LENGTH + size
    if len(parts) < 2 or len(parts[0]) != _KEY:
        raise Malformed(Bad.TRUNCATED, what="journal export")
    return Exported(parts[0], parts[1], tuple(parts[2:]), torn)


def check(exported: Exported, journal: str, seen: Sequence[Head], verify: Verify) -> Checked:
    """Hold an export against itself and against heads of this journal that were seen; `journal` is its name."""
    found = list(_torn(exported, journal))
    try:
        note: Checkpoint | None = Checkpoint.from_bytes(exported.note)
    except Malformed:
        note = None
    signed = note is not None and note.signed_by(journal, exported.public_key, verify)
    if note is None or note.head.origin != journal or note.old or note.proof or not signed:
        found.append(Found(Fault.FORGED, journal, "the head is not signed by the journal's own key"))
    records, unreadable = _records(exported.records)
    numbering = list(_numbering(journal, records, unreadable))
    head = note.head if note is not None and signed else None
    sizes = {h.size for h in seen} | ({head.size} if head else set())
    roots = _roots(exported.records, sizes)
    matched = [h for h in seen if roots.get(h.size) == h.root]
    if head is not None:
        found += _against_head(journal, head, len(exported.records))
    found += numbering
    whole = head is not None and roots.get(head.size) == head.root
    if head is not None and head.size in roots and not whole and not numbering:
        since = max((h.size for h in matched), default=0)
        what = f"the records are not those the head stands for; the first {since} are as they were seen"
        found.append(Found(Fault.EDITED, journal, what))
    found += _against_seen(journal, head, whole, seen, roots, len(exported.records))
    return Checked(journal, head, tuple(r for r in records if r), len(matched), tuple(found))


def _torn(exported: Exported, journal: str) -> Iterator[Found]:
    if exported.torn:
        count = len(exported.records)
        yield Found(Fault.CUT, journal, f"the file ends in the middle of record {count}")


def _records(blobs: Sequence[bytes]) -> tuple[list[Record | None], list[int]]:
    records: list[Record | None] = []
    for blob in blobs:
        try:
            records.append(Record.from_bytes(blob))
        except Malformed:
            records.append(None)
    return records, [place for place, record in enumerate(records) if record is None]


def _numbering(journal: str, records: Sequence[Record | None], unreadable: Sequence[int]) -> Iterator[Found]:
    """Each record carries its own number."""
    for place in unreadable[:1]:
        yield Found(Fault.EDITED, journal, f"record {place} is not readable")
    numbers = [record.number for record in records if record]
    if unreadable or numbers == list(range(len(numbers))):
        return
    place = next(p for p, number in enumerate(numbers) if p != number)
    if sorted(numbers) == list(range(len(numbers))):
        yield Found(Fault.REORDERED, journal, f"record {numbers[place]} is in place {place}")
    elif numbers[place] > place and numbers == sorted(set(numbers)):
        yield Found(Fault.REMOVED, journal, f"record {place} is missing")
    else:
        yield Found(Fault.EDITED, journal, f"in place {place} is a record that says it is {numbers[place]}")


def _against_head(journal: str, head: Head, count: int) -> Iterator[Found]:
    if count < head.size:
        yield Found(Fault.CUT, journal, f"the head counts {head.size} records, the file has {count}")
    if count > head.size:
        yield Found(Fault.ADDED, journal, f"the head counts {head.size} records, the file has {count}")


def _against_seen(
    journal: str, head: Head | None, whole: bool, seen: Sequence[Head], roots: Mapping[int, bytes], count: int
) -> Iterator[Found]:
    """The newest head that contradicts is told; where the records are not even the head's, that was told already."""
    longest = max((h.size for h in seen), default=0)
    if head is not None and longest > head.size:
        what = f"it ends at {head.size} records and {longest} were seen: the device was put back, or the export is old"
        yield Found(Fault.ROLLED_BACK, journal, what)
    others = [h.size for h in seen if h.size <= count and roots[h.size] != h.root]
    if others and (whole or head is None):
        what = f"its first {min(others)} records are not those that were seen"
        yield Found(Fault.FORKED, journal, what)


def _roots(blobs: Sequence[bytes], sizes: set[int]) -> dict[int, bytes]:
    """The roots of the trees over the first so many records, in one pass."""
    tree, roots = Frontier(), {}
    if 0 in sizes:
        roots[0] = tree.root
    for count, blob in enumerate(blobs, 1):
        tree = tree.add(leaf_hash(blob))
        if count in sizes:
            roots[count] = tree.root
    return roots
