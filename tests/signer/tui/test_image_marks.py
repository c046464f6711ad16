"""What a screen says of the image: the words of its root hash at home, and a mark on every screen of a test image."""

from __future__ import annotations

import pytest

from signer.core.words import Language
from signer.tui.app import KinkoApp
from signer.tui.stages import Accounts, Ceremonies, Image
from tests.signer.tui.driving import begin, text, until
from tests.signer.tui.ports_simulator import World

WORDS = ("ribcage", "insurgent", "clamshell", "hamburger", "sentence", "molecule", "rhythm", "atmosphere")
MARKS = {
    Language.EN: "TEST IMAGE - NOT FOR REAL MONEY",
    Language.JA: "試験用イメージ・実際の資金には使用禁止",
}


def app(world: World, image: Image, language: Language = Language.EN) -> KinkoApp:
    return world.app(language=language, image=image)


async def test_the_words_of_the_root_hash_are_at_home() -> None:
    async with app(World(), Image(WORDS)).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: " ".join(WORDS[:4]) in text(pilot))
        assert MARKS[Language.EN] not in text(pilot)


@pytest.mark.parametrize("language", list(Language))
async def test_every_screen_of_a_test_image_is_marked(language: Language) -> None:
    world = World()
    async with app(world, Image(for_tests=True), language).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: MARKS[language] in text(pilot))
        for stage in (Accounts(world.bench), Ceremonies(world.bench)):
            await begin(pilot, stage)
            assert MARKS[language] in text(pilot)
