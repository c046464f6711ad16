"""The colours: one set for terminals with many, one that a plain console's sixteen show as meant."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

#: Each value is one of the 256 colours of a common terminal, so that it looks the same with more and with fewer.
CALM: Final = Theme(
    name="kinko",
    primary="#d7af5f",
    secondary="#87afd7",
    warning="#ffaf00",
    error="#ff5f5f",
    success="#87d787",
    accent="#d7af5f",
    foreground="#dadada",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    variables={
        "faint": "#949494",
        "bright": "#ffffff",
        "stop-paper": "#af0000",
        "stop-ink": "#ffffff",
        "warn-paper": "#ffaf00",
        "good-paper": "#87d787",
        "mark-paper": "#d7af5f",
        "key-paper": "#bcbcbc",
        "dark-ink": "#121212",
        "field-paper": "#3a3a3a",
        "rule": "#444444",
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
