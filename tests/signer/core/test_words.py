"""Sentences: what a stranger wrote stands in them as text, and does nothing to the terminal that shows it."""

from __future__ import annotations

import pytest

from signer.core.errors import Malformed
from signer.core.finding import Code, Finding
from signer.core.policyfile import read_policy
from signer.core.words import Language, error_sentence, finding_sentence

HOSTILE = ["\x1b[2J\x1b[31mGOOD", "a\nINFO all is well", "a\rb", "\u202eevil", "\x9b1m", "\ud800"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", list(Language))
def test_nothing_in_a_sentence_moves_or_turns_it(text: str, language: Language) -> None:
    finding = Finding.of(Code.DESTINATION_UNLISTED, output=0, address=text)
    for sentence in (finding_sentence(finding, language), error_sentence(refusal_of(text), language)):
        assert sentence.isprintable()
        assert "·" in sentence


def refusal_of(key: str) -> Malformed:
    """What a policy with such a key is refused with."""
    escaped = "".join(f"\\u{ord(char):04x}" for char in key)
    with pytest.raises(Malformed) as caught:
        read_policy(f'{{"version":1,"delay":0,"clauses":[],"{escaped}":1}}'.encode())
    return caught.value
