"""Names that people would take for one another: of several alphabets, or like another officer's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.errors import Malformed
from signer.core.lookalike import alike, check_alphabet
from signer.core.quorum import Quorum


@pytest.mark.parametrize(
    "name",
    [
        "aiko",
        "Aïko O'Neil-2",
        "相子",
        "アイコ",
        "相子 Aiko",
        "Ａｉｋｏ",
        "佐々木",
        "李",
        "민준",
        "Αλέξης",
        "Борис",
        "Đỗ",
        "山田（東京）",
    ],
)
def test_names_of_one_alphabet(name: str) -> None:
    assert check_alphabet(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "aikо",  # Cyrillic o
        "Βen",  # Greek Beta
        "相子о",
        "ᎪᎥᎾ",  # Cherokee
        "ai\u0261o",  # Latin small script g, of phonetics
        "a\u01c0ko",  # Latin letter dental click
        "aiko\u3164",  # Hangul filler: a letter that is blank
        "aiko\ufe0f",  # variation selector
        "ai\u034fko",  # combining grapheme joiner
        "aiko\u2800",  # braille blank
        "𝐛en\u0430",
    ],
)
def test_names_of_several_alphabets_or_with_what_nobody_sees(name: str) -> None:
    with pytest.raises(Malformed):
        check_alphabet(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("aiko", "AIKO"),
        ("aiko", "ａｉｋｏ"),
        ("aiko", "aik0"),
        ("ai ko", "aiko"),
        ("Ito", "lto"),
        ("Ito", "1to"),
        ("Bill", "BiII"),
        ("sam", "sarn"),
        ("sora", "\u0455\u043e\u0433\u0430"),
        ("Pope", "\u0420\u043e\u0440\u0435"),
        ("BEH", "\u0412\u0415\u041d"),
        ("NOB", "\u039d\u039f\u0392"),
        ("\u0391\u0392", "\u0410\u0412"),
        ("口", "ロ"),
        ("力", "カ"),
        ("へい", "ヘい"),
        ("夕子", "タ子"),
        ("べに", "ベに"),
        ("ぺ", "ペ"),
        ("一郎", "ー郎"),
        ("未来", "末来"),
        ("ö", "o\u0308"),
    ],
)
def test_what_looks_alike(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("aiko", "akio"),
        ("ben", "dan"),
        ("相子", "相太"),
        ("一郎", "二郎"),
        ("officer1", "officer2"),
        ("Борис", "Boris"),
        ("o", "ö"),
        ("i", "l"),
    ],
)
def test_what_does_not(one: str, other: str) -> None:
    assert not alike(one, other)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_judged(one: str, other: str) -> None:
    assert alike(one, one)
    assert alike(one, other) == alike(other, one)


def test_a_preparer_is_not_hidden_by_another_alphabet() -> None:
    quorum = Quorum(bytes(32), 1, 2, frozenset({"aiko", "ben"}), preparer="b\u0435n")
    assert quorum.prepared_by("ben")
    assert not quorum.prepared_by("aiko")
