"""Laying text out in cells: wide characters count twice, nothing is ever cut off."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from rich.cells import cell_len, chop_cells

from signer.core.words import clean as clean


class Tone(Enum):
    """How a piece of text looks; the colours are in styles.tcss. The value is the component class."""

    PLAIN = "tone--plain"
    DIM = "tone--dim"
    STRONG = "tone--strong"
    TITLE = "tone--title"
    GOOD = "tone--good"
    WARN = "tone--warn"
    STOP = "tone--stop"
    BANNER_STOP = "tone--banner-stop"
    BANNER_WARN = "tone--banner-warn"
    BANNER_GOOD = "tone--banner-good"
    KEY = "tone--key"
    NOW = "tone--now"
    BRAND = "tone--brand"


Span: TypeAlias = tuple[str, Tone]
Line: TypeAlias = tuple[Span, ...]

BLANK: Final[Line] = ()

#: What must not begin a line in Japanese.
_NO_START: Final = frozenset("、。，．）」』】〕々ーっゃゅょッャュョ！？：；…・")


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken at spaces, between wide characters, or where it must be."""
    width = max(2, width)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if cell_len(line) + cell_len(piece.rstrip()) <= width:
                line += piece
                continue
            if line.strip():
                lines.append(line.rstrip())
            *full, line = chop_cells(piece.lstrip(), width) or [""]
            lines += full
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> list[str]:
    """Words with the spaces after them; each wide character alone, with the punctuation that must follow it."""
    pieces: list[str] = []
    join = False
    for char in text:
        wide = cell_len(char) == 2
        if pieces and (char in _NO_START or char == " " or (join and not wide)):
            pieces[-1] += char
        else:
            pieces.append(char)
        join = not wide and char != " "
    return pieces


def pad(text: str, width: int) -> str:
    """`text` with spaces up to `width` cells."""
    return text + " " * max(0, width - cell_len(text))


def right(text: str, width: int) -> str:
    """`text` pushed right in `width` cells."""
    return " " * max(0, width - cell_len(text)) + text


def centre(text: str, width: int) -> str:
    """`text` in the middle of `width` cells."""
    return pad(" " * max(0, (width - cell_len(text)) // 2) + text, width)


def groups(text: str, size: int = 4) -> list[str]:
    """An address in groups that can be read aloud; a prefix up to a colon is one of them."""
    prefix, colon, body = text.rpartition(":")
    return [*filter(None, [prefix + colon]), *(body[at : at + size] for at in range(0, len(body), size))]


def length(line: Line) -> int:
    """The cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def grouped(number: int) -> str:
    """A count with thousands apart: 2,000."""
    return f"{number:,}"
