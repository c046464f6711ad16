"""NEM, where it happened in 2018: what leaves the account is held against what was proposed."""

from __future__ import annotations

from pathlib import Path

from online_builder.oversight.audit import Auditor
from online_builder.plan.journals import Fault
from online_builder.store.watched import AlarmKind
from signer.core.event import EventKind
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice
from tests.online_builder.nem_room import open_room, pay
from tests.online_builder.oversight.appliance import Appliance, opened
from tests.vectors import nem_workshop as w


def journal(folder: Path) -> FileJournal:
    FileDevice.create(folder / "device")
    return opened(folder)


def test_a_payment_of_ours_is_explained_and_another_alarms(tmp_path: Path) -> None:
    with open_room(tmp_path / "room") as room, open_room(tmp_path / "thief") as thief:
        thief.desk = type(thief.desk)(
            thief.desk.store, thief.desk.key, thief.desk.readers, room.desk.open_source, thief.desk.now
        )
        room.convert()
        assert room.desk.oversee().alarms == ()
        ours = room.desk.propose("treasury", pay("10"))
        room.sign(ours, w.AIKO, w.BEN)
        room.desk.broadcast(ours.id)
        assert room.desk.oversee().alarms == ()
        room.node.mine()
        seen = room.desk.oversee()
        assert (seen.alarms, seen.blind) == ((), ())
        spends = room.desk.store.oversight.spends()
        assert [spend.unsigned for spend in spends if spend.txid != spend.unsigned] == [ours.txid]

        aiko = Appliance(tmp_path / "aiko", 0, journal(tmp_path / "aiko"))
        aiko.append(EventKind.GENESIS, bytes.fromhex("00000001"), key="nem")
        auditor = Auditor(room.desk.store, room.desk.readers, room.desk.now())
        missing = {found.fault for found in auditor.audit([aiko.journal.export()]).found}
        assert missing == {Fault.HIDDEN}
        for request in room.desk.store.requests():
            aiko.append(EventKind.SIGNED, request.digest, account="", units="1", txid=request.txid)
        assert auditor.audit([aiko.journal.export()]).found == ()
        room.desk.store.oversight.settle("", "Chie", "an exercise")

        stolen = thief.desk.propose("treasury", pay("500"))
        thief.sign(stolen, w.AIKO, w.CHIE)
        thief.desk.broadcast(stolen.id)
        (waiting,) = room.desk.oversee().open
        assert (waiting.kind, waiting.account) == (AlarmKind.SPEND_UNKNOWN, "treasury")
        room.node.mine()
        assert room.desk.oversee().open == (waiting,)  # mined, it is still the same alarm
        (spend,) = [s for s in room.desk.store.oversight.spends() if s.txid == waiting.subject]
        assert spend.height is not None
