"""Which labels the screens of ceremonies have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signer.ceremony.table import Paper
from signer.tui.forms import Blank, CeremonyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyLabels:
    """`steps` and `explain` are by the verb of a script; `asks` and `ask_hints` by what a step asks for."""

    choose: str
    kinds: Mapping[CeremonyKind, str]
    kind_hints: Mapping[CeremonyKind, str]
    fill: str
    blanks: Mapping[Blank, str]
    blank_hints: Mapping[Blank, str]
    wrong: str
    next: str
    leave: str
    leave_ask: str
    leave_hint: str
    steps: Mapping[str, str]
    explain: Mapping[str, str]
    asks: Mapping[str, str]
    ask_hints: Mapping[str, str]
    working: str
    again: str
    repeat: str
    differ: str
    share_more: str
    write_words: str
    write_share: str
    write_hint: str
    script_title: str
    wipe: str
    wipe_hint: str
    papers: Mapping[Paper, str]
    carried: Mapping[Paper, str]
    carried_hint: str
    compare: str
    same: str
    same_hint: str
    minutes: str
    as_code: str
    over: str
    over_hint: str
    so_far: str
