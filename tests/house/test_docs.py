"""The documentation: reference pages are what the code says today, and no link leads nowhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from docs.generate import PAGES, REFERENCE, value_of
from signer.core.errors import Bad, Broken, Lock
from signer.core.finding import Code
from signer.core.policyfile import read_policy
from signer.core.rules import Rule
from signer.vault.hardware import read_hardware
from tests.house.rules import ROOT

WRITTEN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES)
def test_the_reference_is_current(page: str) -> None:
    assert (REFERENCE / page).read_text("utf-8") == PAGES[page]() + "\n", "make docs"


def test_every_code_is_explained() -> None:
    told = "".join((REFERENCE / page).read_text("utf-8") for page in PAGES)
    assert not [code for code in (*Bad, *Lock, *Broken) if f"`{code.value}`" not in told]
    assert not [code for code in Code if f"`{code.label}`" not in told]


def anchors(page: Path) -> set[str]:
    """The names a Markdown reader gives to the headings of a page."""
    heads = re.findall(r"^#+ +(.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_leads_nowhere(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_that_the_code_speaks_of_exists() -> None:
    code = [*(ROOT / "signer").rglob("*.py"), *(ROOT / "online_builder").rglob("*.py"), ROOT / "Makefile"]
    named = {page for path in code for page in re.findall(r"docs/[\w/.-]+\.md", path.read_text("utf-8"))}
    assert named
    assert not [page for page in named if not (ROOT / page).exists()]


def test_the_example_of_hardware_is_read(tmp_path: Path) -> None:
    page = (REFERENCE / "hardware.md").read_text("utf-8")
    (tmp_path / "hardware.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    assert read_hardware(tmp_path).pcrs == "sha256:0,7"


def test_every_page_can_be_reached() -> None:
    pages = {page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "adr"}
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in WRITTEN
        for link in LINK.findall(page.read_text("utf-8"))
    }
    assert not pages - linked - {ROOT / "docs" / "index.md"}


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    assert not [page.name for page in (ROOT / "docs" / "adr").glob("0*.md") if f"({page.name})" not in index]


def test_the_policy_on_its_page_is_one_and_holds_every_rule() -> None:
    page = (REFERENCE / "policy.md").read_text("utf-8")
    policy = read_policy(page.partition("```json\n")[2].partition("```")[0].encode())
    names = {rule.name for clause in policy.clauses for rule in clause.rules}
    assert names == set(Rule) - {Rule.FINDINGS, Rule.NO_CLAUSE, Rule.APPROVALS}


def test_a_limit_is_read_as_written() -> None:
    module = ast.parse("2 * 1024 * 1024\n1 << 20\nother")
    assert [value_of(line.value) for line in module.body] == [2 * 1024 * 1024, 1 << 20, None]
