"""Names that people would take for one another (homographs: Unicode TR 36 and TR 39), as far as names of people go.

A name's letters are of one alphabet, or of Latin and a Japanese, Chinese or Korean one (TR 39, 5.2, highly
restrictive); two names are alike if only letters of one shape tell them apart. The shapes are those of confusables.txt
that names can have; phonetic and rare letters are not taken at all.
"""

from __future__ import annotations

import unicodedata
from types import MappingProxyType
from typing import Final

from signer.core.errors import Bad, Malformed

#: By the first word of a letter's name in Unicode: the alphabet it is counted as.
_ALPHABETS: Final = MappingProxyType(
    {"LATIN": "Latin", "CJK": "Han", "IDEOGRAPHIC": "Han", "HIRAGANA": "Han", "KATAKANA": "Han"}
    | {"KATAKANA-HIRAGANA": "Han", "HANGUL": "Han", "BOPOMOFO": "Han"}
    | {name.upper(): name for name in ("Greek", "Cyrillic", "Arabic", "Hebrew", "Devanagari", "Thai")}
)
_BESIDE: Final = frozenset({"Latin", "Han"})
_LAST_LATIN: Final = "\u017f"  # the end of Latin Extended-A; below its marks, Vietnamese is of these as well
#: Letters and symbols that are blank, and marks that are not seen.
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(code) for code in (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
)
_SHAPES: Final = str.maketrans(
    # Cyrillic, then Greek, after case folding: also by the capitals' shape, which names begin with
    dict(zip("авекмнорстухѕіјһԁԛԝӏг", "abekmhopctyxsijhdqwlr", strict=True))
    | dict(zip("αβεζηικμνορτυχγω", "abeznikmvoptyxyw", strict=True))
    | dict(zip("01|ı", "olli", strict=True))
    | dict(zip("ロ囗カニーへべぺタトエハチミ", "口口力二一ヘベペ夕卜工八千三", strict=True))
    | dict(zip("曰士末已巳", "日土未己己", strict=True))
)
_CAPITALS: Final = str.maketrans({"I": "l", "Η": "H", "Ν": "N", "І": "l", "Ι": "l", "Ӏ": "l"})
_PAIRS: Final = (("rn", "m"), ("vv", "w"))


def check_alphabet(name: str, what: str = "name") -> str:
    """The name itself. Raises Malformed(VALUE) for letters of several alphabets, and for what nobody sees."""
    found = set()
    for letter in unicodedata.normalize("NFKD", name):
        if letter in _UNSEEN or unicodedata.category(letter) == "Cf":
            raise Malformed(Bad.VALUE, what=f"{what}: something in it is not seen")
        if unicodedata.category(letter) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl"):
            found.add(_alphabet(letter))
    if "" in found or (len(found) > 1 and found != _BESIDE):
        raise Malformed(Bad.VALUE, what=f"{what}: letters of several alphabets")
    return name


def alike(one: str, other: str) -> bool:
    """Whether people might take the one name for the other."""
    return not _looks(one).isdisjoint(_looks(other))


def _alphabet(letter: str) -> str:
    """Empty for a letter that names are not written with."""
    alphabet = _ALPHABETS.get(unicodedata.name(letter, "").split(" ")[0], "")
    return "" if alphabet == "Latin" and letter > _LAST_LATIN else alphabet


def _looks(name: str) -> frozenset[str]:
    """What a name looks like, as it is written and in small letters."""
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    seen = "".join(c for c in plain if c not in _UNSEEN and unicodedata.category(c) != "Cf")
    return frozenset(_shape(text) for text in (seen, seen.translate(_CAPITALS)))


def _shape(text: str) -> str:
    shape = unicodedata.normalize("NFKC", text.casefold()).translate(_SHAPES)
    for pair, one in _PAIRS:
        shape = shape.replace(pair, one)
    return shape
