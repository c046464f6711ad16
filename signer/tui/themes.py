"""The colours: one set for terminals with many, one that a plain console's sixteen show as meant."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

CALM: Final = Theme(
    name="kinko",
    primary="#d9b25f",
    secondary="#7f98b0",
    warning="#e3a93c",
    error="#f2615a",
    success="#7cc48b",
    accent="#d9b25f",
    foreground="#dde3ea",
    background="#10151b",
    surface="#161d25",
    panel="#1d2630",
    variables={
        "faint": "#8d9aa8",
        "bright": "#ffffff",
        "stop-paper": "#a8201a",
        "stop-ink": "#ffffff",
        "warn-paper": "#e3a93c",
        "good-paper": "#7cc48b",
        "mark-paper": "#d9b25f",
        "key-paper": "#b9c4cf",
        "dark-ink": "#10151b",
        "field-paper": "#2a3642",
        "rule": "#35424f",
    },
)

#: Each value is one of the sixteen colours of a Linux console, so that nothing is rounded to its neighbour.
PLAIN: Final = Theme(
    name="kinko-plain",
    primary="#55ffff",
    secondary="#aaaaaa",
    warning="#ffff55",
    error="#ff5555",
    success="#55ff55",
    accent="#55ffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    variables={
        "faint": "#aaaaaa",
        "bright": "#ffffff",
        "stop-paper": "#aa0000",
        "stop-ink": "#ffffff",
        "warn-paper": "#aa5500",
        "good-paper": "#00aa00",
        "mark-paper": "#00aaaa",
        "key-paper": "#aaaaaa",
        "dark-ink": "#000000",
        "field-paper": "#0000aa",
        "rule": "#555555",
    },
)


def theme_for(colour_system: str | None) -> Theme:
    """By what the terminal says it can show."""
    return PLAIN if colour_system in (None, "standard", "windows") else CALM
