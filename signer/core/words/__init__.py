"""Sentences for findings and errors, in English and Japanese: one file a language, keyed by code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from types import MappingProxyType

from signer.core.errors import KinkoError, Refused
from signer.core.finding import Finding
from signer.core.words import en, ja


class Language(StrEnum):
    """The languages the house speaks."""

    EN = "en"
    JA = "ja"


_FINDINGS = MappingProxyType({Language.EN: en.FINDINGS, Language.JA: ja.FINDINGS})
_EMERGENCY = MappingProxyType({Language.EN: en.EMERGENCY, Language.JA: ja.EMERGENCY})
_ERRORS = MappingProxyType({Language.EN: en.ERRORS, Language.JA: ja.ERRORS})


def clean(text: str) -> str:
    """Text from outside with everything that could move or turn a line replaced."""
    return "".join(char if char.isprintable() else "·" for char in text)


class _Blank(dict[str, str | int]):
    """A sentence must never fail for want of a detail, nor carry what a detail would do to a terminal."""

    def __init__(self, details: Mapping[str, str | int]) -> None:
        super().__init__({k: clean(v) if isinstance(v, str) else v for k, v in details.items()})

    def __missing__(self, key: str) -> str:
        return "?"


def emergency(language: Language) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What to do when a key may be known to others: (role, steps). Placeholders as `ceremony.emergency` fills them."""
    return _EMERGENCY[language]


def finding_sentence(finding: Finding, language: Language = Language.EN) -> str:
    """The finding in one sentence."""
    return _FINDINGS[language][finding.code].format_map(_Blank(dict(finding.details)))


def error_sentence(error: KinkoError, language: Language = Language.EN) -> str:
    """The error in plain words; a refusal is its findings' sentences, one a line."""
    if isinstance(error, Refused):
        return "\n".join(finding_sentence(finding, language) for finding in error.findings)
    code: Enum = error.code
    return _ERRORS[language][code].format_map(_Blank(error.details))
