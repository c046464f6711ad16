"""The desk over the real embedded chain: what happens to a request when the world goes its own way meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from online_builder.errors import BuilderError, Trouble
from online_builder.plan.family import Wish
from online_builder.plan.payees import parse_payees
from online_builder.store.values import State
from online_builder.web.pages import overview
from signer.core.envelope import open_sealed
from signer.core.errors import Malformed
from signer.core.request import SpendRequest
from signer.core.spend import Role
from signer.wire.values import Kind, Payload
from tests.online_builder.room import CHAIN, NOBODY, Room, descriptor, open_room, payee, wish


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path) as room:
        room.fund(4)
        yield room


def trouble(call, *arguments, **named) -> Trouble:
    with pytest.raises(BuilderError) as caught:
        call(*arguments, **named)
    assert str(caught.value)
    assert "{" not in str(caught.value)
    return caught.value.trouble


@pytest.mark.parametrize("form", ["wsh({})", "sh(wsh({}))", "sh({})"])
def test_each_script_type_goes_the_whole_way(tmp_path: Path, form: str) -> None:
    with open_room(tmp_path, form) as room:
        room.fund(3)
        request = room.desk.propose("treasury", wish("60", "20"))
        assert len(request.coins) == 2
        assert trouble(room.desk.broadcast, request.id) is Trouble.NOT_COMPLETE
        room.sign(request, 0, 2)
        assert room.desk.broadcast(request.id).request.state is State.BROADCAST
        assert room.desk.broadcast(request.id).confirmations == 0
        room.chain.mine(1, NOBODY)
        assert room.state(request) == "confirmed"
        assert room.desk.holdings("treasury").confirmed.units > 69 * 10**8


def test_every_input_and_change_is_whole_and_change_moves_on(room: Room) -> None:
    first = room.desk.propose("treasury", wish("60"))
    second = room.desk.propose("treasury", wish("60"))
    assert not set(first.coins) & set(second.coins)
    _, account = room.desk.account(room.desk.known("treasury"))
    paths = []
    for request in (first, second):
        report = CHAIN.read(request.draft, ()).inspect(account)
        assert report.signable
        assert all(source.path and source.amount for source in report.spend.sources)
        (change,) = [p for p in report.spend.payments if p.role is Role.CHANGE]
        paths.append(change.path)
    assert paths == [(1, 0), (1, 1)]


def test_the_rate_asked_for_is_the_rate_paid(room: Room) -> None:
    for rate in (1000, 2500, 33_333):
        request = room.desk.propose("treasury", wish("1", rate=rate))
        _, account = room.desk.account(room.desk.known("treasury"))
        paid = CHAIN.read(request.draft, ()).inspect(account).spend.fee_rate
        assert paid is not None
        assert rate <= paid <= rate * 104 // 100
        room.desk.cancel(request.id)


def test_a_request_whose_coin_was_spent_by_another_is_superseded(room: Room) -> None:
    given_up = room.desk.propose("treasury", replace(wish(), sweep_to=CHAIN.lock(payee(9))))
    room.sign(given_up, 0, 1)
    room.desk.cancel(given_up.id)
    later = room.desk.propose("treasury", wish("1"))
    assert room.state(later) == "open"
    room.desk.broadcast(given_up.id)
    assert room.state(later) == "superseded"
    room.sign(later, 0, 1)
    assert trouble(room.desk.broadcast, later.id) is Trouble.NOT_ACCEPTED


def test_a_request_that_somebody_else_sent_moves_on(room: Room) -> None:
    request = room.desk.propose("treasury", wish("1"))
    room.sign(request, 1, 2)
    _, account = room.desk.account(room.desk.known("treasury"))
    final = CHAIN.read(room.desk.store.request(request.id).draft, ()).finish(account)
    room.chain.broadcast(final)
    assert room.state(request) == "broadcast"
    assert room.desk.broadcast(request.id).confirmations == 0
    room.chain.mine(1, NOBODY)
    assert room.state(request) == "confirmed"


def test_a_fee_too_low_is_said_and_nothing_is_lost(room: Room) -> None:
    request = room.desk.propose("treasury", wish("1", rate=500))
    room.sign(request, 0, 1)
    with pytest.raises(BuilderError) as caught:
        room.desk.broadcast(request.id)
    assert "fee-too-low" in str(caught.value)
    assert "higher fee rate" in str(caught.value)
    assert room.desk.store.request(request.id).state is State.OPEN
    assert room.desk.progress(room.desk.store.request(request.id)).complete


def test_a_source_that_is_down_loses_nothing_and_hides_nothing(room: Room) -> None:
    def down(_: object) -> None:
        raise BuilderError(Trouble.BACKEND_DOWN, source="core", why="refused")

    request = room.desk.propose("treasury", wish("1"))
    room.sign(request, 0, 1)
    dark = replace(room.desk, open_source=down)
    (shown,) = dark.watch()
    assert shown.complete
    assert shown.trouble
    assert "core does not answer (refused)" in overview(dark.store.accounts(), [shown])
    assert trouble(dark.broadcast, request.id) is Trouble.BACKEND_DOWN
    assert trouble(dark.propose, "treasury", wish("1")) is Trouble.BACKEND_DOWN
    assert room.desk.broadcast(request.id).request.state is State.BROADCAST


def test_a_wrong_signature_is_not_kept(room: Room) -> None:
    request = room.desk.propose("treasury", wish("1"))
    room.sign(request, 0)
    good = room.desk.store.request(request.id).draft
    spot = good.index(bytes.fromhex("30440220"), len(request.draft) // 2) + 12
    bad = good[:spot] + bytes([good[spot] ^ 1]) + good[spot + 1 :]
    with pytest.raises(Malformed):
        room.desk.collect(Payload(Kind.PSBT, bad))
    assert room.desk.store.request(request.id).draft == good


def test_signatures_for_nothing_of_ours(room: Room) -> None:
    request = room.desk.propose("treasury", wish("1"))
    other = room.desk.propose("treasury", wish("2"))
    room.desk.store._db.execute("DELETE FROM reserved WHERE request = ?", (other.id,))
    room.desk.store._db.execute("DELETE FROM requests WHERE id = ?", (other.id,))
    assert trouble(room.desk.collect, Payload(Kind.PSBT, other.draft)) is Trouble.NO_REQUEST
    assert room.desk.collect(Payload(Kind.PSBT, request.draft)).signed == ()


def test_what_cannot_be_paid(room: Room) -> None:
    assert trouble(room.desk.propose, "treasury", wish("1000")) is Trouble.NO_FUNDS
    assert trouble(room.desk.propose, "treasury", wish("0.00000100")) is Trouble.CANNOT_BUILD
    assert trouble(room.desk.propose, "nobody", wish("1")) is Trouble.NO_ACCOUNT
    room.chain.mine(1, CHAIN.lock(room.desk.address("treasury")[1]))
    assert room.desk.holdings("treasury").waiting.units == 50 * 10**8  # a young coinbase
    assert trouble(room.desk.propose, "treasury", wish("220")) is Trouble.NO_FUNDS


def test_sweep_moves_everything_in_lots_largest_first(room: Room) -> None:
    room.desk.add_account(CHAIN, descriptor(account=1), "cold", "embedded:")
    paid = room.desk.propose("treasury", wish("10"))
    room.sign(paid, 0, 1)
    room.desk.broadcast(paid.id)
    room.chain.mine(1, NOBODY)
    held = room.desk.holdings("treasury")
    requests = room.desk.sweep("treasury", "cold", wish(), 3)
    assert [len(r.coins) for r in requests] == [3, 1]
    units = {coin.outpoint: coin.units for coin in held.coins}
    assert min(units[c] for c in requests[0].coins) > max(units[c] for c in requests[1].coins)
    assert room.desk.holdings("treasury").confirmed.units == 0
    assert trouble(room.desk.sweep, "treasury", "cold", wish(), 3) is Trouble.NO_FUNDS
    for request in requests:
        room.sign(request, 1, 2)
        room.desk.broadcast(request.id)
    room.chain.mine(1, NOBODY)
    moved = room.desk.holdings("cold")
    assert len({coin.script for coin in moved.coins}) == 2
    assert held.confirmed.units - 10_000 < moved.confirmed.units < held.confirmed.units
    for into in ("treasury", "nobody"):
        with pytest.raises(BuilderError):
            room.desk.sweep("treasury", into, wish(), 3)


def test_a_coin_not_worth_its_fee_stays(room: Room) -> None:
    room.desk.add_account(CHAIN, descriptor(account=1), "cold", "embedded:")
    requests = room.desk.sweep("treasury", "cold", wish(rate=10_000_000), 10)
    assert sum(len(r.coins) for r in requests) == 4
    for request in requests:
        room.desk.cancel(request.id)
    _, own = room.desk.address("treasury")
    small = room.desk.propose("treasury", Wish(parse_payees([f"{own}:0.00001"], CHAIN), 2000))
    room.sign(small, 0, 1)
    room.desk.broadcast(small.id)
    room.chain.mine(1, NOBODY)
    assert len(room.desk.holdings("treasury").coins) == 5
    (request,) = room.desk.sweep("treasury", "cold", wish(rate=20_000), 10)
    assert len(request.coins) == 4
    room.desk.cancel(request.id)
    assert trouble(room.desk.sweep, "treasury", "cold", wish(rate=50_000_000_000), 10) is Trouble.NO_FUNDS


def test_addresses_are_handed_out_once_and_not_too_far(room: Room) -> None:
    handed = [room.desk.address("treasury", fresh=True) for _ in range(3)]
    assert [index for index, _ in handed] == [4, 5, 6]
    assert room.desk.address("treasury") == handed[-1]
    assert room.desk.address("treasury", index=40)[0] == 40
    assert room.desk.address("treasury", fresh=True)[0] == 41
    for far in (-1, 5000):
        with pytest.raises(Malformed):
            room.desk.address("treasury", index=far)


def test_a_payment_beyond_the_gap_is_found_once_its_address_was_asked_for(room: Room) -> None:
    before = len(room.desk.holdings("treasury").coins)
    _, address = room.desk.address("treasury", index=300)
    room.chain.mine(1, CHAIN.lock(address))
    assert len(room.desk.holdings("treasury").coins) == before + 1


def test_the_request_carries_what_the_desk_keeps(room: Room) -> None:
    request = room.desk.propose("treasury", wish("1"))
    read = SpendRequest.from_bytes(open_sealed(request.sealed).payload)
    assert read.digest == request.digest
    assert (read.sequence, read.expires - read.created) == (request.sequence, 24 * 3600)
    assert CHAIN.read(read.payload, read.proofs).txid == CHAIN.read(request.draft, ()).txid
    assert len(read.payload) < len(request.draft)
