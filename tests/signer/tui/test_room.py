"""A device without room says so at home, before anything is written and whatever else is wrong."""

from __future__ import annotations

import pytest

from signer.core.errors import Lock, VaultError
from signer.core.space import FULL_BYTES, LOW_BYTES, Space, judge
from signer.core.words import Language
from signer.tui.stages import Rooms
from signer.tui.words import labels
from tests.signer.tui.driving import text, until
from tests.signer.tui.ports_simulator import ListJournal, World

SIZE = (120, 36)


@pytest.mark.parametrize(
    ("free", "expected"),
    [
        (0, Space.FULL),
        (FULL_BYTES - 1, Space.FULL),
        (FULL_BYTES, Space.LOW),
        (LOW_BYTES - 1, Space.LOW),
        (LOW_BYTES, Space.AMPLE),
    ],
)
def test_from_when_it_is_said(free: int, expected: Space) -> None:
    assert judge(free) is expected


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("free", "word"), [(100, "space_full"), (3 << 20, "space_low")])
async def test_home_says_it_in_words(language: Language, free: int, word: str) -> None:
    said = getattr(labels(language).home, word).format(free=3)
    async with World().app(rooms=Rooms(free=lambda: free), language=language).run_test(size=SIZE) as pilot:
        await until(pilot, lambda: labels(language).home.space in text(pilot))
        assert said[:24] in text(pilot)
        assert "treasury" in text(pilot)  # and the rest is there as always


async def test_home_says_nothing_while_there_is_room() -> None:
    async with World().app(rooms=Rooms(free=lambda: LOW_BYTES)).run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "treasury" in text(pilot))
        assert labels(Language.EN).home.space_low[:12] not in text(pilot)


async def test_home_says_it_beside_an_error_of_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    def no_room(*_: object) -> bytes:
        raise VaultError(Lock.DEVICE, what="journal")

    monkeypatch.setattr(ListJournal, "checkpoint", no_room)
    async with world.app(rooms=Rooms(free=lambda: 0)).run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "FULL" in text(pilot) and "journal" in text(pilot))
