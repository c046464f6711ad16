"""What is announced is what npm nem-sdk makes of it: the same bytes, and signatures that it verifies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from online_builder.plan.family import Wish
from online_builder.plan.payees import parse_payees
from signer.core import codec
from signer.core.known import Known, KnownAsset
from tests.online_builder.nem_room import CHAIN, PAYEE, Room, open_room, pay, terms
from tests.oracles.node.ask import ask_nem
from tests.stage.nis_server import told
from tests.vectors import nem_workshop as w

pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path) as opened:
        yield opened


def announced(room: Room, request_id: str) -> list[dict]:
    final = room.desk.store.request(request_id).final
    return [told(room.node, data, signature) for data, signature in codec.decode(final)]


def test_everything_that_is_announced(room: Room) -> None:
    rows = []
    room.desk.add_account(CHAIN, terms(3, w.AIKO, w.BEN, w.CHIE, w.STRANGER), "wider", f"nis:{room.url}")
    first = Wish((), initiator="00000001")
    for name, into, wish, keys in (
        ("treasury", "", first, (w.VAULT, *w.COSIGNERS)),
        ("treasury", None, pay("250000", message="請求書 17"), (w.AIKO, w.BEN)),
        ("treasury", None, pay("0.000001"), (w.AIKO, w.CHIE)),
        ("treasury", "wider", first, (w.AIKO, w.CHIE)),
        ("wider", None, pay("5"), (w.AIKO, w.CHIE, w.STRANGER)),
    ):
        desk = room.desk
        request = desk.propose(name, wish) if into is None else desk.change(name, into, wish)
        room.sign(request, *keys)
        desk.broadcast(request.id)
        room.node.mine()
        assert room.state(request) == "confirmed"
        rows += announced(room, request.id)
    assert len(rows) == 1 + 2 + 2 + 2 + 3
    room.node.definitions["dim:coin"] = {"divisibility": 3, "supply": 9_000_000}
    room.node.holder(room.vault).mosaics["dim:coin"] = 200_000
    payees = parse_payees([f"{PAYEE}:150"], CHAIN, room.desk.asset("wider", "dim:coin"))
    request = room.desk.propose("wider", Wish(payees, initiator="00000001"))
    known = Known(assets=(KnownAsset("dim:coin", 3, 9_000_000),))
    room.sign(request, w.AIKO, w.CHIE, w.STRANGER, known=known)
    room.desk.broadcast(request.id)
    rows += announced(room, request.id)
    assert ask_nem(rows) == [True] * len(rows)
    bent = [{**row, "signature": "00" + row["signature"][2:]} for row in rows]
    assert True not in ask_nem(bent)
    other = [{**row, "entity": {**row["entity"], "fee": row["entity"]["fee"] + 1}} for row in rows]
    assert True not in ask_nem(other)
