"""Mosaics at the builder's desk: held by open requests, with what their issuers take, and swept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_builder.cli.run import run
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.family import Wish
from online_builder.plan.nem_assets import Hold, most, parse_hold, taken
from online_builder.plan.payees import parse_payees
from online_builder.store.values import StoredRequest
from signer.core.known import Known, KnownAsset, Levy
from tests.online_builder.nem_room import CHAIN, PAYEE, Room, open_room, pay, terms
from tests.vectors import nem_workshop as w

COIN = KnownAsset("dim:coin", 3, 9_000_000)
ISSUER = w.address(w.STRANGER).decode()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Room]:
    """Multisig, 2 of 3, with 200 dim:coin."""
    with open_room(tmp_path) as room:
        room.convert()
        give(room, "dim:coin", 200_000)
        room.desk.add_account(CHAIN, cold(), "cold", f"nis:{room.url}")
        yield room


def cold() -> str:
    return terms().replace(w.VAULT.public.hex(), w.PAYEE.public.hex())


def give(room: Room, name: str, units: int, **more: object) -> None:
    room.node.definitions[name] = {"divisibility": 3, "supply": 9_000_000, **more}
    room.node.holder(room.vault).mosaics[name] = units


def levy(name: str, fee: int, kind: int = 1) -> dict[str, object]:
    namespace, mosaic = name.split(":")
    return {
        "type": kind, "recipient": ISSUER, "mosaicId": {"namespaceId": namespace, "name": mosaic}, "fee": fee,
    }  # fmt: skip


def propose(room: Room, amount: str, name: str = "dim:coin") -> StoredRequest:
    payees = parse_payees([f"{PAYEE}:{amount}"], CHAIN, room.desk.asset("treasury", name))
    return room.desk.propose("treasury", Wish(payees, initiator="00000001"))


def send(room: Room, request: StoredRequest, *assets: KnownAsset) -> None:
    room.sign(request, w.AIKO, w.CHIE, known=Known(assets=assets))
    room.desk.broadcast(request.id)


def test_open_requests_share_one_mosaic(vault: Room) -> None:
    request = propose(vault, "150")
    held = vault.desk.holdings("treasury")
    assert ([str(a) for a in held.assets], [str(a) for a in held.assets_reserved]) == (
        ["50.000 dim:coin"],
        ["150.000 dim:coin"],
    )
    assert held.reserved.units == 150_000 + 300_000  # the fees alone: a mosaic's units are no XEM
    with pytest.raises(BuilderError, match="not as much of dim:coin"):
        propose(vault, "50.001")
    propose(vault, "50")
    vault.desk.cancel(request.id)
    propose(vault, "150")


def test_two_who_build_at_once_do_not_spend_one_balance_twice(vault: Room) -> None:
    """Each looked before the other's request was kept."""
    known = vault.desk.known("treasury")
    one, other = vault.desk._view(known), vault.desk._view(known)
    vault.desk._keep(one, one.now.propose(pay("900000"), 0), pay("900000"))
    with pytest.raises(BuilderError) as caught:
        vault.desk._keep(other, other.now.propose(pay("800000"), 0), pay("800000"))
    assert caught.value.trouble is Trouble.COIN_TAKEN
    with pytest.raises(BuilderError, match="needed with the fees"):
        vault.desk.propose("treasury", pay("800000"))
    vault.desk.propose("treasury", pay("1"))


def test_two_equal_payments_of_one_second_are_two(vault: Room) -> None:
    """To the network one transaction is one, whoever initiates it."""
    both = [vault.desk.propose("treasury", pay("5", initiator=f"{number:08x}")) for number in (1, 1, 2)]
    for request, keys in zip(both, ((w.AIKO, w.BEN), (w.AIKO, w.CHIE), (w.BEN, w.CHIE)), strict=True):
        vault.sign(request, *keys)
        vault.desk.broadcast(request.id)
    vault.node.mine()
    assert vault.node.holder(PAYEE).balance == 15_000_000
    assert not vault.desk.oversee().open


def test_a_builder_with_coins_of_bitcoin_s_kind_beside_it(vault: Room) -> None:
    """What those reserve has another form."""
    store = vault.desk.store
    first = propose(vault, "1")
    store._db.execute("UPDATE reserved SET coin = ? WHERE request = ?", ("ab" * 32 + ":0", first.id))
    assert vault.desk.holdings("treasury").reserved.units == 0


def test_the_fee_follows_the_supply_of_today(vault: Room) -> None:
    vault.node.definitions["dim:coin"]["initial"] = 9_000_000_000
    request = propose(vault, "150")
    assert CHAIN.read(request.draft, ()).outer.inner.head.fee == 150_000
    send(vault, request, COIN)
    vault.node.mine()
    assert vault.node.holder(PAYEE).mosaics == {"dim:coin": 150_000}


@pytest.mark.parametrize(
    ("terms_of_levy", "amount", "reason"),
    [
        (levy("dim:coin", 5_000), "196", "dim:coin is there as its issuer takes"),
        (levy("dim:coin", 100, 2), "199", "dim:coin is there as its issuer takes"),
        (levy("nem:xem", 999_999_500_000), "1", "needed with the fees"),
        (levy("other:thing", 1), "1", "other:thing is there as its issuer takes"),
    ],
)
def test_a_levy_is_money_that_must_be_there(
    vault: Room, terms_of_levy: dict[str, object], amount: str, reason: str
) -> None:
    vault.node.definitions["dim:coin"]["levy"] = terms_of_levy
    with pytest.raises(BuilderError, match=reason):
        propose(vault, amount)


