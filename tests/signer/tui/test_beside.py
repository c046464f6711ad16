"""What there is beside signing: accounts and their addresses, the journal, the self-check."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from signer.ceremony.addresses import address_of, find_address
from signer.ceremony.custody import Premise
from signer.core.errors import Broken, Malformed, Tampered
from signer.core.event import Event, EventKind
from signer.core.sight import Seen
from signer.tui.stages import Accounts, Address, Carried, Checking, Home, Records, SelfCheck, Stopped
from tests.signer.tui.driving import at, begin, stage, text, until
from tests.signer.tui.picture import photograph
from tests.signer.tui.ports_simulator import World

SIZE = (120, 36)
ELSEWHERE = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


def computed(world: World, branch: int, index: int) -> str:
    return address_of(world.bench.desk, world.accounts.list()[0], branch, index)


async def test_an_address_is_shown_in_words_and_as_a_code(tmp_path: Path) -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("a")
        await at(pilot, Accounts)
        await until(pilot, lambda: "bitcoin regtest" in text(pilot))
        await pilot.press("enter")
        await at(pilot, Address)
        await pilot.press("right", "right", "left", "right")
        expected = computed(world, 0, 2)
        shown = "".join(line[:56] for line in text(pilot).split("\n"))
        assert expected in shown.replace(" ", "")
        picture = np.array(Image.open(photograph(pilot.app, tmp_path / "address.png")).convert("L"))
        found = zxingcpp.read_barcodes(picture)
        assert [item.text for item in found] == [expected]
        await pilot.press("b")
        assert "Change address" in text(pilot)
        await pilot.press("escape")
        await at(pilot, Accounts)
        await pilot.press("escape")
        await at(pilot, Home)


@pytest.mark.parametrize("form", ["{}", "bitcoin:{}?amount=1.5", "BITCOIN:{upper}", "{upper}"])
async def test_an_address_somebody_holds_up_is_recognised(form: str) -> None:
    world = World()
    mine = computed(world, 1, 42)
    async with world.app().run_test(size=SIZE) as pilot:
        await begin(pilot, Address(world.bench, world.accounts.list()[0]))
        await pilot.press("c")
        await at(pilot, Checking)
        world.camera.batches.append((Seen(form.format(mine, upper=mine.upper()).encode(), 4.0),))
        await at(pilot, Address)
        assert "Yes: this is address 1/42 of this account" in text(pilot)
        assert "Number 42" in text(pilot)


@pytest.mark.parametrize(
    "foreign", [ELSEWHERE, "not an address at all", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"]
)
async def test_an_address_of_somebody_else_is_refused_in_red(foreign: str) -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await begin(pilot, Address(world.bench, world.accounts.list()[0]))
        await pilot.press("c")
        world.camera.batches.append((Seen(foreign.encode(), 4.0),))
        await at(pilot, Address)
        assert "NO: this is not among the first 1000 addresses" in " ".join(text(pilot).split())
        await pilot.press("right")
        assert "NO:" not in text(pilot)


def test_what_is_no_address_of_the_chain_is_malformed() -> None:
    world = World()
    desk, account = world.bench.desk, world.accounts.list()[0]
    assert find_address(desk, account, ELSEWHERE) is None
    for wrong in ("", "bitcoin:", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", "1" * 500):
        with pytest.raises(Malformed):
            find_address(desk, account, wrong)


async def test_an_account_leaves_as_codes_for_another_wallet() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await begin(pilot, Address(world.bench, world.accounts.list()[0]))
        await pilot.press("x")
        await at(pilot, Carried)
        carried = stage(pilot)
        assert isinstance(carried, Carried)
        assert world.accounts.list()[0].terms.split("#")[0] in carried.read.payload.data.decode()
        await pilot.press("enter")
        await at(pilot, Address)


async def test_the_journal_is_shown_newest_first_and_verified() -> None:
    world = World()
    for number in range(700):
        world.journal.append(Event(EventKind.SIGNED, 1_790_000_000 + number, ("aiko",), bytes(32)))
    world.journal.append(Event(EventKind.REFUSED, 1_790_001_000, ("ben",), bytes(32), (("why", "fee"),)))
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("j")
        await at(pilot, Records)
        await until(pilot, lambda: "refused" in text(pilot))
        lines = [line for line in text(pilot).split("\n") if "UTC" in line]
        assert lines[0].split()[0] == "700"
        assert "Records: 701" in text(pilot)
        await pilot.press("v")
        await until(pilot, lambda: "All 701 records are sound" in text(pilot))
        await pilot.press("c")
        await at(pilot, Carried)
        carried = stage(pilot)
        assert isinstance(carried, Carried)
        assert carried.read.payload.data == world.journal.checkpoint()
        await pilot.press("escape")
        await at(pilot, Records)


async def test_a_journal_that_does_not_add_up_locks() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("j")
        await at(pilot, Records)
        await until(pilot, lambda: "Records: 0" in text(pilot))
        world.journal.failing = Tampered(Broken.JOURNAL, what="record 3")
        await pilot.press("v")
        await at(pilot, Stopped)
        assert "THIS DEVICE IS LOCKED" in text(pilot)


async def test_the_selfcheck_names_what_fails_first() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("c")
        await at(pilot, SelfCheck)
        await until(pilot, lambda: "Everything is as it must be" in text(pilot))
        world.premises = (*world.premises, Premise("system image", False, "digest differs"))
        await pilot.press("r")
        await until(pilot, lambda: "SOMETHING IS WRONG" in text(pilot))
        assert text(pilot).index("BAD   system image") < text(pilot).index("vault")
