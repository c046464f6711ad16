"""The language of the pixel child: whatever it says that is not exactly a known line is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.camera import lines
from signer.core.errors import Malformed
from signer.core.sight import Ended, Ending, Hint, HintKind, Preview, Seen, Stats

EVENTS: list[lines.Told] = [
    lines.Alive(12),
    lines.Closed(()),
    lines.Closed(("landlock", "seccomp")),
    Seen(bytes(range(256)), 3.25),
    Preview(4, 2, bytes(8), None),
    Preview(4, 2, bytes(8), ((0, 0), (3, 0), (3, 1), (0, 1))),
    Hint(HintKind.TOO_DARK),
    Stats(10, 8, 3, 1.5, "zxing"),
    Ended(Ending.END),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_round_trip(event: lines.Told) -> None:
    line = lines.write(event)
    assert line.endswith(b"\n")
    assert line.isascii()
    assert lines.read(line[:-1]) == event


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"A",
        b"A -1",
        b"A 1 2",
        b"A 9999999999999",
        b"S 100",
        b"S 100 ",
        b"S x QUJD",
        b"S 100 QUJD=",
        b"S 100 QU\x00D",
        b"S 100 " + b"QUJD" * 3000,
        b"P 4 2 - AAAA",
        b"P 0 2 - ",
        b"P 99999 99999 - AAAA",
        b"P 4 2 0,0,3,0,3,1,0 AAAAAAAAAAA=",
        b"P 4 2 0,0,4,0,3,1,0,1 AAAAAAAAAAA=",
        b"H you-have-won",
        b"T 1 1 1 1 other",
        b"E whatever",
        b"X",
        b"C ",
        b"C prayer",
        b"A \xd9\xa1",
        b"\x1b[2J",
        b"A 1\r",
        b"S 100 " + b"A" * 200_000,
    ],
)
def test_refused(line: bytes) -> None:
    with pytest.raises(Malformed):
        lines.read(line)


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"A ", b"S 1 ", b"P 4 2 - ", b"H ", b"T 1 1 1 1 ", b"E "])
)
def test_any_line(data: bytes, head: bytes) -> None:
    with contextlib.suppress(Malformed):
        lines.read(head + data)
