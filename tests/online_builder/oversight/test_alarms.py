"""Spends on the embedded chain that this builder knows of, and those that somebody else made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from embit.psbt import PSBT

from online_builder.errors import BuilderError, Trouble
from online_builder.store.watched import AlarmKind, Owner, Tag, Temperature
from signer.wire.values import Kind, Payload
from tests.online_builder.room import CHAIN, NOBODY, ROOTS, Room, descriptor, open_room, wish


@pytest.fixture(params=["wsh({})", "sh(wsh({}))", "sh({})"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path, request.param) as room:
        room.fund(3)
        yield room


@pytest.fixture
def thief(room: Room, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Room]:
    """Another builder on the same chain, with the same account: somebody who has two of the keys."""
    form = request.node.callspec.params["room"]
    with open_thief(tmp_path / "thief", room, form) as thief:
        yield thief


def open_thief(folder: Path, room: Room, form: str):
    context = open_room(folder, form)

    class Opened:
        def __enter__(self) -> Room:
            own = context.__enter__()
            desk = replace(own.desk, open_source=lambda _: room.chain)
            return Room(desk, room.chain)

        def __exit__(self, *error: object) -> None:
            context.__exit__(*error)

    return Opened()


def test_a_spend_that_somebody_else_made(room: Room, thief: Room) -> None:
    assert room.desk.oversee().alarms == ()
    stolen = thief.desk.propose("treasury", wish("60"))
    thief.sign(stolen, 0, 1)
    txid = thief.desk.broadcast(stolen.id).request.txid
    (alarm,) = room.desk.oversee().open
    assert (alarm.kind, alarm.subject, alarm.account) == (AlarmKind.SPEND_UNKNOWN, txid, "treasury")
    room.chain.mine(1, NOBODY)
    assert room.desk.oversee().open == (alarm,)
    (spend,) = room.desk.store.oversight.spends()
    assert (spend.height, spend.at) == (104, room.chain.snapshot([NOBODY]).time)
    assert thief.desk.oversee().alarms == ()


def test_our_own_spends_are_explained(room: Room) -> None:
    for mined in range(2):
        request = room.desk.propose("treasury", wish("10"))
        room.sign(request, 0, 2)
        room.desk.broadcast(request.id)
        room.chain.mine(mined, NOBODY)
        assert room.desk.oversee().alarms == ()
    given_up = room.desk.propose("treasury", wish("10"))
    room.sign(given_up, 0, 1)
    room.desk.cancel(given_up.id)
    room.desk.broadcast(given_up.id)
    assert room.desk.oversee().alarms == ()
    assert len(room.desk.store.oversight.spends()) == 3


def test_ours_sent_with_signatures_that_never_came_back(room: Room) -> None:
    request = room.desk.propose("treasury", wish("10"))
    psbt = PSBT.parse(request.draft)
    for number in (0, 1):
        psbt.sign_with(ROOTS[number])
    _, account = room.desk.account(room.desk.known("treasury"))
    room.chain.broadcast(CHAIN.read(psbt.serialize(), ()).finish(account))
    (alarm,) = room.desk.oversee().open
    assert alarm.kind is AlarmKind.SPEND_UNSIGNED
    room.desk.collect(Payload(Kind.PSBT, psbt.serialize()))
    assert room.desk.oversee().open == ()
    assert "later" in room.desk.oversee().alarms[0].settled_why


def test_somebody_answers_for_an_alarm_and_it_stays_on_record(room: Room, thief: Room) -> None:
    stolen = thief.desk.propose("treasury", wish("60"))
    thief.sign(stolen, 0, 1)
    txid = thief.desk.broadcast(stolen.id).request.txid
    room.desk.oversee()
    book = room.desk.store.oversight
    assert book.settle("ff" * 32, "Chie", "a test") == 0
    assert book.settle(txid, "Chie", "moved by hand on 3 May") == 1
    seen = room.desk.oversee()
    assert (seen.open, seen.alarms[0].settled_by) == ((), "Chie")


def test_an_account_nobody_can_see_is_named(room: Room) -> None:
    def down(_: object) -> None:
        raise BuilderError(Trouble.BACKEND_DOWN, source="core", why="refused")

    class Mute:
        chain = room.chain.chain

    assert replace(room.desk, open_source=down).oversee().blind[0][1].startswith("core does not answer")
    (blind,) = replace(room.desk, open_source=lambda _: Mute()).oversee().blind
    assert blind == ("treasury", "its source does not tell what was spent")


def tag(room: Room, name: str, owner: Owner) -> None:
    room.desk.store.oversight.tag(Tag(name, Temperature.COLD, owner))


def test_customers_and_own_funds_never_meet(tmp_path: Path) -> None:
    with open_room(tmp_path) as room:
        room.fund(2)
        room.desk.add_account(CHAIN, descriptor(account=1), "house", "embedded:")
        _, address = room.desk.address("house", index=15)
        stranger = wish("1").payees[0]
        house = replace(stranger, address=address, script=CHAIN.lock(address))
        mixed = replace(wish("1"), payees=(stranger, house))
        room.desk.cancel(room.desk.propose("treasury", mixed).id)  # nobody has said whose they are
        tag(room, "treasury", Owner.CUSTOMER)
        room.desk.cancel(room.desk.propose("treasury", mixed).id)
        tag(room, "house", Owner.OWN)
        everything = replace(wish(), sweep_to=CHAIN.lock(address))
        for forbidden in (mixed, everything):
            with pytest.raises(BuilderError) as caught:
                room.desk.propose("treasury", forbidden)
            assert caught.value.trouble is Trouble.MIXED
            assert "customer funds with own funds: house" in str(caught.value)
        with pytest.raises(BuilderError) as caught:
            room.desk.sweep("treasury", "house", wish(), 10)
        assert caught.value.trouble is Trouble.MIXED
        assert not room.desk.store.reserved()
        tag(room, "house", Owner.CUSTOMER)
        room.desk.cancel(room.desk.propose("treasury", mixed).id)


def test_a_coin_taken_meanwhile_is_chosen_again(tmp_path: Path) -> None:
    with open_room(tmp_path) as room:
        room.fund(2)
        other: list[str] = []

        def now() -> int:
            """Another process proposes while this one builds."""
            if not other:
                other.append("")
                other[0] = room.desk.propose("treasury", wish("30")).id
            return room.desk.now()

        request = replace(room.desk, now=now).propose("treasury", wish("30"))
        theirs = room.desk.store.request(other[0])
        assert not set(request.coins) & set(theirs.coins)
