"""The journey of an officer, key by key, on real core and ceremony with the world in memory."""

from __future__ import annotations

from time import thread_time

import pytest

from signer.ceremony.signing import Approved, Declined, Review, Scanning, Signed
from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.core.request import SpendResponse
from signer.core.sight import Ended, Ending, Hint, HintKind, Seen
from signer.core.words import Language
from signer.tui.app import NO_ROOMS, KinkoApp
from signer.tui.stages import Approving, Home, Stopped
from signer.tui.widgets.document import Document
from signer.wire.values import Dialect, Format, Kind, Payload
from tests.signer.tui.driving import approve, at, marked, read_all, scan, stage, text, until, write
from tests.signer.tui.ports_simulator import (
    CHAIN,
    ListAccounts,
    MemoryVault,
    PlayedCamera,
    Read,
    Unplugged,
    World,
    codes,
    payment,
    question,
    request,
    swapped,
)

SIZE = (80, 24)


async def test_from_home_to_an_answer_and_home_again() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await at(pilot, Home)
        await scan(pilot, world)
        await at(pilot, Review)
        assert world.camera.closed
        assert "Allowed, with warnings" in text(pilot)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        assert "Still needed: 2" in text(pilot)
        await pilot.press("down", "enter")
        await write(pilot, "battery staple")
        await until(pilot, lambda: "ben has approved" in text(pilot))
        assert "Still needed: 1" in text(pilot)
        await approve(pilot, "aiko")
        await at(pilot, Approved)
        await pilot.press("s")
        await at(pilot, Signed)
        signed = stage(pilot)
        assert isinstance(signed, Signed)
        await pilot.press("enter", "y")
        await at(pilot, Home)
    assert world.journal.kinds == ["reviewed", "approved", "approved", "signing", "signed"]
    draft = CHAIN.read(signed.answer.data, ())
    report = draft.inspect(world.accounts.list()[0])
    assert [origin.fingerprint for origin in report.signed] == [world.vault.key.fingerprint]
    assert all(session.closed for session in world.vault.sessions)


async def test_a_request_is_answered_with_a_response_and_its_claims_are_marked() -> None:
    world = World(vault=MemoryVault(threshold=1))
    read = Read(Payload(Kind.REQUEST, request(payment())), Dialect(Format.UR))
    world.camera.batches += codes(read)
    async with world.app().run_test(size=(160, 60)) as pilot:
        await pilot.press("s")
        await at(pilot, Review)
        await until(pilot, lambda: "tokyo-builder" in text(pilot))
        shown = text(pilot)
        assert "Suppliers of November" in shown
        assert "said by the builder, not checked" in shown
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        await approve(pilot, "chie")
        await at(pilot, Approved)
        await pilot.press("s")
        await at(pilot, Signed)
        signed = stage(pilot)
    assert isinstance(signed, Signed)
    assert len(SpendResponse.from_bytes(signed.answer.data).signatures) == 3


async def test_nothing_is_approved_before_it_was_read() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await pilot.press("a")
        assert isinstance(stage(pilot), Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        # Going back means reading again.
        await pilot.press("escape")
        await at(pilot, Review)
        await pilot.press("a")
        assert isinstance(stage(pilot), Review)


async def test_a_swapped_output_is_refused_and_cannot_be_approved() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world, swapped())
        await at(pilot, Review)
        shown = text(pilot)
        assert "DO NOT SIGN" in shown
        assert "claims to come back to this account, and does not" in shown
        assert "tell your security officer" in shown
        await read_all(pilot)
        await pilot.press("a")
        assert isinstance(stage(pilot), Review)
        await pilot.press("d", "n")
        assert isinstance(stage(pilot), Review)
        await pilot.press("d", "y")
        await at(pilot, Declined)
    assert world.journal.kinds == ["refused", "declined"]
    assert not world.vault.sessions


async def test_a_wrong_passphrase_says_how_many_tries_are_left_until_locked_out() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        for left in (4, 3, 2, 1, 0):
            await approve(pilot, "aiko", "wrong")
            await until(pilot, lambda left=left: f"Tries left: {left}" in text(pilot))  # type: ignore[misc]
        await approve(pilot, "aiko")
        await until(pilot, lambda: "locked out" in text(pilot))
        # The others still can.
        await approve(pilot, "ben")
        await until(pilot, lambda: "ben has approved" in text(pilot))
        await approve(pilot, "chie")
        await at(pilot, Approved)
    assert world.journal.kinds.count("factor-wrong") == 6


async def test_an_empty_passphrase_is_not_a_try() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert "Type the passphrase first" in text(pilot)
    assert not world.vault.tries