def test_a_levy_is_paid_to_the_issuer(vault: Room) -> None:
    vault.node.definitions["dim:coin"]["levy"] = levy("dim:coin", 5_000)
    known = KnownAsset("dim:coin", 3, 9_000_000, Levy(ISSUER, "dim:coin", 5_000))
    send(vault, propose(vault, "195"), known)
    vault.node.mine()
    assert vault.node.holder(ISSUER).mosaics == {"dim:coin": 5_000}
    assert vault.node.holder(vault.vault).mosaics == {"dim:coin": 0}


def test_a_sweep_takes_the_mosaics_too(vault: Room) -> None:
    give(vault, "dim:token", 1_000_000, levy=levy("dim:token", 100, 2))
    token = KnownAsset("dim:token", 3, 9_000_000, Levy(ISSUER, "dim:token", 100, share=True))
    requests = vault.desk.sweep("treasury", "cold", Wish((), initiator="00000001"), 100)
    assert len(requests) == 3
    held = vault.desk.holdings("treasury")
    assert (held.confirmed.units, [a.units for a in held.assets]) == (0, [0, 1])
    for request in requests:
        send(vault, request, COIN, token)
    vault.node.mine()
    ours, theirs = vault.node.holder(vault.vault), vault.node.holder(PAYEE)
    assert (ours.balance, ours.mosaics) == (0, {"dim:coin": 0, "dim:token": 1})
    assert theirs.mosaics == {"dim:coin": 200_000, "dim:token": 990_099}


def test_worthless_mosaics_do_not_keep_xem_from_leaving(vault: Room) -> None:
    for number in range(100):
        give(vault, f"spam:m{number}", 1)
    requests = vault.desk.sweep("treasury", "cold", Wish((), initiator="00000001"), 100)
    assert len(requests) == 65
    vault.node.holder(vault.vault).balance = 1_000_000
    for request in requests:
        vault.desk.cancel(request.id)
    assert len(vault.desk.sweep("treasury", "cold", Wish((), initiator="00000001"), 100)) == 1
    with pytest.raises(BuilderError, match="more than what is there"):
        vault.desk.sweep("treasury", "cold", Wish((), initiator="00000001"), 100)


def test_what_lives_longer_than_the_network_allows_is_not_cut_without_a_word(vault: Room) -> None:
    for build in (
        lambda wish: vault.desk.propose("treasury", wish),
        lambda wish: vault.desk.sweep("treasury", "cold", wish, 100),
    ):
        with pytest.raises(BuilderError, match="longer than 24 hours"):
            build(pay("1", lifetime=24 * 3600 + 1))


@given(st.integers(0, 9 * 10**15), st.integers(0, 10**6), st.booleans())
def test_as_much_as_the_levy_leaves(held: int, fee: int, share: bool) -> None:
    asset = KnownAsset("dim:coin", 3, 9_000_000, Levy(ISSUER, "dim:coin", fee, share))
    units = most(asset, held)
    assert units == 0 or units + taken(asset.levy, units) <= held
    assert units + 1 + taken(asset.levy, units + 1) > held


@pytest.mark.parametrize("asset", ["nem:xem", "dim:coin", "a.b:gift card"])
def test_a_hold_is_written_and_read(asset: str) -> None:
    hold = Hold(PAYEE, 5, 7, "ab" * 32, asset)
    assert parse_hold(str(hold)) == hold


def command(room: Room, *words: object) -> int:
    return run(list(map(str, words)), lambda _: nullcontext(room.desk), lambda *_: pytest.fail("no page"))


def test_a_balance_speaks_of_no_coins(vault: Room, capsys: pytest.CaptureFixture[str]) -> None:
    propose(vault, "150")
    assert command(vault, "balance", "treasury") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Asset      50.000 dim:coin" in lines
    assert "Reserved   150.000 dim:coin" in lines
    assert f"Height     {vault.node.height}" in lines
    assert not any(line.startswith("Coins") for line in lines)


def test_a_sweep_says_what_moves_and_what_stays(
    vault: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    give(vault, "odd:thing", 5, levy=levy("other:thing", 1))
    assert command(vault, "sweep", "treasury", "--into", "cold", "--out", tmp_path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    fees = 500_000 + 400_000 + 300_000 + 1_250_000 + 300_000
    assert told["moved"] == 1_000_000_000_000 - fees
    assert told["left"] == [{"asset": "odd:thing", "amount": 5}]
    assert [row["outputs"][0]["asset"] for row in told["requests"]] == ["dim:coin", "tXEM"]


@pytest.mark.parametrize(
    "option", [("--purpose", "x" * 201), ("--purpose", "two\nlines"), ("--preparer", "y" * 65)]
)
def test_what_is_too_long_to_be_said_is_named(
    vault: Room, tmp_path: Path, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(vault, "propose", "treasury", "--to", f"{PAYEE}:1", *option, "--out", tmp_path / "r") == 4
    assert option[0][2:] in capsys.readouterr().err
