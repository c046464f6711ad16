"""The overseer's commands in this process: what they print, and what they exit with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from online_builder.cli.run import run
from online_builder.oversight.checkpoints import verify
from online_builder.oversight.reports import check_report
from online_builder.web.pages import overview
from signer.core.checkpoint import Checkpoint
from signer.core.cosignature import Witness, cosigned_at
from signer.core.errors import Malformed, Tampered
from signer.core.event import EventKind
from signer.core.prepared import Preparer, read_prepared
from tests.online_builder.oversight.appliance import NOW, Appliance
from tests.online_builder.oversight.test_alarms import open_thief
from tests.online_builder.room import CHAIN, NOBODY, Room, descriptor, open_room, wish

DAY = 86_400
NOVEMBER = 1_793_491_200  # 2026-11-01


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path / "room") as room:
        room.fund(3)
        yield room


@pytest.fixture
def ask(room: Room, capsys: pytest.CaptureFixture[str]):
    def asked(*arguments: object, expect: int = 0, now: int = NOW, desk=None) -> dict:
        words = ["--json", *map(str, arguments)]
        desk = replace(desk or room.desk, now=lambda: now)
        assert run(words, lambda _: nullcontext(desk), lambda *_: pytest.fail("no page")) == expect
        return json.loads(capsys.readouterr().out)

    return asked


def steal(room: Room, folder: Path) -> str:
    with open_thief(folder, room, "wsh({})") as thief:
        stolen = thief.desk.propose("treasury", wish("60"))
        thief.sign(stolen, 0, 1)
        return thief.desk.broadcast(stolen.id).request.txid


def test_a_theft_alarms_in_status_watch_and_page_until_somebody_answers(room, ask, tmp_path) -> None:
    assert ask("watch", "--times", 2, "--every", 1)["open"] == 0
    txid = steal(room, tmp_path / "thief")
    ask("status", expect=6)
    seen = ask("watch", now=NOW + 3 * 3600 + 120, expect=6)
    (alarm,) = seen["alarms"]
    assert (alarm["kind"], alarm["subject"], alarm["age"]) == ("spend-unknown", txid, 3 * 3600 + 120)
    page = overview((), (), room.desk.oversee(), NOW + 3 * 3600 + 120)
    assert "3 h 2 min ago" in page
    assert txid in page
    assert ask("alarm", "settle", txid[:7], "--by", "Chie", "--why", "x", expect=3)["error"] == "no-alarm"
    ask("alarm", "settle", txid[:12], "--by", "", "--why", "x", expect=4)
    ask("alarm", "settle", txid[:12], "--by", "Chie", "--why", "by hand")
    assert ask("status")["open"] == 0
    (kept,) = ask("alarm", "list")["alarms"]
    assert (kept["settled_by"], kept["settled_why"], kept["open"]) == ("Chie", "by hand", False)


def test_what_people_read(room, tmp_path, capsys) -> None:
    steal(room, tmp_path / "thief")

    def say(*words: str) -> str:
        run(words, lambda _: nullcontext(room.desk), lambda *_: pytest.fail("no page"))
        return capsys.readouterr().out

    assert say("status").startswith("ALARM     0 h 0 min  treasury: spend-unknown\n")
    ben = Appliance.make(tmp_path / "ben", 1)
    room.desk.collect(ben.answer(room.desk.propose("treasury", wish("1"))))
    assert f"UNPROVEN  {ben.journal.origin}: its key is not registered" in say("status")
    (tmp_path / "export").write_bytes(ben.journal.export())
    assert "nobody said whose key this is" in say("audit", str(tmp_path / "export"))


def test_device_and_audit(room, ask, tmp_path) -> None:
    aiko = Appliance.make(tmp_path / "aiko", 0)
    export = tmp_path / "export"
    export.write_bytes(aiko.journal.export())
    told = ask("device", "add", export, "--name", "aiko")
    assert told["key"] == aiko.journal.public_key.hex()
    ask("device", "add", told["key"], "--name", "again", expect=2)
    ask("device", "add", "zz" * 32, "--name", "again", expect=4)
    room.desk.collect(aiko.answer(room.desk.propose("treasury", wish("1"))))
    assert ask("device", "list")["devices"][0]["records"] == 3
    export.write_bytes(aiko.journal.export())
    good = ask("audit", export)
    assert (good["sound"], good["journals"][0]["checkpoints"]) == (True, 1)
    export.write_bytes(aiko.journal.export()[:-1])
    bad = ask("audit", export, expect=6)
    assert {row["fault"] for row in bad["found"]} == {"cut", "hidden-signature"}
    export.write_bytes(b"Dear Sir")
    ask("audit", export, expect=4)
    assert ask("status", expect=6)["open"] == 2


def prepared(room: Room, ask, folder: Path) -> tuple[Path, Path]:
    """Customers' coins cold here, some of them hot elsewhere; own coins cold."""
    room.desk.add_account(CHAIN, descriptor(account=1), "house", "embedded:")
    room.chain.mine(1, CHAIN.lock(room.desk.address("house")[1]))
    room.chain.mine(100, NOBODY)
    ask("tag", "treasury", "cold", "customer")
    ask("tag", "house", "cold", "own")
    prices, amounts = folder / "prices.csv", folder / "amounts.csv"
    prices.write_text("asset,price\ntBTC,15000000\n")
    amounts.write_text(
        "place,asset,decimals,units,temperature,owner\nexchange,tBTC,8,400000000,hot,customer\n"
    )
    return prices, amounts


