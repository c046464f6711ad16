"""The emergency sweep as one journey: named beforehand, signed in advance, kept, announced months later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from online_builder.backends.embedded import Embedded
from online_builder.desk import Desk
from online_builder.key import open_key
from online_builder.plan.family import Wish
from online_builder.plan.payees import parse_payees
from online_builder.store.sqlite import Store
from online_builder.store.values import State, StoredRequest
from signer.ceremony.signing import Approved, Bench, Scanning
from signer.chains.registry import READERS
from signer.core.errors import Refused
from signer.core.finding import Code
from signer.core.policy import Clause, Policy, Tier
from signer.core.policyfile import write_policy
from signer.core.rules import DAY, FeeCeiling, Hours, PerTransaction, Window
from signer.vault.vault import FileVault
from signer.vault.verify import verify_signature
from signer.wire import detect_file
from signer.wire.values import Dialect, Format
from tests.online_builder.conftest import payee
from tests.online_builder.room import NOBODY
from tests.signer.ceremony.test_register import CHAIN, NAMES, NOW, Device

COIN = 100_000_000
MONTH = 30 * DAY
#: NOW is at 8 in the morning: out of hours.
POLICY = Policy(
    1,
    (
        Clause(
            "*",
            (
                FeeCeiling(10_000_000, 1_000, 1_000_000),
                PerTransaction(2 * COIN),
                Window(MONTH, 3 * COIN, 4),
                Hours(frozenset(range(7)), 9 * 60, 17 * 60, 0),
            ),
            (Tier(0, 2),),
        ),
    ),
    delay=DAY,
)


class Calendar:
    """What time it is, for everybody."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> int:
        return self.time


@dataclass
class Treasury:
    """Three appliances, the desk's builder, the builder of emergencies, one chain."""

    calendar: Calendar
    devices: list[Device]
    desk: Desk
    reserve: Desk
    chain: Embedded

    def sign(self, desk: Desk, request: StoredRequest, *numbers: int) -> None:
        """By two officers on each of these appliances, and the answers collected."""
        for number in numbers:
            desk.collect(self.approve(number, request).sign().answer)

    def approve(self, number: int, request: StoredRequest) -> Approved:
        device = self.devices[number]
        bench = Bench(device.office.desk, device.hall.custody, device.journal, verify_signature)
        stage = Scanning(bench).receive(detect_file(request.sealed), Dialect(Format.UR))
        for name in NAMES[:2]:
            stage = stage.approve(name, bytearray(f"the passphrase {name}".encode()))
        assert isinstance(stage, Approved)
        return stage

    def play(self, script: str, *papers: str | bytes) -> None:
        for device in self.devices:
            device.play(f"{script}\nagree aiko ben", *papers)


def appliance(home: Path, calendar: Calendar) -> Device:
    pairs = [(name, bytearray(f"the passphrase {name}".encode())) for name in NAMES]
    FileVault.at(home).create("main", pairs, 2)
    made = Device.at(home)
    made.hall = replace(made.hall, clock=calendar)
    made.office = replace(made.office, hall=made.hall, desk=replace(made.office.desk, clock=calendar))
    return made


def form(devices: list[Device], name: str, path: str) -> str:
    for device in devices:
        device.play(f"key main {path} aiko ben")
    records = [device.carried[-1][1] for device in devices]
    devices[0].play(f"form {name} 2 3 bitcoin:regtest\nagree aiko ben", *records)
    outgoing = devices[0].carried[-1][1]
    for device in devices[1:]:
        device.play(f"account {name} bitcoin:regtest\nagree aiko ben", outgoing)
    return outgoing


@pytest.fixture
def treasury(tmp_path: Path) -> Iterator[Treasury]:
    calendar = Calendar()
    devices = [appliance(tmp_path / str(number), calendar) for number in range(3)]
    accounts = {
        "treasury": form(devices, "treasury", "48h/1h/0h/2h"),
        "spare": form(devices, "spare", "48h/1h/1h/2h"),
    }
    with Embedded(tmp_path / "chain") as chain:
        desks = []
        for name in ("desk", "reserve"):
            store = Store(tmp_path / f"{name}.sqlite")
            desk = Desk(store, open_key(tmp_path / f"{name}.key"), READERS, lambda _: chain, calendar.now)
            for account, text in accounts.items():
                desk.add_account(CHAIN, text, account, "embedded:")
            desks.append(desk)
        made = Treasury(calendar, devices, desks[0], desks[1], chain)
        for name, desk in zip(("desk", "reserve"), desks, strict=True):
            made.play(f"builder {name}", desk.key.public.hex())
        made.play("policy", write_policy(POLICY))
        chain.mine(4, CHAIN.lock(desks[0].address("treasury")[1]))
        chain.mine(100, NOBODY)
        yield made
        for desk in desks:
            desk.store.close()


