"""NEM at the builder's desk: from an account that becomes multisig to payments, changed keys, and a node that lies."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from online_builder.backends.registry import open_backend
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.family import Wish
from online_builder.plan.payees import parse_payees
from signer.core.errors import Refused
from signer.core.known import Known, KnownAsset
from tests.online_builder.nem_room import CHAIN, PAYEE, START, Room, open_room, pay, terms
from tests.vectors import nem_workshop as w


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path) as opened:
        yield opened


@pytest.fixture
def vault(room: Room) -> Room:
    """Multisig, 2 of 3."""
    room.convert()
    return room


def trouble(caught: pytest.ExceptionInfo[BuilderError]) -> Trouble:
    return caught.value.trouble


def test_an_account_becomes_multisig_with_everybodys_consent(room: Room) -> None:
    with pytest.raises(BuilderError, match="not multisig yet"):
        room.desk.propose("treasury", pay("1"))
    request = room.desk.change("treasury", "", Wish(()))
    room.sign(request, w.VAULT, w.AIKO, w.BEN)
    progress = room.desk.progress(room.desk.store.request(request.id))
    assert (len(progress.signed), progress.threshold, progress.complete) == (3, 4, False)
    with pytest.raises(BuilderError) as caught:
        room.desk.broadcast(request.id)
    assert trouble(caught) is Trouble.NOT_COMPLETE
    room.sign(request, w.CHIE)
    room.desk.broadcast(request.id)
    room.node.mine()
    holder = room.node.holder(room.vault)
    assert (set(holder.cosigners), holder.minimum) == ({key.public for key in w.COSIGNERS}, 2)
    assert room.state(request) == "confirmed"
    with pytest.raises(BuilderError, match="multisig already"):
        room.desk.change("treasury", "", Wish(()))


def test_a_payment_all_the_way_and_announced_twice(vault: Room) -> None:
    before = vault.desk.holdings("treasury").confirmed.units
    request = vault.desk.propose("treasury", pay("250000", message="invoice 17"))
    taken = 250_000_000_000 + 26 * 50_000 + 2 * 150_000
    assert vault.desk.holdings("treasury").reserved.units == taken
    vault.sign(request, w.AIKO, w.CHIE)
    assert vault.desk.broadcast(request.id).confirmations == 0
    announced = vault.node.announced
    assert vault.desk.broadcast(request.id).confirmations == 0
    assert vault.node.announced == announced  # what waits there is not told again
    assert vault.state(request) == "broadcast"
    vault.node.mine()
    assert vault.desk.broadcast(request.id).confirmations == 1
    assert vault.state(request) == "confirmed"
    held = vault.desk.holdings("treasury")
    assert (held.confirmed.units, held.reserved.units, held.waiting.units) == (before - taken, 0, 0)
    assert vault.node.holder(PAYEE).balance == 250_000_000_000


def test_a_broadcast_that_broke_off_goes_on(vault: Room) -> None:
    request = vault.desk.propose("treasury", pay("5"))
    vault.sign(request, w.AIKO, w.CHIE)
    draft = CHAIN.read(vault.desk.store.request(request.id).draft, ())
    first = next(s for s in draft.signatures if s.index == 0)
    assert vault.node.announce(draft.outer.to_bytes(), first.data)["message"] == "SUCCESS"
    vault.node.mine()  # not complete: nothing moves
    assert vault.node.holder(PAYEE).balance == 0
    vault.desk.broadcast(request.id)
    vault.node.mine()
    assert vault.node.holder(PAYEE).balance == 5_000_000


def test_two_cosignatures_without_the_initiator_are_not_complete(vault: Room) -> None:
    request = vault.desk.propose("treasury", pay("5", initiator="00000001"))
    vault.sign(request, w.BEN, w.CHIE)
    progress = vault.desk.progress(vault.desk.store.request(request.id))
    assert not progress.complete
    with pytest.raises(BuilderError) as caught:
        vault.desk.broadcast(request.id)
    assert trouble(caught) is Trouble.NOT_COMPLETE
    vault.sign(request, w.AIKO)
    vault.desk.broadcast(request.id)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_initiator_can_be_chosen(vault: Room, number: int) -> None:
    request = vault.desk.propose("treasury", pay("5", initiator=f"{number:08x}"))
    draft = CHAIN.read(request.draft, ())
    assert draft.outer.head.signer == w.COSIGNERS[number - 1].public


def test_cosignatories_and_threshold_change_later(vault: Room) -> None:
    """STRANGER comes for CHIE, and then all three of them must sign: two changes, each from an enrolled state."""
    vault.desk.add_account(CHAIN, terms(2, w.AIKO, w.BEN, w.STRANGER), "treasury-2", f"nis:{vault.url}")
    vault.desk.add_account(CHAIN, terms(3, w.AIKO, w.BEN, w.STRANGER), "treasury-3", f"nis:{vault.url}")
    for name, into, signers in (
        ("treasury", "treasury-2", (w.AIKO, w.BEN)),
        ("treasury-2", "treasury-3", (w.AIKO, w.STRANGER)),
    ):
        request = vault.desk.change(name, into, Wish(()))
        vault.sign(request, *signers)
        vault.desk.broadcast(request.id)
        vault.node.mine()
        assert vault.state(request) == "confirmed"
    holder = vault.node.holder(vault.vault)
    assert (set(holder.cosigners), holder.minimum) == ({k.public for k in (w.AIKO, w.BEN, w.STRANGER)}, 3)
    with pytest.raises(BuilderError, match="other cosignatories"):
        vault.desk.propose("treasury", pay("1"))
    request = vault.desk.propose("treasury-3", pay("1"))
    vault.sign(request, w.AIKO, w.BEN, w.STRANGER)
    vault.desk.broadcast(request.id)
    vault.node.mine()
    assert vault.node.holder(PAYEE).balance == 1_000_000


def test_who_is_taken_out_has_no_say_in_it(vault: Room) -> None:
    vault.desk.add_account(CHAIN, terms(2, w.AIKO, w.BEN), "treasury-2", f"nis:{vault.url}")
    request = vault.desk.change("treasury", "treasury-2", Wish(()))
    with pytest.raises(BuilderError, match="no cosignatory"):
        vault.desk.change("treasury", "treasury-2", Wish((), initiator="00000003"))
    vault.sign(request, w.AIKO, w.CHIE)
    assert not vault.desk.progress(vault.desk.store.request(request.id)).complete
    vault.sign(request, w.BEN)
    vault.desk.broadcast(request.id)
    vault.node.mine()
    assert set(vault.node.holder(vault.vault).cosigners) == {w.AIKO.public, w.BEN.public}


def test_everything_is_moved_but_the_fees(vault: Room) -> None:
    vault.desk.add_account(CHAIN, terms().replace(w.VAULT.public.hex(), w.PAYEE.public.hex()), "cold", "nis:")
    (request,) = vault.desk.sweep("treasury", "cold", Wish((), initiator="00000001"), 100)
    vault.sign(request, w.AIKO, w.BEN)
    vault.desk.broadcast(request.id)
    vault.node.mine()
    assert vault.node.holder(vault.vault).balance == 0
    assert vault.node.holder(PAYEE).balance == 1_000_000_000_000 - 500_000 - 300_000 - 1_250_000


@pytest.mark.parametrize("ends", ["confirmed", "late"])
def test_what_is_over_holds_no_money(vault: Room, ends: str) -> None:
    """Nobody asked for the status in between: what is paid already, or never will be, is not taken off again."""
    before = vault.desk.holdings("treasury").confirmed.units
    request = vault.desk.propose("treasury", pay("250000", lifetime=3600))
    cost = vault.desk.holdings("treasury").reserved.units
    vault.sign(request, w.AIKO, w.BEN)
    if ends == "confirmed":
        vault.desk.broadcast(request.id)
        vault.node.mine()
    else:
        vault.clock.at += 3700
    held = vault.desk.holdings("treasury")
    assert held.reserved.units == 0
    assert held.confirmed.units == before - (cost if ends == "confirmed" else 0)


def test_a_request_past_its_deadline_is_over(vault: Room) -> None:
    request = vault.desk.propose("treasury", pay("5", lifetime=3600))
    vault.sign(request, w.AIKO, w.BEN)
    vault.clock.at += 3700
    with pytest.raises(BuilderError) as caught:
        vault.desk.broadcast(request.id)
    assert trouble(caught) is Trouble.NOT_ACCEPTED
    assert vault.state(request) == "superseded"
    assert vault.desk.holdings("treasury").reserved.units == 0


@pytest.mark.parametrize(
    ("wish", "match"),
    [
        (pay("2000000"), "needed with the fees"),
        (pay("5", fee_rate=1000), "no fee rate"),
        (pay("5", initiator="deadbeef"), "no cosignatory"),
        (pay("5", message="x" * 1025), "longer than"),
    ],
)
def test_what_cannot_be_built_says_why(vault: Room, wish: Wish, match: str) -> None:
    with pytest.raises(BuilderError, match=match):
        vault.desk.propose("treasury", wish)


def test_open_requests_share_one_balance(vault: Room) -> None:
    vault.desk.propose("treasury", pay("900000"))
    with pytest.raises(BuilderError, match="needed with the fees"):
        vault.desk.propose("treasury", pay("900000"))


def test_a_node_with_another_clock_is_not_built_on(vault: Room) -> None:
    vault.node.clock = lambda: START + 3600
    with pytest.raises(BuilderError, match="clock is 3600 seconds off"):
        vault.desk.propose("treasury", pay("5"))


def test_a_wrong_signature_never_reaches_the_node(vault: Room) -> None:
    """A node would hold it against the right one for ten minutes."""
    request = vault.desk.propose("treasury", pay("5"))
    vault.sign(request, w.AIKO, w.BEN)
    draft = CHAIN.read(vault.desk.store.request(request.id).draft, ())
    final = draft.finish(vault.desk.account(vault.desk.known("treasury"))[1])
    source = open_backend(f"nis:{vault.url}", Path(), CHAIN.network.chain)
    announced = vault.node.announced
    with pytest.raises(BuilderError, match="does not verify"):
        source.broadcast(final[:-1] + bytes([final[-1] ^ 1]))
    assert vault.node.announced == announced
    bad = bytes(64)
    assert vault.node.announce(draft.outer.to_bytes(), bad)["message"] == "FAILURE_SIGNATURE_NOT_VERIFIABLE"
    with pytest.raises(BuilderError, match="NOT_VERIFIABLE"):
        source.broadcast(final)
    vault.clock.at += 601
    source.broadcast(final)


def test_a_change_to_keys_nobody_enrolled_is_refused_by_the_appliance(vault: Room) -> None:
    vault.desk.add_account(CHAIN, terms(2, w.AIKO, w.BEN, w.STRANGER), "treasury-2", f"nis:{vault.url}")
    request = vault.desk.change("treasury", "treasury-2", Wish(()))
    account = vault.desk.account(vault.desk.known("treasury"))[1]
    with pytest.raises(Refused) as caught:
        CHAIN.read(request.draft, ()).tasks(account, frozenset({b"\0\0\0\1"}))
    assert {f.code.label for f in caught.value.findings} == {"cosignatory-foreign", "account-state-unknown"}


def test_a_mosaic_all_the_way(vault: Room) -> None:
    vault.node.definitions["dim:coin"] = {"divisibility": 3, "supply": 9_000_000}
    vault.node.holder(vault.vault).mosaics["dim:coin"] = 200_000
    assert [str(amount) for amount in vault.desk.holdings("treasury").assets] == ["200.000 dim:coin"]
    asset = vault.desk.asset("treasury", "dim:coin")
    payees = parse_payees([f"{PAYEE}:150"], CHAIN, asset)
    request = vault.desk.propose("treasury", Wish(payees, initiator="00000001"))
    draft = CHAIN.read(request.draft, ())
    assert draft.outer.inner.head.fee == 150_000  # the example of NIS's own documentation: 0.15 XEM
    known = Known(assets=(KnownAsset("dim:coin", 3, 9_000_000),))
    vault.sign(request, w.AIKO, w.CHIE, known=known)
    vault.desk.broadcast(request.id)
    vault.node.mine()
    assert vault.node.holder(PAYEE).mosaics == {"dim:coin": 150_000}
    with pytest.raises(BuilderError, match="not as much of dim:coin"):
        vault.desk.propose("treasury", Wish(payees))
    with pytest.raises(BuilderError, match="no dim:other"):
        vault.desk.asset("treasury", "dim:other")


ANSWERS = {
    "/heartbeat": {"code": 1, "type": 2, "message": "ok"},
    "/node/info": {"metaData": {"networkId": -104}},
    "/chain/height": {"height": 5},
    "/time-sync/network-time": {"receiveTimeStamp": 350_000_000_000},
    "/account/get": {"account": {"balance": 5}, "meta": {"cosignatories": []}},
    "/account/unconfirmedTransactions": {"data": []},
    "/account/mosaic/owned": {"data": []},
}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/node/info", {"metaData": {"networkId": 104}}, Trouble.BACKEND_WRONG_CHAIN),
        ("/node/info", {"metaData": []}, Trouble.BACKEND_GARBLED),
        ("/heartbeat", {"code": 0}, Trouble.BACKEND_FAILED),
        ("/chain/height", {"height": "5"}, Trouble.BACKEND_GARBLED),
        ("/chain/height", {"height": True}, Trouble.BACKEND_GARBLED),
        ("/chain/height", {"height": 1.5}, Trouble.BACKEND_GARBLED),
        ("/time-sync/network-time", {"receiveTimeStamp": -1}, Trouble.BACKEND_GARBLED),
        ("/time-sync/network-time", {"receiveTimeStamp": 10**30}, Trouble.BACKEND_GARBLED),
        ("/account/get", {"account": {"balance": 10**17}, "meta": {}}, Trouble.BACKEND_GARBLED),
        (
            "/account/get",
            {"account": {"balance": 5}, "meta": {"cosignatories": [{}]}},
            Trouble.BACKEND_GARBLED,
        ),
        (
            "/account/get",
            {"account": {"balance": 5}, "meta": {"cosignatories": ["x"] * 99}},
            Trouble.BACKEND_GARBLED,
        ),
        ("/account/unconfirmedTransactions", {"data": {}}, Trouble.BACKEND_GARBLED),
        ("/account/unconfirmedTransactions", {"data": [1]}, Trouble.BACKEND_GARBLED),
        ("/account/get", b"[" * 100_000, Trouble.BACKEND_GARBLED),
        ("/account/get", b"\xff\xfe", Trouble.BACKEND_GARBLED),
        ("/account/get", b"x" * (9 * 1024 * 1024), Trouble.BACKEND_GARBLED),
        ("/account/get", 500, Trouble.BACKEND_FAILED),
        ("/account/get", 404, Trouble.BACKEND_GARBLED),
    ],
)
def test_a_hostile_node(path: str, body: object, expected: Trouble) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at = self.path.split("?")[0]
            found = body if at == path else ANSWERS[at]
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(found if isinstance(found, int) else 200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        source = open_backend(f"nis:http://127.0.0.1:{server.server_port}", Path(), CHAIN.network.chain)
        with pytest.raises(BuilderError) as caught:
            source.standing(PAYEE)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert trouble(caught) is expected
    assert str(caught.value)


def test_a_node_that_is_not_there() -> None:
    source = open_backend("nis:http://127.0.0.1:9", Path(), CHAIN.network.chain)
    with pytest.raises(BuilderError) as caught:
        source.standing(PAYEE)
    assert trouble(caught) is Trouble.BACKEND_DOWN
