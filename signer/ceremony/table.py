"""What lies on the table beside secrets: documents that come in, facts to compare, documents that go out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Paper(StrEnum):
    """Documents a ceremony reads or hands out."""

    ACCOUNT = "account"
    BUILDER = "builder"
    WITNESS = "witness"
    POLICY = "policy"
    COSIGNED = "cosigned"
    KEY = "key"
    CHALLENGE = "challenge"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Table:
    """`read(paper)` waits for a document. `compare(title, facts)` shows them until everybody has compared.
    `carry(paper, text)` hands a document out to other devices; nothing in it is secret."""

    read: Callable[[Paper], bytes]
    compare: Callable[[str, Sequence[str]], None]
    carry: Callable[[Paper, str], None]
