"""A NIS1 node as it is in the field: what it leaves unnamed, forgets in a day and a half, or is sent by strangers."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from online_builder.backends.registry import open_backend
from online_builder.backends.rest import Rest
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.family import Wish
from signer.core.finding import Code
from tests.online_builder.nem_room import CHAIN, PAYEE, Room, open_room, pay, terms
from tests.stage.nis_server import Entity, parse
from tests.vectors import nem_workshop as w

WATCHED = 40 * 3600  # seconds: longer than a node remembers hashes


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Room]:
    """Multisig, 2 of 3."""
    with open_room(tmp_path) as room:
        room.convert()
        yield room


def transfer(
    room: Room, signer: w.Key, to: str, amount: int, mosaics: tuple[bytes, ...] | None = None
) -> bytes:
    version = 1 if mosaics is None else 2
    body = w.head(0x0101, signer, 100_000, version=version, made=room.node.now())
    body += w.sized(to.encode()) + struct.pack("<Q", amount) + w.sized(w.message(b"hello"))
    return body if mosaics is None else body + struct.pack("<I", len(mosaics)) + b"".join(mosaics)


def announce(room: Room, signer: w.Key, data: bytes) -> None:
    room.node.of_key(signer.public).balance += 10_000_000_000
    assert room.node.announce(data, signer.sign(data))["message"] == "SUCCESS"


def paid(room: Room) -> str:
    request = room.desk.propose("treasury", pay("5"))
    room.sign(request, w.AIKO, w.CHIE)
    room.desk.broadcast(request.id)
    return request.id


def state(room: Room, request_id: str) -> str:
    return next(p.request.state.value for p in room.desk.watch() if p.request.id == request_id)


def crowd(room: Room, count: int) -> None:
    """So many confirmed payments of strangers to the account, newer than anything else."""
    for number in range(count):
        entity = parse(transfer(room, w.STRANGER, room.vault, number + 1))
        entity.height, entity.mined_at = room.node.height, room.node.clock()
        room.node.chain[entity.hash] = entity
        entity.id = 1_000 + len(room.node.chain)


def test_a_stranger_s_payment_that_waits_stops_nothing(vault: Room) -> None:
    """NIS names only multisig transactions while they wait."""
    announce(vault, w.STRANGER, transfer(vault, w.STRANGER, vault.vault, 7_000_000))
    assert vault.desk.holdings("treasury").waiting.units == 7_000_000
    request_id = paid(vault)
    assert state(vault, request_id) == "broadcast"
    assert not vault.desk.oversee().open
    vault.node.mine()
    assert state(vault, request_id) == "confirmed"


def test_an_empty_list_of_mosaics_is_a_payment_of_xem(vault: Room) -> None:
    announce(vault, w.STRANGER, transfer(vault, w.STRANGER, vault.vault, 7_000_000, ()))
    assert vault.desk.holdings("treasury").waiting.units == 7_000_000


def test_a_conversion_that_waits_is_known_by_its_hash(tmp_path: Path) -> None:
    with open_room(tmp_path) as room:
        request = room.desk.change("treasury", "", Wish(()))
        room.sign(request, w.VAULT, *w.COSIGNERS)
        assert room.desk.broadcast(request.id).confirmations == 0
        announced = room.node.announced
        assert room.desk.broadcast(request.id).confirmations == 0
        assert room.node.announced == announced
        assert not room.desk.oversee().open


def test_a_payment_past_our_requests_alarms_while_it_waits(tmp_path: Path) -> None:
    """With a message and mosaics, before the account is multisig: NIS gives no hash, so it is computed."""
    with open_room(tmp_path) as room:
        room.node.definitions["dim:coin"] = {"divisibility": 3, "supply": 9_000_000}
        room.node.holder(room.vault).mosaics["dim:coin"] = 5
        data = transfer(room, w.VAULT, PAYEE, 1_000_000, (w.mosaic(b"dim", b"coin", 5),))
        announce(room, w.VAULT, data)
        (alarm,) = room.desk.oversee().open
        room.node.mine()
        assert [a.subject for a in room.desk.oversee().open] == [alarm.subject]
        assert w.keccak(data).hex() in alarm.subject


@pytest.mark.parametrize("features", [1, 0])
def test_what_was_mined_before_the_node_forgot_its_hash(vault: Room, features: int) -> None:
    vault.node.features = features
    vault.desk.open_source(vault.desk.known(""))._checked = False  # type: ignore[attr-defined]
    request_id = paid(vault)
    vault.node.mine()
    crowd(vault, 250)
    vault.clock.at += WATCHED
    assert state(vault, request_id) == "confirmed"
    source = open_backend(f"nis:{vault.url}", Path(), CHAIN.network.chain)
    assert len(source.spends_of(vault.vault)) == 2  # the conversion, and that


def test_a_node_whose_pages_go_round(vault: Room) -> None:
    crowd(vault, 30)
    page = vault.node._page

    def round_and_round(address: str, query: dict[str, str]) -> list[Entity]:
        return page(address, {})

    vault.node._page = round_and_round  # type: ignore[method-assign]
    with pytest.raises(BuilderError, match="round in a circle"):
        open_backend(f"nis:{vault.url}", Path(), CHAIN.network.chain).spends_of(vault.vault)


def test_what_a_node_answers_to_bytes_it_cannot_read(vault: Room) -> None:
    request = vault.desk.propose("treasury", pay("5"))
    vault.sign(request, w.AIKO, w.CHIE)

    def fails(data: bytes, signature: bytes) -> dict[str, object]:
        return {
            "timeStamp": 1,
            "error": "Bad Request",
            "message": "expected value for property",
            "status": 400,
        }

    vault.node.announce = fails  # type: ignore[method-assign]
    with pytest.raises(BuilderError, match="expected value for property") as caught:
        vault.desk.broadcast(request.id)
    assert caught.value.trouble is Trouble.NOT_ACCEPTED


def test_mosaics_of_strangers_stop_nothing(vault: Room) -> None:
    """A name with spaces, one that the node does not define any more, and very many."""
    mosaics = vault.node.holder(vault.vault).mosaics
    vault.node.definitions["my-shop:gift card"] = {"divisibility": 2, "supply": 100}
    mosaics["my-shop:gift card"], mosaics["old.shop:points"] = 250, 7
    assert [str(a) for a in vault.desk.holdings("treasury").assets] == [
        "2.50 my-shop:gift card",
        "7 old.shop:points",
    ]
    for number in range(1_000):
        mosaics[f"spam:m{number}"] = 1
    began = time.monotonic()
    paid(vault)
    assert len(vault.desk.holdings("treasury").assets) == 1_002
    assert time.monotonic() - began < 60


def test_an_account_that_all_must_sign_for_is_not_changed_from_there(tmp_path: Path) -> None:
    """On the chain that is a threshold of 0, and a change of it counts from there: 3 of 3 and one more were 1 of 4."""
    with open_room(tmp_path) as room:
        every = (*w.COSIGNERS, w.STRANGER)
        room.desk.add_account(CHAIN, terms(3), "all", f"nis:{room.url}")
        room.desk.add_account(CHAIN, terms(4, *every), "all-4", f"nis:{room.url}")
        holder = room.node.of_key(w.VAULT.public)
        holder.cosigners, holder.minimum = [key.public for key in w.COSIGNERS], 0
        room.desk.propose("all", pay("1"))
        with pytest.raises(BuilderError, match="counts a change of it from 0"):
            room.desk.change("all", "all-4", Wish(()))
        holder.minimum = 3
        request = room.desk.change("all", "all-4", Wish(()))
        account = room.desk.account(room.desk.known("all"))[1]
        report = CHAIN.read(request.draft, ()).inspect(account)
        assert Code.THRESHOLD_FROM_ALL in {finding.code for finding in report.findings}


def test_a_node_that_drips_is_given_up() -> None:
    """One byte now and then keeps every single read alive."""
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(b" ")
                    time.sleep(0.05)
            except OSError:
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    with pytest.raises(BuilderError) as caught:
        Rest(f"http://127.0.0.1:{server.getsockname()[1]}", patience=1.0).get("/heartbeat", {})
    assert caught.value.trouble is Trouble.BACKEND_DOWN
    assert time.monotonic() - began < 30
    server.close()
    thread.join(10)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://",
        "http://[::1",
        "http://127.0.0.1:7890?x=y",
        "http://127.0.0.1:7890#x",
        "http://mallory:secret@127.0.0.1:7890",
        "http://:secret@127.0.0.1:7890",
    ],
)
def test_an_address_that_is_none_is_said_and_no_password_is_shown(url: str) -> None:
    with pytest.raises(BuilderError) as caught:
        open_backend(f"nis:{url}", Path(), CHAIN.network.chain)
    assert caught.value.trouble is Trouble.BACKEND_SETTINGS
    assert "secret" not in str(caught.value)
