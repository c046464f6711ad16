"""The coin table: each coin answers each question once, and each answer names a test that exists."""

from __future__ import annotations

import pytest

from docs import nem
from docs.coins import ABILITIES, COINS
from docs.page import Answer
from tests.house.rules import ROOT

TESTS = sorted(
    {answer.test for _, answers in ABILITIES for answer in answers}
    | {answer.test for _, answer in nem.ABILITIES}
)


@pytest.mark.parametrize(("question", "answers"), ABILITIES, ids=[question for question, _ in ABILITIES])
def test_each_coin_answers_each_question_once(question: str, answers: tuple[Answer, ...]) -> None:
    named = [coin for answer in answers for coin in answer.coins.split()]
    assert sorted(named) == sorted(COINS), question


@pytest.mark.parametrize("name", TESTS)
def test_the_test_exists(name: str) -> None:
    file, _, test = name.partition("::")
    assert f"def {test}(" in (ROOT / file).read_text()
