"""Heads of real journals that come with responses: what continues is kept, what does not is refused and alarms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from online_builder.errors import BuilderError, Trouble
from online_builder.oversight.checkpoints import register
from online_builder.store.watched import AlarmKind
from signer.core.errors import Malformed, Tampered
from tests.online_builder.oversight.appliance import Appliance, sizes
from tests.online_builder.room import Room, open_room, wish


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path / "room") as room:
        room.fund(3)
        yield room


@pytest.fixture
def aiko(tmp_path: Path, room: Room) -> Appliance:
    appliance = Appliance.make(tmp_path / "aiko", 0)
    register(room.desk.store.oversight, "aiko", appliance.journal.public_key)
    return appliance


def refused(room: Room, answer, what: str) -> None:
    """Refused, alarmed once, and nothing of it was taken."""
    store = room.desk.store
    before, kept = store.requests(), store.checkpoints()
    for _ in range(2):
        with pytest.raises(Tampered) as caught:
            room.desk.collect(answer)
        assert what in str(caught.value.details["what"])
    assert (store.requests(), store.checkpoints()) == (before, kept)
    (alarm,) = store.oversight.alarms()
    assert alarm.kind is AlarmKind.CHECKPOINT
    assert alarm.open
    assert what in alarm.detail
    assert room.desk.oversee().open == (alarm,)


def test_a_journal_that_goes_on_is_kept(room: Room, aiko: Appliance) -> None:
    seen = []
    for _ in range(3):
        request = room.desk.propose("treasury", wish("1"))
        assert len(room.desk.collect(aiko.answer(request)).signed) == 1
        seen += sizes(room.desk.store.checkpoints())
    assert seen == [3, 5, 7]
    assert [head.size for head in room.desk.store.oversight.heads()] == [3, 5, 7]
    assert room.desk.oversee().alarms == ()
    assert room.desk.oversee().unverified == ()


def test_two_requests_at_once_in_either_order(room: Room, aiko: Appliance) -> None:
    first, second = (room.desk.propose("treasury", wish("1")) for _ in range(2))
    answers = [aiko.answer(first), aiko.answer(second)]
    for answer in reversed(answers):
        room.desk.collect(answer)
    assert sizes(room.desk.store.checkpoints()) == [5]
    room.desk.collect(aiko.answer(room.desk.propose("treasury", wish("1"))))
    assert room.desk.oversee().alarms == ()


def test_a_device_put_back_to_an_older_state(room: Room, aiko: Appliance, tmp_path: Path) -> None:
    clone = aiko.copy(tmp_path / "clone")
    room.desk.collect(aiko.answer(room.desk.propose("treasury", wish("1"))))
    request = room.desk.propose("treasury", wish("1"))
    clone.record(request)  # would itself refuse, so its software is another one too
    refused(room, clone.answer(request, clone.journal.checkpoint(), record=False), "does not continue")


def test_two_copies_of_one_device(room: Room, aiko: Appliance, tmp_path: Path) -> None:
    clone = aiko.copy(tmp_path / "clone")
    first, second = (room.desk.propose("treasury", wish("1")) for _ in range(2))
    room.desk.collect(aiko.answer(first))
    refused(room, clone.answer(second), "forked")


def test_a_signature_that_is_not_the_devices(room: Room, aiko: Appliance, tmp_path: Path) -> None:
    other = Appliance.make(tmp_path / "other", 0)
    request = room.desk.propose("treasury", wish("1"))
    aiko.record(request)
    text = aiko.head(request).decode()
    forged = text.rsplit("— ", 1)[0] + "— " + other.journal.checkpoint().decode().rsplit("— ", 1)[1]
    refused(room, aiko.answer(request, forged.encode(), record=False), "wrong signature")


def test_an_answer_that_hides_its_head(room: Room, aiko: Appliance) -> None:
    request = room.desk.propose("treasury", wish("1"))
    refused(room, aiko.answer(request, b""), "without a checkpoint")


def test_an_older_head_under_a_newer_answer(room: Room, aiko: Appliance) -> None:
    first = aiko.answer(room.desk.propose("treasury", wish("1")))
    room.desk.collect(first)
    (old,) = room.desk.store.checkpoints()
    request = room.desk.propose("treasury", wish("1"))
    refused(room, aiko.answer(request, old), "does not continue")


def test_bytes_that_are_no_answer_raise_no_alarm(room: Room, aiko: Appliance) -> None:
    request = room.desk.propose("treasury", wish("1"))
    other = room.desk.propose("treasury", wish("2"))
    answer = aiko.answer(other, b"")
    swapped = answer.data.replace(other.digest, request.digest)
    with pytest.raises(Malformed):
        room.desk.collect(type(answer)(answer.kind, swapped))
    with pytest.raises(Malformed):
        room.desk.collect(aiko.answer(request, b"no checkpoint"))
    assert room.desk.oversee().alarms == ()


def test_a_device_nobody_registered_is_named_as_such(room: Room, tmp_path: Path) -> None:
    ben = Appliance.make(tmp_path / "ben", 1)
    room.desk.collect(ben.answer(room.desk.propose("treasury", wish("1"))))
    assert room.desk.oversee().unverified == (ben.journal.origin,)
    book = room.desk.store.oversight
    register(book, "ben", ben.journal.public_key)
    assert room.desk.oversee().unverified == ()
    with pytest.raises(BuilderError) as caught:
        register(book, "chie", ben.journal.public_key)
    assert caught.value.trouble is Trouble.EXISTS
    with pytest.raises(Malformed):
        register(book, "chie", b"short")


def test_a_head_kept_before_the_key_was_known_must_be_its_own(room: Room, tmp_path: Path) -> None:
    ben, other = Appliance.make(tmp_path / "ben", 1), Appliance.make(tmp_path / "other", 1)
    request = room.desk.propose("treasury", wish("1"))
    ben.record(request)
    forged = (
        ben.head(request).decode().rsplit("— ", 1)[0]
        + "— "
        + other.journal.checkpoint().decode().rsplit("— ", 1)[1]
    )
    room.desk.collect(ben.answer(request, forged.encode(), record=False))
    with pytest.raises(Tampered):
        register(room.desk.store.oversight, "ben", ben.journal.public_key)