def test_a_day_and_a_month_are_signed_and_the_same_when_made_again(room, ask, tmp_path) -> None:
    prices, amounts = prepared(room, ask, tmp_path)
    first = ask("report", "day", "--prices", prices, "--amounts", amounts, now=NOVEMBER)
    assert (first["day"], first["total"]) == (
        "2026-11-01",
        {"hot_value": 60_000_000, "value": 2_310_000_000, "share": 260},
    )
    (line,) = first["assets"]
    assert (line["customer_cold"], line["own_cold"], line["missing"]) == (150 * 10**8, 50 * 10**8, 0)
    assert first["issues"] == []
    request = room.desk.propose("treasury", wish("1"))
    assert ask("report", "day", now=NOVEMBER + 60) == first  # taken once
    again = ask("report", "day", "--again", "--prices", prices, "--amounts", amounts, now=NOVEMBER + 90)
    assert [row["id"] for row in again["requests"]] == [request.id]
    ask("report", "day", "--prices", prices, "--amounts", amounts, now=NOVEMBER + 3 * DAY)
    made = []
    for number in (1, 2):
        out = tmp_path / f"november-{number}.json"
        month = ask("report", "month", "2026-11", "--out", out, now=NOVEMBER + number * 100 * DAY)
        made.append((out.read_bytes(), Path(f"{out}.sig").read_bytes()))
        room.chain.mine(1, CHAIN.lock(room.desk.address("treasury")[1]))
    assert made[0] == made[1]
    assert (len(month["days"]), len(month["days_without_record"])) == (3, 28)
    assert month["days"][0] == first
    key = room.desk.key.public
    ask("verify", tmp_path / "november-1.json", "--key", key.hex())
    Ed25519PublicKey.from_public_bytes(key).verify(made[0][1], made[0][0])
    table = tmp_path / "november.csv"
    ask("report", "month", "2026-11", "--out", table, "--csv")
    assert "2026-11-01,1,treasury,tBTC,8,15000000000,cold,customer,chain" in table.read_text().splitlines()
    Ed25519PublicKey.from_public_bytes(key).verify(Path(f"{table}.sig").read_bytes(), table.read_bytes())


def test_a_report_somebody_worked_on(room, ask, tmp_path) -> None:
    prices, amounts = prepared(room, ask, tmp_path)
    for day in range(3):
        ask("report", "day", "--prices", prices, "--amounts", amounts, now=NOVEMBER + day * DAY)
    out = tmp_path / "report"
    ask("report", "month", "2026-11", "--out", out)
    key = room.desk.key
    changed = out.read_bytes().replace(b'"units": 15000000000', b'"units": 16000000000', 1)
    with pytest.raises(Tampered):
        check_report(changed, key.sign(out.read_bytes()), key.public)
    with pytest.raises(Tampered, match="journal"):
        check_report(changed, key.sign(changed), key.public)  # signed again, and the next day does not fit
    document = json.loads(out.read_bytes())
    del document["days"][1]
    cut = json.dumps(document).encode()
    with pytest.raises(Tampered):
        check_report(cut, key.sign(cut), key.public)
    for rubbish in (b"", b"[]", b"{}", b'{"kind":"kinko-month","days":[1]}'):
        with pytest.raises(Malformed):
            check_report(rubbish, key.sign(rubbish), key.public)
    out.write_bytes(changed)
    ask("verify", out, "--key", key.public.hex(), expect=6)
    ask("verify", out, "--key", "zz", expect=4)
    for month in ("2026-13", "11-2026", "2026", "２０２６-11"):
        ask("report", "month", month, expect=4)