async def test_the_preparer_cannot_be_chosen() -> None:
    world = World(
        vault=MemoryVault(passphrases={"aiko": "correct horse", "daichi": "own payment"}, threshold=1)
    )
    read = Read(Payload(Kind.REQUEST, request(payment())), Dialect(Format.UR))
    world.camera.batches += codes(read)
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        assert "prepared it, cannot approve" in text(pilot)
        for _ in range(3):
            await pilot.press("down")
            assert marked(pilot) == "aiko"


async def test_the_screen_stays_alive_while_the_vault_works() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        world.vault.gate.clear()
        await approve(pilot, "aiko")
        await until(pilot, lambda: "Checking the passphrase" in text(pilot))
        await pilot.press("escape", "enter")
        assert isinstance(stage(pilot), Approving)
        world.vault.gate.set()
        await until(pilot, lambda: "aiko has approved" in text(pilot))


async def test_officers_who_walk_away_have_declined() -> None:
    world = World()
    async with world.app(idle=0.3).run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        await approve(pilot, "aiko")
        await at(pilot, Declined)
    assert world.journal.kinds[-1] == "declined"
    assert world.vault.sessions[0].closed


async def test_quitting_ends_the_signing_child() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        await approve(pilot, "aiko")
        await until(pilot, lambda: "aiko has approved" in text(pilot))
        assert not world.vault.sessions[0].closed
    assert world.vault.sessions[0].closed


async def test_declining_after_an_approval_ends_the_child_and_is_journaled() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        await approve(pilot, "aiko")
        await until(pilot, lambda: "aiko has approved" in text(pilot))
        await pilot.press("f10", "y")
        await at(pilot, Declined)
        await pilot.press("r")
        await at(pilot, Scanning)
    assert world.journal.kinds[-1] == "declined"
    assert world.vault.sessions[0].closed


async def test_a_camera_that_is_not_there_is_waited_for() -> None:
    world = Unplugged()
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: "No camera is found" in text(pilot))
        assert isinstance(stage(pilot), Scanning)
        await pilot.press("r")
        world.camera.batches += codes(question())
        await at(pilot, Review)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (Payload(Kind.PSBT, b"psbt\xff" + bytes(40)), "This could not be read"),
        (Payload(Kind.PSBT, b"psbt\xff" + bytes(range(200))), "This could not be read"),
    ],
)
async def test_bytes_that_are_no_payment_are_said_to_be_so(payload: Payload, words: str) -> None:
    world = World()
    world.camera.batches += codes(Read(payload, Dialect(Format.UR)))
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await at(pilot, Stopped)
        assert words in text(pilot)
        assert "Nothing was signed." in text(pilot)
        await pilot.press("enter")
        await at(pilot, Home)


async def test_a_payment_of_another_account_is_refused() -> None:
    world = World(accounts=ListAccounts([]))
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Stopped)
        assert "REFUSED" in text(pilot)
        assert "No account enrolled" in text(pilot)
        assert "right device, account and network" in " ".join(text(pilot).split())


async def test_a_device_that_was_tampered_with_shows_no_way_on() -> None:
    world = World()
    world.journal.failing = Tampered(Broken.JOURNAL, what="record 3")
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Stopped)
        assert "THIS DEVICE IS LOCKED" in text(pilot)
        await pilot.press("enter", "escape", "r", "q", "s")
        await pilot.pause()
        assert isinstance(stage(pilot), Stopped)


async def test_a_full_disk_means_no_signature() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        await read_all(pilot)
        await pilot.press("a")
        await at(pilot, Approving)
        await approve(pilot, "aiko")
        await until(pilot, lambda: "aiko has approved" in text(pilot))
        await approve(pilot, "ben")
        await at(pilot, Approved)
        world.journal.failing = VaultError(Lock.DEVICE, what="journal")
        await pilot.press("s")
        await at(pilot, Stopped)
        assert "Nothing was signed." in text(pilot)
    assert world.vault.sessions[0].closed


async def test_a_key_that_is_not_here_is_said_before_anybody_types() -> None:
    world = World()
    world.vault.key = type(world.vault.key)(9)
    async with world.app().run_test(size=SIZE) as pilot:
        await scan(pilot, world)
        await at(pilot, Review)
        assert "No key on this device can sign" in text(pilot)
        await read_all(pilot)
        await pilot.press("a")
        assert isinstance(stage(pilot), Review)


async def test_scanning_shows_progress_hints_and_strangers() -> None:
    world = World()
    frames = codes(question())
    async with world.app().run_test(size=(160, 45)) as pilot:
        await pilot.press("s")
        await at(pilot, Scanning)
        world.camera.batches += frames[:2]
        await until(pilot, lambda: "2 of " in text(pilot))
        assert "Still missing" in text(pilot)
        world.camera.batches.append((Hint(HintKind.TOO_DARK),))
        await until(pilot, lambda: "Too dark" in text(pilot))
        world.camera.batches.append((Seen(b"UR:PSBT/NONSENSE", 3.0),))
        await until(pilot, lambda: "belongs to something else" in text(pilot))
        world.camera.batches += frames[2:]
        await at(pilot, Review)


