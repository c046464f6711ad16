"""The overseer's commands in this process: what they print, and what they exit with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from online_builder.cli.run import run
from online_builder.web.pages import overview
from tests.online_builder.oversight.appliance import NOW, Appliance
from tests.online_builder.oversight.test_alarms import open_thief
from tests.online_builder.room import Room, open_room, wish

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
