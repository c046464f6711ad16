"""A prepared ceremony script at the screens: read from codes, compared whole, played."""

from __future__ import annotations

from pathlib import Path

from signer.core.prepared import Prepared, Preparer
from signer.core.words import Language
from signer.tui.forms import CeremonyKind
from signer.tui.stages import Ceremonies, Minutes, Preparing, Stopped
from signer.tui.widgets.menu import Menu
from signer.tui.words import labels
from tests.signer.tui.driving import at, begin, stage, text, until
from tests.signer.tui.ports_simulator import World
from tests.signer.tui.test_ceremonies import People
from tests.signer.tui.test_table import KEY, SIZE, compare, rooms_at, show

PREPARER = Preparer("hana@kinko", KEY.public_key().public_bytes_raw())


async def test_a_prepared_script_is_read_compared_and_played(tmp_path: Path) -> None:
    """From the menu; the words that the preparer's machine said are on the screen, and every line of the script."""
    world, rooms = World(), rooms_at(tmp_path)
    prepared = Prepared("# The yearly check\ncheck main aiko ben\n").sign(PREPARER, KEY.sign)
    async with world.app(rooms=rooms).run_test(size=SIZE) as pilot:
        await begin(pilot, Ceremonies(world.bench))
        menu = pilot.app.screen.query_one(Menu)
        while menu.chosen is None or menu.chosen.name != CeremonyKind.SCRIPT.value:
            await pilot.press("down")
        await pilot.press("enter")
        await at(pilot, Preparing)
        show(world, prepared.to_bytes().decode())
        shown = await compare(pilot)
        assert all(word in shown for word in prepared.words)
        assert "check main aiko ben" in shown
        await People(pilot).play()
        await at(pilot, Minutes)
        minutes = stage(pilot)
    assert isinstance(minutes, Minutes)
    assert prepared.digest.hex() in minutes.transcripts[0].lines[0]


async def test_what_is_no_script_is_not_played(tmp_path: Path) -> None:
    world, rooms = World(), rooms_at(tmp_path)
    async with world.app(rooms=rooms).run_test(size=SIZE) as pilot:
        await begin(pilot, Preparing(world.bench))
        show(world, "# a\n\n— hana ????\n")
        await at(pilot, Stopped)


async def test_a_menu_longer_than_the_screen_moves_with_the_mark() -> None:
    world = World()
    async with world.app(development=True).run_test(size=(80, 24)) as pilot:
        await begin(pilot, Ceremonies(world.bench))
        await pilot.press("up")
        await until(
            pilot, lambda: labels(Language.EN).ceremony.kinds[CeremonyKind.WIPE] + "  " in text(pilot)
        )
        await pilot.press("down")
        await until(
            pilot, lambda: labels(Language.EN).ceremony.kinds[CeremonyKind.GENESIS] + "  " in text(pilot)
        )
