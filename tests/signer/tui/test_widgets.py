"""The parts: a text that knows what was read, a passphrase that leaves nothing behind, lines of wide characters."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from signer.core.when import utc
from signer.core.words import Language
from signer.tui.report import address_lines
from signer.tui.text import Line, Tone, centre, clean, groups, length, pad, right, wrap
from signer.tui.widgets.document import Document
from signer.tui.widgets.secret import CAPACITY, SecretField
from signer.tui.words import labels


class Reader(App[None]):
    """A document of a hundred numbered lines."""

    def __init__(self, dwell: float, gate: bool = True) -> None:
        super().__init__()
        self.document = Document(numbered, gate=gate, dwell=dwell)
        self.whole = False

    def compose(self) -> ComposeResult:
        yield self.document

    def on_document_read(self, event: Document.Read) -> None:
        self.whole = event.whole


async def soon(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until something holds, however slow the machine is."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("never happened")


def numbered(width: int) -> list[Line]:
    return [((f"line {number}", Tone.PLAIN),) for number in range(100)]


async def test_one_cannot_jump_over_what_was_not_shown() -> None:
    app = Reader(dwell=0.0)
    async with app.run_test(size=(40, 20)) as pilot:
        app.document.focus()
        await soon(pilot, lambda: app.document.read_to == 20)
        await pilot.press("end")
        assert round(app.document.scroll_y) == 20
        assert app.document.read_to == 40
        assert not app.whole
        for _ in range(5):
            await pilot.press("pagedown")
        assert app.document.read_to == 100
        assert app.whole


async def test_a_page_must_stand_for_a_moment() -> None:
    app = Reader(dwell=3600.0)
    async with app.run_test(size=(40, 20)) as pilot:
        app.document.focus()
        await pilot.pause(0.2)
        for _ in range(10):
            await pilot.press("pagedown", "down")
        assert app.document.read_to == 0
        assert round(app.document.scroll_y) == 0


async def test_what_was_scrolled_away_before_its_moment_is_not_read() -> None:
    app = Reader(dwell=0.0)
    async with app.run_test(size=(40, 20)) as pilot:
        await soon(pilot, lambda: app.document.read_to > 0)
        app.document._dwell = 3600.0
        app.document.action_page(1)
        assert round(app.document.scroll_y) == 18
        app.document.action_go(0)
        app.document._dwell = 0.0
        app.document._notice()
        assert app.document.read_to == 20


async def test_another_width_has_to_be_read_again() -> None:
    app = Reader(dwell=0.0)
    async with app.run_test(size=(40, 120)) as pilot:
        await soon(pilot, lambda: app.whole)
        await pilot.resize_terminal(60, 20)
        await soon(pilot, lambda: app.document.read_to == 20)


class Asking(App[None]):
    def compose(self) -> ComposeResult:
        yield SecretField()


def key(char: str) -> events.Key:
    return events.Key(char, char)


async def test_a_passphrase_is_taken_once_and_wiped() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        field = app.query_one(SecretField)
        field.focus()
        await pilot.press(*"horse", "space", "backspace", "backspace", "X")
        field.on_key(key("金"))
        field.on_key(key("é"))
        await pilot.press("backspace")
        secret = field.take()
        assert secret == bytearray("horsX金".encode())
        assert field.empty
        assert field.take() == b""
        assert field._buffer == bytes(CAPACITY)


async def test_a_passphrase_is_not_shown_and_not_pasted() -> None:
    app = Asking()
    typed = "zq9-marker-of-this-test"
    async with app.run_test():
        field = app.query_one(SecretField)
        field.focus()
        for char in typed:
            field.on_key(key(char))
        shown = "".join(segment.text for segment in field.render_line(0))
        assert not set(shown) & set(string.ascii_letters)
        assert shown.count("•") == len(typed)
        field.on_paste(events.Paste("from a clipboard"))
        assert not any(isinstance(value, str) and "zq9" in value for value in vars(field).values())
        assert field.take() == typed.encode()


async def test_a_passphrase_has_a_bound() -> None:
    app = Asking()
    async with app.run_test():
        field = app.query_one(SecretField)
        for _ in range(CAPACITY):
            field.on_key(key("金"))
        assert len(field.take()) == CAPACITY - CAPACITY % 3


@given(st.text(max_size=200), st.integers(4, 80))
def test_wrapping_loses_nothing_but_spaces_and_fits(text: str, width: int) -> None:
    text = clean(text)
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    # Marks that take no cell of their own, or punctuation that must not begin a line, may stand past the edge.
    assert all(cell_len(line) <= width + 2 for line in lines)


def test_japanese_punctuation_does_not_begin_a_line() -> None:
    text = "署名はそれぞれ二度作り、別のライブラリで検証します。電源を切らないでください。"
    for width in range(8, 60):
        assert all(line[0] not in "、。" for line in wrap(text, width))
        assert all(cell_len(line) <= width for line in wrap(text, width))


def test_cells_are_counted_not_characters() -> None:
    assert pad("金庫", 6) == "金庫  "
    assert right("金庫", 6) == "  金庫"
    assert centre("金", 4) == " 金 "
    assert length((("金庫", Tone.PLAIN), ("ab", Tone.DIM))) == 6


@pytest.mark.parametrize(
    ("address", "first"),
    [("bcrt1" + "q0p9" * 14 + "xyz", "bcrt"), ("bitcoincash:" + "q0p9" * 10 + "xy", "bitcoincash:")],
)
def test_addresses_are_whole_and_in_fours(address: str, first: str) -> None:
    assert groups(address)[0] == first
    for width in (20, 60, 200):
        lines = list(address_lines(address, width))
        assert "".join(text for line in lines for text, _ in line).replace(" ", "") == address
        assert all(length(line) <= max(width, 10) for line in lines)
        assert all(sum(1 for text, _ in line if text.strip()) <= 8 for line in lines)


def test_what_could_turn_a_line_round_is_replaced() -> None:
    assert clean("a\u202eb\x1b[31mc\nd") == "a·b·[31mc·d"


def test_a_moment_is_written_with_its_zone_and_never_fails() -> None:
    assert utc(0) == "1970-01-01 00:00 UTC"
    assert utc(2**63 - 1) == str(2**63 - 1)


def _leaves(value: object, path: str = "") -> dict[str, str]:
    if isinstance(value, str):
        return {path: value}
    if isinstance(value, tuple):
        return {k: v for n, item in enumerate(value) for k, v in _leaves(item, f"{path}[{n}]").items()}
    if hasattr(value, "items"):
        return {k: v for key, item in value.items() for k, v in _leaves(item, f"{path}[{key}]").items()}
    names = value.__dataclass_fields__  # type: ignore[attr-defined]
    return {k: v for name in names for k, v in _leaves(getattr(value, name), f"{path}.{name}").items()}


def test_both_languages_have_every_label_with_the_same_places_to_fill() -> None:
    english, japanese = (_leaves(labels(language)) for language in (Language.EN, Language.JA))
    assert english.keys() == japanese.keys()
    formatter = string.Formatter()
    for name, sentence in english.items():
        assert sentence.strip()
        assert japanese[name].strip()
        fields = [
            {field for _, field, _, _ in formatter.parse(text) if field}
            for text in (sentence, japanese[name])
        ]
        if name != ".approve.summary_one":
            assert fields[0] == fields[1], name


@pytest.mark.parametrize("language", list(Language))
def test_every_advice_rule_and_role_has_its_label(language: Language) -> None:
    words = labels(language)
    for table, members in (
        (words.stop.advice, type(next(iter(words.stop.advice)))),
        (words.review.rules, type(next(iter(words.review.rules)))),
        (words.review.roles, type(next(iter(words.review.roles)))),
    ):
        assert set(table) == set(members)
