"""Journals of the real signer, really cut, edited, moved, forked and put back; the one-file verifier says the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_builder.oversight.audit import Audit, Auditor
from online_builder.oversight.checkpoints import register
from online_builder.plan.journals import Fault, open_export
from online_builder.store.values import StoredRequest
from signer.core.errors import Malformed
from signer.core.event import EventKind
from signer.journal import verifier
from tests.online_builder.oversight.appliance import NOW, Appliance
from tests.online_builder.room import NOBODY, Room, open_room, wish


@dataclass
class Case:
    """Two devices that have signed two payments; both are on the chain."""

    room: Room
    folder: Path
    devices: list[Appliance]

    def pay(self, amount: str, hide: int | None = None) -> StoredRequest:
        request = self.room.desk.propose("treasury", wish(amount))
        for place, device in enumerate(self.devices):
            if place == hide:
                device.append(EventKind.REVIEWED, request.digest)
            self.room.desk.collect(device.answer(request, record=place != hide))
        self.room.desk.broadcast(request.id)
        self.room.chain.mine(1, NOBODY)
        return request

    def audit(self, *exports: bytes, keys: tuple[bytes, ...] = ()) -> Audit:
        self.room.desk.oversee()
        desk = self.room.desk
        return Auditor(desk.store, desk.readers, NOW).audit(exports, keys)

    def faults(self, *exports: bytes) -> set[Fault]:
        """Without asking the chain again."""
        desk = self.room.desk
        return {found.fault for found in Auditor(desk.store, desk.readers, NOW).audit(exports).found}

    def notes(self) -> tuple[bytes, ...]:
        """The heads of the first device that came back."""
        origin = self.devices[0].journal.origin
        return tuple(head.note for head in self.room.desk.store.oversight.heads(origin))


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with open_room(tmp_path / "room") as room:
        room.fund(4)
        devices = [Appliance.make(tmp_path / name, place) for place, name in enumerate(("aiko", "ben"))]
        for device in devices:
            register(room.desk.store.oversight, device.folder.name, device.journal.public_key)
        case = Case(room, tmp_path, devices)
        case.pay("1")
        case.pay("2")
        yield case


def built(parts: list[bytes]) -> bytes:
    return verifier.MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def test_what_adds_up(case: Case) -> None:
    exports = [device.journal.export() for device in case.devices]
    audit = case.audit(*exports)
    assert audit.found == ()
    assert [(j.name, j.records, j.heads, j.proven, j.elsewhere) for j in audit.journals] == [
        ("aiko", 5, 2, True, 0),
        ("ben", 5, 2, True, 0),
    ]
    assert case.room.desk.oversee().open == ()
    assert len(verifier.verify(exports[0], seen=case.notes())) == 5


WORK = {
    "the last cut": (lambda rows: rows[:-1], {Fault.CUT}),
    "one in the middle hidden": (lambda rows: rows[:3] + rows[4:], {Fault.CUT, Fault.REMOVED}),
    "two swapped": (lambda rows: [*rows[:4], rows[5], rows[4], *rows[6:]], {Fault.REORDERED}),
    "one edited": (lambda rows: [*rows[:3], rows[3].replace(b"aiko", b"anna"), *rows[4:]], {Fault.EDITED}),
    "one unreadable": (lambda rows: [*rows[:3], rows[3][:-1], *rows[4:]], {Fault.EDITED}),
    "one twice": (lambda rows: [*rows[:3], rows[3], *rows[3:]], {Fault.ADDED, Fault.EDITED}),
    "one added": (lambda rows: [*rows, rows[-1]], {Fault.ADDED, Fault.EDITED}),
    "another head": (
        lambda rows: [rows[0], rows[1].replace(b"\n5\n", b"\n4\n"), *rows[2:-1]],
        {Fault.FORGED},
    ),
}


@pytest.mark.parametrize("how", WORK)
def test_what_somebody_did_to_the_export(case: Case, how: str) -> None:
    work, wanted = WORK[how]
    data = built(work(verifier.parts(case.devices[0].journal.export())))
    assert wanted <= case.faults(data)
    with pytest.raises(verifier.Wrong):
        verifier.verify(data)
    assert any(alarm.detail.startswith(min(wanted)) for alarm in case.room.desk.oversee().open)


def test_cut_at_every_byte(case: Case) -> None:
    export = case.devices[0].journal.export()
    head = len(built(verifier.parts(export)[:2]))
    for end in range(0, len(export), 7):
        with pytest.raises(verifier.Wrong):
            verifier.verify(export[:end])
        if end < head:
            with pytest.raises(Malformed):
                open_export(export[:end])
        else:
            assert Fault.CUT in case.faults(export[:end])


def test_every_changed_byte_of_the_records_is_found(case: Case) -> None:
    good = case.devices[0].journal.export()
    spoiled = bytearray(good)
    for place in range(len(verifier.MAGIC), len(good), 11):
        spoiled[place] ^= 2
        with contextlib.suppress(Malformed):
            assert case.faults(bytes(spoiled)), place
        with pytest.raises(verifier.Wrong):
            verifier.verify(bytes(spoiled), case.devices[0].journal.public_key)
        spoiled[place] ^= 2


def test_another_devices_journal_in_its_place(case: Case) -> None:
    stranger = Appliance.make(case.folder / "stranger", 0)
    export = stranger.journal.export()
    assert case.faults(export) == {Fault.OTHER_KEY}
    with pytest.raises(verifier.Wrong):
        verifier.verify(export, case.devices[0].journal.public_key)
    assert case.audit(export, keys=(stranger.journal.public_key,)).journals[0].proven


def test_a_card_put_back_is_found_by_what_came_back_since(case: Case) -> None:
    older = case.devices[0].copy(case.folder / "older")
    case.pay("3")
    export = older.journal.export()
    assert case.faults(export) == {Fault.ROLLED_BACK, Fault.HIDDEN}
    with pytest.raises(verifier.Wrong, match="rolled back or forked"):
        verifier.verify(export, seen=case.notes())
    older.append(EventKind.REVIEWED, bytes(32))
    older.append(EventKind.REVIEWED, bytes(32))
    older.append(EventKind.REVIEWED, bytes(32))
    forked = older.journal.export()
    assert case.faults(forked) == {Fault.FORKED, Fault.HIDDEN}
    with pytest.raises(verifier.Wrong, match="rolled back or forked"):
        verifier.verify(forked, seen=case.notes())


def test_a_signature_that_came_back_and_is_not_recorded(case: Case) -> None:
    """The device's software was another one: it answered, signed its head, and wrote something else."""
    request = case.pay("3", hide=1)
    (found,) = case.audit(case.devices[1].journal.export()).found
    assert (found.fault, found.journal) == (Fault.HIDDEN, case.devices[1].journal.origin)
    assert request.id[:8] in found.what
    assert case.faults(case.devices[0].journal.export()) == set()
    both = case.audit(*(device.journal.export() for device in case.devices))
    assert [f.fault for f in both.found] == [
        Fault.HIDDEN
    ]  # one record of two is all that n keys less one prove


