"""`show` and `scan` as one types them, on both sides: dialects by name, densities, what a camera sees besides."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from signer.wire.dialects import NAMES, encode, named
from signer.wire.kinko import KinkoDecoder
from signer.wire.pace import write_feedback
from signer.wire.reception import Receiver
from signer.wire.symbol import png, symbol
from signer.wire.values import Dialect, Format, Kind, Payload
from tests.stage.process import BUILDER, SIGNER, ask

PSBT = b"psbt\xff" + random.Random(3).randbytes(500) + bytes(400)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "payment.psbt"
    path.write_bytes(PSBT)
    return path


@pytest.mark.parametrize(
    ("program", "name"),
    [(SIGNER, "specter"), (BUILDER, "ur:psbt"), (SIGNER, "bbqr:H"), (BUILDER, "static:base43")],
)
def test_a_dialect_can_be_asked_for(program: str, name: str, file: Path) -> None:
    frames, got = file.parent / "frames", file.parent / "got"
    told = ask(program, file.parent, "show", file, "--format", name, "--frames", frames)
    assert told["format"] == named(name).format.value
    scanned = ask(SIGNER, file.parent, "scan", "--camera", frames, "--out", got)
    assert got.read_bytes() == PSBT
    assert scanned["format"] == told["format"]
    assert named(name).variant in ("", scanned["variant"])


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_dialect(name: str) -> None:
    item = Payload(Kind.PSBT, PSBT)
    frames = encode(item, named(name), 500)
    receiver = Receiver()
    read = [receiver.feed(frames.text(index)).read for index in range(frames.count)][-1]
    assert read is not None
    assert read.payload == item
    assert read.dialect.format is named(name).format
    assert named(name).variant in ("", read.dialect.variant)


@pytest.mark.parametrize("program", [SIGNER, BUILDER])
def test_the_version_that_was_asked_for_is_shown(program: str, tmp_path: Path) -> None:
    file = tmp_path / "large.psbt"
    file.write_bytes(b"psbt\xff" + random.Random(4).randbytes(9_000))
    for version in (13, 20, 30, 40):
        told = ask(program, tmp_path, "show", file, "--version", str(version), "--frames", tmp_path / "f")
        assert told["version"] == version
        assert len(list((tmp_path / "f").iterdir())) == told["frames"]  # none is left of the showing before


@pytest.mark.parametrize("program", [SIGNER, BUILDER])
def test_what_another_receiver_still_shows_is_no_payload(program: str, file: Path) -> None:
    frames, got = file.parent / "frames", file.parent / "got"
    ask(program, file.parent, "show", file, "--format", "kinko", "--frames", frames)
    decoder = KinkoDecoder(encode(Payload(Kind.PSBT, PSBT), Dialect(Format.KINKO), 300).text(0))
    (frames / "a.png").write_bytes(png(symbol(write_feedback(decoder.feedback(4.0)))))
    ask(program, file.parent, "scan", "--camera", frames, "--out", got)
    assert got.read_bytes() == PSBT


@pytest.mark.parametrize("program", [SIGNER, BUILDER])
def test_a_stranger_at_the_end_does_not_hide_how_far_it_is(program: str, tmp_path: Path) -> None:
    codes = encode(Payload(Kind.PSBT, PSBT), Dialect(Format.BBQR, "2"), 300)
    (tmp_path / "f").mkdir()
    for number, text in enumerate((codes.text(0), codes.text(1), b"https://example.org")):
        (tmp_path / "f" / f"{number}.png").write_bytes(png(symbol(text)))
    told = ask(program, tmp_path, "scan", "--camera", tmp_path / "f", "--out", tmp_path / "got", expect=7)
    assert (told["have"], told["need"]) == (2, codes.count)
