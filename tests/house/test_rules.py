"""The rules hold over everything that ships, and each one bites on a planted violation."""

from __future__ import annotations

import pytest

from tests.house import rules
from tests.house.rules import LONGEST_FILE, RULES, Rule, Source, product


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_holds(rule: Rule) -> None:
    found = [f"{source.path}:{line}: {what}" for source in product() for line, what in rule(source)]
    assert not found, "\n".join(found)


def test_there_is_a_product_to_look_at() -> None:
    assert {"signer", "online_builder"} == {source.path.split("/")[0] for source in product()}


HEAD = '"""A head."""\n'

# Each pair differs in nothing but the violation.
PLANTED = [
    (rules.imports_inside_functions, "def f():\n    import json\n", "import json\ndef f(): ...\n"),
    (rules.asserts, "assert 1\n", "if not 1: raise ValueError\n"),
    (rules.blind_excepts, "try: ...\nexcept Exception: ...\n", "try: ...\nexcept ValueError: ...\n"),
    (rules.blind_excepts, "try: ...\nexcept: ...\n", "try: ...\nexcept OSError: ...\n"),
    (rules.blind_excepts, "try: ...\nexcept (OSError, BaseException): ...\n", "try: ...\nexcept (OSError, EOFError): ...\n"),
    (rules.mutable_module_state, "A = {1: 2}\n", "A = MappingProxyType({1: 2})\n"),
    (rules.mutable_module_state, "A: dict[int, int] = {}\n", "A: Final[Mapping[int, int]] = {}\n"),
    (rules.mutable_module_state, "A = collections.defaultdict(int)\n", "A = frozenset({1})\n"),
    (rules.mutable_module_state, "A = 1\ndef f():\n    global A\n", "A = 1\ndef f(): ...\n"),
    (rules.floats_near_money, "fee = 0.1\n", "fee = 1\n"),
    (rules.floats_near_money, "fee = float(x)\n", "fee = int(x)\n"),
    (rules.floats_near_money, "fee = a / b\n", "fee = a // b\n"),
    (rules.long_files, "a = 1\n" * LONGEST_FILE, "a = 1\n" * (LONGEST_FILE - 1)),
    (rules.unexplained_ignores, "a = 1  # type: ignore\n", "a = 1  # type: ignore[attr]  # untyped library\n"),
    (rules.unexplained_ignores, "a = 1  # type: ignore[attr]\n", "a = 1  # type: ignore[a, b]  # untyped library\n"),
    (rules.ambient_input, "a = datetime.datetime.now()\n", "a = desk.clock.now()\n"),
    (rules.ambient_input, "a = open('x')\n", "a = reader('x')\n"),
    (rules.core_needs_little, "import wallycore\n", "import hashlib, cbor2\n"),
    (rules.core_needs_little, "from textual.app import App\n", "from signer.core.amount import Amount\n"),
    (rules.code_from_data, "import pickle\n", "import json\n"),
    (rules.code_from_data, "run(x, shell=True)\n", "run(x)\n"),
    (rules.code_from_data, "eval(x)\n", "x.eval()\n"),
    (rules.thawed_values, "@dataclass(frozen=True)\nclass A: ...\n", "@dataclass(frozen=True, slots=True)\nclass A: ...\n"),
    (rules.thawed_values, "@dataclasses.dataclass\nclass A: ...\n", "class A: ...\n"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "bad", "good"), PLANTED)
def test_the_rule_bites(rule: Rule, bad: str, good: str) -> None:
    assert list(rule(Source.parse("signer/core/planted.py", HEAD + bad)))
    assert not list(rule(Source.parse("signer/core/planted.py", HEAD + good)))


def test_a_file_without_a_head_is_found() -> None:
    assert list(rules.silent_heads(Source.parse("signer/core/planted.py", "a = 1\n")))
    assert list(rules.silent_heads(Source.parse("signer/core/planted.py", '"""no sentence"""\na = 1\n')))
    assert not list(rules.silent_heads(Source.parse("signer/core/planted.py", HEAD + "a = 1\n")))


def test_every_rule_is_planted() -> None:
    assert {rule for rule, _, _ in PLANTED} | {rules.silent_heads} == set(RULES)


def test_money_and_purity_rules_know_their_rooms() -> None:
    for rule, bad in ((rules.floats_near_money, "a = 0.5\n"), (rules.ambient_input, "a = open('x')\n")):
        assert not list(rule(Source.parse("signer/camera/child.py", HEAD + bad)))
