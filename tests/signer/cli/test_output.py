"""What `review` prints for people: verdict, which rule decided, what is needed; nothing that moves a terminal."""

from __future__ import annotations

import pytest

from signer.ceremony.examine import examine
from signer.cli.output import Output
from signer.core.policy import Clause, Policy, Tier
from signer.core.rules import Rule, Window
from signer.core.words import Language
from signer.wire.values import Kind, Payload
from tests.signer.tui.ports_simulator import FixedPolicies, World, payment


@pytest.mark.parametrize(("count", "allowed"), [(5, True), (0, False)])
def test_the_rule_that_decided_and_the_officers_needed_are_said(count: int, allowed: bool) -> None:
    rules = (Window(3600, 10**12, count),)
    world = World(policies=FixedPolicies(Policy(1, (Clause("*", rules, (Tier(0, 3),)),))))
    examined = examine(world.bench.desk, Payload(Kind.PSBT, payment()))
    assert examined.verdict.allowed is allowed
    _, lines = Output(False, Language.EN).report(examined)
    decided = Rule.APPROVALS if allowed else Rule.WINDOW
    assert f"Decided    {decided}" in lines
    assert ("Needed     3 officers of this device, or more" in lines) is allowed


def test_a_line_from_outside_does_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output(False, Language.EN).tell({}, ["Message    \x1b[2Jpay\rme\u202e", "one\ntwo"])
    assert capsys.readouterr().out == "Message    ·[2Jpay·me·\none\ntwo\n"