def test_a_signature_that_came_back_as_a_psbt_and_is_not_recorded(case: Case) -> None:
    request = case.room.desk.propose("treasury", wish("3"))
    case.room.sign(request, 0)
    (found,) = case.audit(case.devices[0].journal.export()).found
    assert found.fault is Fault.HIDDEN
    case.devices[0].append(EventKind.SIGNED, bytes(32), account="", units="1", txid=request.txid)
    assert case.faults(case.devices[0].journal.export()) == set()


def test_a_spend_on_chain_that_no_journal_explains(case: Case) -> None:
    """Two of the three keys were used elsewhere; at least one of them is on the two devices."""
    with open_room(case.folder / "thief") as own:
        thief = Room(
            own.desk.__class__(**{**_fields(own), "open_source": lambda _: case.room.chain}), own.chain
        )
        stolen = thief.desk.propose("treasury", wish("40"))
        thief.sign(stolen, 0, 1)
        txid = thief.desk.broadcast(stolen.id).request.txid
    exports = [device.journal.export() for device in case.devices]
    (found,) = case.audit(*exports).found
    assert found.fault is Fault.UNEXPLAINED
    assert txid in found.what
    assert any(txid in alarm.detail for alarm in case.room.desk.oversee().open)
    assert case.audit(exports[0]).found == ()  # one journal of three keys proves nothing here
    device = case.devices[0]
    device.append(EventKind.SIGNED, bytes(32), account="", units="1", txid=stolen.txid)
    audit = case.audit(device.journal.export(), exports[1])
    assert audit.found == ()
    assert audit.journals[0].elsewhere == 1


def _fields(room: Room) -> dict[str, object]:
    return {name: getattr(room.desk, name) for name in room.desk.__slots__}


@given(st.binary(max_size=300))
def test_random_bytes_are_malformed_and_nothing_worse(data: bytes) -> None:
    for hostile in (data, verifier.MAGIC + data):
        with contextlib.suppress(Malformed):
            open_export(hostile)


def test_what_an_audit_has_seen_goes_back_with_the_next_request(case: Case) -> None:
    """So a device whose policy asks for it knows that its journal was seen; and of two histories one is a fork."""
    device = case.devices[0]
    clone = device.copy(case.folder / "clone")
    device.append(EventKind.REVIEWED, bytes(32))
    clone.append(EventKind.REVIEWED, b"\x01" * 32)
    assert case.faults(device.journal.export()) == set()
    assert any(device.journal.unseen(note) == 0 for note in case.room.desk.store.checkpoints())
    assert case.faults(clone.journal.export()) == {Fault.FORKED}
