"""What stands on the screen from the first seconds of a start."""

from __future__ import annotations

import os
import pty
from pathlib import Path

from signer.core.fingerprint import spoken
from tests.firmware_image.test_image import overlay

HASH = bytes.fromhex("c14da6b7696189a65ebf0ea0baa8e0399456b4acdf17d081fdfc08ca50c74d49")


def test_the_words_of_the_image_are_whole_and_in_order() -> None:
    text = overlay("welcome").greeting(HASH, test=False)
    assert " ".join(spoken(HASH)) in " ".join(text.split())
    assert "TEST IMAGE" not in text
    assert all(len(line) <= 100 for line in text.split("\r\n"))


def test_a_test_image_and_an_unchecked_root_are_called_what_they_are() -> None:
    welcome = overlay("welcome")
    assert "TEST IMAGE" in welcome.greeting(HASH, test=True)
    unchecked = welcome.greeting(b"", test=False)
    assert "Switch off" in unchecked
    assert "Compare" not in unchecked


def test_it_is_written_to_the_terminal_and_a_missing_one_stops_nothing(tmp_path: Path) -> None:
    welcome = overlay("welcome")
    master, slave = pty.openpty()
    try:
        welcome.show(os.ttyname(slave), "hello\r\n")
        assert b"hello" in os.read(master, 100)
    finally:
        os.close(master)
        os.close(slave)
    welcome.show(str(tmp_path / "tty9"), "hello")
    assert not (tmp_path / "tty9").exists()
