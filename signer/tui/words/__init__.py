"""The labels of the screens, in English and Japanese: one file a language. Sentences of findings are in core.words."""

from __future__ import annotations

from types import MappingProxyType

from signer.core.words import Language
from signer.tui.words import en, ja
from signer.tui.words.labels import Labels

__all__ = ["Labels", "labels"]

_LABELS = MappingProxyType({Language.EN: en.LABELS, Language.JA: ja.LABELS})


def labels(language: Language) -> Labels:
    """Every label in one language."""
    return _LABELS[language]