def findings(caught: pytest.ExceptionInfo[Refused]) -> set[Code]:
    return {finding.code for finding in caught.value.findings}


@pytest.mark.slow
def test_a_sweep_signed_in_advance_is_announced_months_later(treasury: Treasury) -> None:
    desk, reserve, calendar = treasury.desk, treasury.reserve, treasury.calendar
    (early,) = reserve.sweep("treasury", "spare", Wish((), 50_000), 100)
    with pytest.raises(Refused) as caught:  # nobody has named the spare yet: it is a payment like any other
        treasury.approve(0, early)
    assert findings(caught) >= {Code.LIMIT_TRANSACTION, Code.LIMIT_WINDOW, Code.OUT_OF_HOURS}
    treasury.play("spare treasury spare")
    with pytest.raises(Refused):  # nor long enough: a change of the policy would have its delay too
        treasury.approve(0, early)
    reserve.cancel(early.id)

    # a month later, out of hours, everything at once, two coins a request; signed, collected, and not announced
    calendar.time += MONTH
    held = desk.holdings("treasury").confirmed.units
    requests = reserve.sweep("treasury", "spare", Wish((), 50_000), 2)
    assert len(requests) == 2
    for request in requests:
        approved = treasury.approve(0, request)
        assert Code.REFUGE in {finding.code for finding in approved.review.findings}
        reserve.collect(approved.sign().answer)
        treasury.sign(reserve, request, 2)
        progress = reserve.progress(reserve.store.request(request.id))
        assert progress.complete
        assert progress.request.state is State.OPEN

    # the desk's own payments go on as before: what is only ready to be moved uses up no limit
    calendar.time += 2 * 3600
    paid = desk.propose("treasury", Wish(parse_payees([f"{payee(1)}:1.5"], CHAIN), 5_000))
    treasury.sign(desk, paid, 0, 1)
    account = desk.account(desk.known("treasury"))[1]
    spent = treasury.devices[0].office.desk.policies.spent(account.id)
    assert [units for _, units in spent] == [150_000_000]
    desk.cancel(paid.id)

    # four months later a key is lost: no appliance is needed, no officer, nothing but this
    calendar.time += 4 * MONTH
    for request in requests:
        assert reserve.broadcast(request.id).request.state is State.BROADCAST
    treasury.chain.mine(1, NOBODY)
    assert desk.holdings("treasury").confirmed.units == 0
    assert held - 200_000 < desk.holdings("spare").confirmed.units < held
    explained = {alarm.subject for alarm in desk.oversee().open}
    assert (
        len(explained) == 2
    )  # the desk's builder made neither: it asks who did, and somebody answers by name
    assert not reserve.oversee().open


@pytest.mark.slow
def test_a_coin_spent_meanwhile_makes_its_request_void_and_no_other(treasury: Treasury) -> None:
    desk, reserve = treasury.desk, treasury.reserve
    treasury.play("spare treasury spare")
    treasury.calendar.time += MONTH
    requests = reserve.sweep("treasury", "spare", Wish((), 50_000), 2)
    for request in requests:
        treasury.sign(reserve, request, 0, 1)
    treasury.calendar.time += 2 * 3600
    (moved,) = desk.sweep("treasury", "spare", Wish((), 5_000), 1)[:1]
    treasury.sign(desk, moved, 1, 2)
    desk.broadcast(moved.id)
    treasury.chain.mine(1, NOBODY)
    states = {request.request.id: request.request.state for request in reserve.watch()}
    assert sorted(states[request.id] for request in requests) == [State.OPEN, State.SUPERSEDED]
    good = next(request for request in requests if states[request.id] is State.OPEN)
    assert reserve.broadcast(good.id).request.state is State.BROADCAST