def test_what_a_day_has_to_say(room, ask, tmp_path) -> None:
    prices, amounts = prepared(room, ask, tmp_path)
    amounts.write_text(amounts.read_text().replace("400000000", "6000000000"))
    txid = steal(room, tmp_path / "thief")
    room.desk.add_account(CHAIN, descriptor(account=2), "forgotten", "embedded:")
    day = ask("report", "day", "--prices", prices, "--amounts", amounts, now=NOVEMBER, expect=6)
    assert {(row["issue"], row["about"]) for row in day["issues"]} == {
        ("over-cap", ""),
        ("unmatched", "tBTC"),
        ("untagged", "forgotten"),
        ("open-alarm", txid),
    }
    assert [row["txid"] for row in day["spends"]] == [txid]
    ask("alarm", "settle", txid, "--by", "Chie", "--why", "by hand")
    ask("report", "day", "--again", "--prices", prices, "--amounts", amounts, now=NOVEMBER, expect=3)
    ask("report", "day", "--again", "--cap", 9999, "--warn", 100, "--target", 200, expect=4)


def witness(ask, file: Path, out: Path, desk, expect: int = 0, now: int = NOW) -> dict:
    name = "auditor.example/kinko"
    return ask("witness", "cosign", file, "--name", name, "--out", out, expect=expect, now=now, desk=desk)


def test_a_witness_cosigns_what_continues_and_nothing_else(room, ask, tmp_path) -> None:
    """The witness has a home of its own; the device gets the cosigned head back and proves the next from it."""
    aiko = Appliance.make(tmp_path / "aiko", 0)
    file, out = tmp_path / "checkpoint", tmp_path / "cosigned"
    with open_room(tmp_path / "witness") as home:
        desk = home.desk
        file.write_bytes(aiko.journal.checkpoint())
        witness(ask, file, out, desk, expect=4)
        ask("device", "add", aiko.journal.public_key.hex(), "--name", "aiko", desk=desk)
        witness(ask, file, out, desk)
        known = ask("witness", "key", "--name", "auditor.example/kinko", desk=desk)
        who = Witness.parse(known["key"])
        assert cosigned_at(Checkpoint.from_bytes(out.read_bytes()), who, verify) == NOW
        aiko.append(EventKind.REVIEWED, bytes(32))
        file.write_bytes(aiko.journal.checkpoint())
        assert witness(ask, file, out, desk, expect=7)["error"] == "not-proven"
        file.write_bytes(aiko.journal.checkpoint([out.read_bytes()]))
        clone = aiko.copy(tmp_path / "clone")
        assert witness(ask, file, out, desk, now=NOW + 60)["records"] == 2
        assert cosigned_at(Checkpoint.from_bytes(out.read_bytes()), who, verify) == NOW + 60
        witness(ask, file, out, desk, now=NOW + 120)  # the same again
        for _ in range(3):
            aiko.append(EventKind.REVIEWED, bytes(32))
        file.write_bytes(aiko.journal.export())
        assert witness(ask, file, out, desk)["records"] == 5
        clone.append(EventKind.REVIEWED, bytes(32))
        for wrong in (clone.journal.checkpoint(), clone.journal.export()):
            file.write_bytes(wrong)
            assert "seen" in witness(ask, file, out, desk, expect=6)["sentence"]
        for _ in range(2):
            clone.append(EventKind.REVIEWED, b"\x01" * 32)
        for wrong in (clone.journal.checkpoint(), clone.journal.export()):
            file.write_bytes(wrong)
            witness(ask, file, out, desk, expect=6)
        own = clone.journal.checkpoint()
        clone.append(EventKind.REVIEWED, bytes(32))
        file.write_bytes(clone.journal.checkpoint([own]))  # proved, but from a head of its own
        assert "does not continue" in witness(ask, file, out, desk, expect=6)["sentence"]
        assert desk.oversee().open


def test_a_preparer_signs_ceremony_scripts(ask, tmp_path) -> None:
    """Beside another's signature; and not what a witness or a journal would sign."""
    script, out = tmp_path / "script", tmp_path / "signed"
    script.write_text("# Genesis\ngenesis\n")
    preparer = Preparer.parse(ask("ceremony", "key", "--name", "hana@kinko")["key"])
    told = ask("ceremony", "sign", script, "--name", "hana@kinko", "--out", out)
    signed = read_prepared(out.read_bytes())
    assert (told["sha256"], told["words"]) == (signed.digest.hex(), list(signed.words))
    assert signed.signed_by(preparer, verify)
    ask("ceremony", "sign", out, "--name", "jun@kinko", "--out", out)
    both = read_prepared(out.read_bytes())
    assert both.signed_by(preparer, verify)
    assert [signer.name for signer in both.signers] == ["hana@kinko", "jun@kinko"]
    script.write_text("cosignature/v1\ntime 1\n")
    ask("ceremony", "sign", script, "--name", "hana@kinko", "--out", tmp_path / "none", expect=4)
    ask("ceremony", "key", "--name", "ha na", expect=4)
    assert not (tmp_path / "none").exists()
