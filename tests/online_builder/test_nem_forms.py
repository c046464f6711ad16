"""One address under several names: what an account was, what it is, and what it is to become."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from online_builder.cli.run import run
from online_builder.plan.family import Wish
from tests.online_builder.nem_room import CHAIN, Room, open_room, pay, terms
from tests.vectors import nem_workshop as w


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[Room]:
    """Paid from, and then given STRANGER for CHIE, under another name."""
    with open_room(tmp_path) as room:
        room.convert()
        spend(room, "treasury", w.AIKO, w.BEN)
        room.desk.add_account(CHAIN, terms(2, w.AIKO, w.BEN, w.STRANGER), "treasury-2", f"nis:{room.url}")
        request = room.desk.change("treasury", "treasury-2", Wish(()))
        room.sign(request, w.AIKO, w.BEN)
        room.desk.broadcast(request.id)
        room.node.mine()
        spend(room, "treasury-2", w.BEN, w.STRANGER)
        yield room


def spend(room: Room, name: str, *keys: w.Key) -> None:
    room.clock.at += 60
    initiator = f"{w.COSIGNERS.index(keys[0]) + 1:08x}"
    request = room.desk.propose(name, pay("1000", initiator=initiator))
    room.sign(request, *keys)
    room.desk.broadcast(request.id)
    room.node.mine()


def say(room: Room, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    status = run(list(map(str, words)), lambda _: nullcontext(room.desk), lambda *_: pytest.fail("no page"))
    return status, capsys.readouterr().out


def test_what_one_form_asked_for_raises_no_alarm_for_another(changed: Room) -> None:
    assert not changed.desk.oversee().open
    assert {seen.account for seen in changed.desk.store.oversight.spends()} == {"treasury", "treasury-2"}
    assert len(changed.desk.store.oversight.spends()) == 4


def test_a_spend_that_none_asked_for_raises_one(changed: Room) -> None:
    request = changed.desk.propose("treasury-2", pay("7", initiator="00000001"))
    changed.sign(request, w.AIKO, w.BEN)
    changed.desk.broadcast(request.id)
    changed.desk.store._db.execute("DELETE FROM reserved WHERE request = ?", (request.id,))
    changed.desk.store._db.execute("DELETE FROM requests WHERE id = ?", (request.id,))
    assert len(changed.desk.oversee().open) == 1


def test_the_money_is_counted_once(changed: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("treasury", "treasury-2"):
        assert say(changed, capsys, "tag", name, "cold", "customer")[0] == 0
    _, text = say(changed, capsys, "report", "day", "--json")
    document = json.loads(text)
    assert [(row["place"], row["units"]) for row in document["held"]] == [
        ("treasury-2", changed.node.holder(changed.vault).balance)
    ]


@pytest.mark.parametrize(("name", "current"), [("treasury", False), ("treasury-2", True)])
def test_a_balance_says_whose_keys_the_chain_has(
    changed: Room, name: str, current: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text = say(changed, capsys, "balance", name)
    assert ("Careful" not in text) is current
