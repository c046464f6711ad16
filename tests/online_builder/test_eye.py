"""The builder's camera before lines between rows, noise, turned and inverted codes, pipes, and what is no source."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from online_builder.eye import looks
from signer.core.errors import Malformed
from signer.wire.reader import Gray
from signer.wire.symbol import png, symbol

TEXT = random.Random(1).randbytes(600)


def picture(text: bytes = TEXT, scale: int = 5) -> Gray:
    code = cv2.imdecode(np.frombuffer(png(symbol(text), scale), np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(cv2.copyMakeBorder(code, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=90), dtype=np.uint8)


def with_lines(frame: Gray) -> Gray:
    """A dark line of two pixels in every ten, as between the rows of some terminals."""
    lined = frame.copy()
    lined[::10] = lined[1::10] = 20
    return lined


def noisy(frame: Gray) -> Gray:
    small = cv2.resize(frame, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 22, small.shape)
    return np.clip(small * 0.5 + 60 + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "change",
    [with_lines, noisy, lambda f: 255 - f, lambda f: np.rot90(f).copy(), lambda f: f[:, ::-1].copy()],
    ids=["lines", "noise", "inverted", "turned", "mirrored"],
)
def test_single_pictures_are_tried_every_way(tmp_path: Path, change: Callable[[Gray], Gray]) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), change(picture()))
    assert [[code.text for code in codes] for codes in looks(str(tmp_path))] == [[TEXT]]
    assert [[code.text for code in codes] for codes in looks(str(tmp_path / "a.png"))] == [[TEXT]]


def test_a_video_with_lines(tmp_path: Path) -> None:
    frame = cv2.cvtColor(with_lines(picture()), cv2.COLOR_GRAY2BGR)
    size = (frame.shape[1], frame.shape[0])
    video = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, size)
    for _ in range(12):
        video.write(frame)
    video.release()
    found = [code.text for codes in looks(str(tmp_path / "a.avi")) for code in codes]
    assert set(found) == {TEXT}
    assert len(found) > 6


def test_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    texts = [TEXT, b"another"]
    pictures = [cv2.imencode(".jpg", picture(text))[1].tobytes() for text in texts]
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"".join(pictures * 40)))
    writer.start()
    found = [code.text for codes in looks(str(pipe)) for code in codes]
    writer.join()
    assert set(found) <= set(texts)
    assert len(found) > 2


def test_no_source(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video at all")
    for source in (str(tmp_path / "nothing"), "99", "a\0b", "", str(tmp_path / "text.mp4")):
        with pytest.raises(Malformed):
            list(looks(source))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    (tmp_path / "empty.png").write_bytes(b"")
    assert list(looks(str(tmp_path / "broken.png"))) == [[]]
    assert list(looks(str(tmp_path / "empty.png"))) == [[]]


def test_only_files_of_a_folder_are_opened(tmp_path: Path) -> None:
    """A pipe would be waited for, a device never ends, a link leads nowhere."""
    cv2.imwrite(str(tmp_path / "z.png"), picture())
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to("/dev/zero")
    (tmp_path / "c.png").symlink_to("nowhere")
    (tmp_path / "d.png").symlink_to("d.png")
    (tmp_path / "e.png").mkdir()
    (tmp_path / "f.png").write_bytes(b"")
    assert [code.text for codes in looks(str(tmp_path)) for code in codes] == [TEXT]


def test_a_picture_that_would_be_a_gigabyte_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(32_000))
    cv2.imwrite(str(tmp_path / "code.png"), picture())
    look = (
        "import resource, sys; from online_builder.eye import looks; print(sum(map(len, looks(sys.argv[1]))))"
    )
    peak = "; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    command = [sys.executable, "-c", look + peak, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found, mebibytes = map(int, done.stdout.split())
    assert found == 1
    assert mebibytes < 600


def bomb(side: int) -> bytes:
    """A PNG of so many white and black pixels in so few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    body = zlib.compress(bytes((side // 8 + 1) * side), 9)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")