async def test_a_code_that_is_no_payment_is_named() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        world.camera.batches.append((Seen(b"https://example.org/a-poster-on-the-wall", 3.0),))
        await until(pilot, lambda: "holds no payment" in " ".join(text(pilot).split()))
        assert isinstance(stage(pilot), Scanning)


async def test_a_camera_that_stops_can_be_started_again() -> None:
    world = World()
    world.camera.batches.append((Ended(Ending.FAILED),))
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: "Press R" in text(pilot))
        world.camera = PlayedCamera(codes(question()))
        await pilot.press("r")
        await at(pilot, Review)


async def test_a_scan_that_was_left_goes_on_where_it_was() -> None:
    world, frames = World(), codes(question())
    half = len(frames) // 2
    assert half
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await at(pilot, Scanning)
        world.camera.batches += frames[:half]
        await until(pilot, lambda: f"{half} of {len(frames)}" in text(pilot))
        await pilot.press("escape")
        await at(pilot, Home)
        world.camera = PlayedCamera([])
        await pilot.press("s")
        await until(pilot, lambda: f"{half} of {len(frames)}" in text(pilot))
        assert half >= 3
        assert "to go" not in text(pilot)  # nothing has come since
        world.camera.batches += frames[half:]
        await at(pilot, Review)


async def test_leaving_the_scan_closes_the_camera() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await at(pilot, Scanning)
        await pilot.press("escape")
        await at(pilot, Home)
        await until(pilot, lambda: world.camera.closed)


async def test_a_camera_that_does_not_open_is_an_error_in_words() -> None:
    def broken(source: str) -> PlayedCamera:
        raise VaultError(Lock.DEVICE, what="camera")

    app = World().app()
    app._setting = type(app._setting)(Language.EN, "x", False, broken, "x", None, 0.0, NO_ROOMS)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await at(pilot, Stopped)


async def test_a_file_can_be_opened_where_development_allows() -> None:
    world = World()
    app = world.app(read_file=lambda path: payment() if path == "a.psbt" else _missing())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await at(pilot, Scanning)
        await pilot.press("o", "n", "o", "enter")
        await until(pilot, lambda: "cannot be read" in text(pilot))
        await pilot.press("backspace", "backspace", *"a.psbt", "enter")
        await at(pilot, Review)


def _missing() -> bytes:
    raise FileNotFoundError


async def test_without_that_there_is_no_way_to_a_file() -> None:
    async with World().app().run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await at(pilot, Scanning)
        await pilot.press("o")
        assert "Open a file" not in text(pilot)
        assert len(pilot.app.screen_stack) == 2


async def test_the_language_is_changed_at_home_and_stays() -> None:
    world = World()
    async with world.app().run_test(size=SIZE) as pilot:
        await pilot.press("l")
        await until(pilot, lambda: "支払いに署名する" in text(pilot))
        await scan(pilot, world, swapped())
        await at(pilot, Review)
        assert "署名禁止" in text(pilot)


async def test_two_thousand_outputs_are_all_shown_and_scroll_at_once() -> None:
    world = World(vault=MemoryVault(threshold=1))
    async with world.app().run_test(size=(160, 67)) as pilot:
        world.camera.batches += codes(question(payment(2000)), version=40)
        await pilot.press("s")
        await at(pilot, Review)
        document = pilot.app.screen.query_one(Document)
        await until(pilot, lambda: document.total > 6000)
        seen: set[str] = set()
        slowest = 0.0
        while True:
            shown = [line for line in text(pilot).split("\n") if "Payment " in line]
            seen.update(line.split("Payment ")[1].split(" of")[0] for line in shown)
            if document.read_to == document.total:
                break
            began = thread_time()  # of the processor: a busy machine is no stutter of ours
            document.action_page(1)
            for row in range(60):
                document.render_line(row)
            slowest = max(slowest, thread_time() - began)
            await pilot.pause()
        assert {f"{number:,}" for number in range(1, 2001)} <= seen
        assert slowest < 0.1


async def test_a_whole_payment_rings_and_flashes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world, rung = World(), list[bool]()

    def ring(app: KinkoApp) -> None:
        rung.append(app.screen.has_class("taken"))

    monkeypatch.setattr(KinkoApp, "bell", ring)
    async with world.app().run_test(size=SIZE) as pilot:
        world.camera.batches += codes(question())[:-1]
        await pilot.press("s")
        await until(pilot, lambda: not world.camera.batches)
        assert rung == []
        world.camera.batches += codes(question())
        await at(pilot, Review)
    assert rung == [True]
