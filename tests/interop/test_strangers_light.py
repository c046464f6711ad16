"""Pictures as other people's cameras, simulators and encoders make them: each payload comes out right."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import qrcode

from online_builder.eye import looks
from signer.camera import zbar
from signer.camera.sources import open_source
from signer.wire import Dialect, Format, Kind, Payload, encode
from signer.wire.animation import gif
from signer.wire.reader import Gray, Reader
from signer.wire.reception import Receiver
from signer.wire.symbol import Ecc, png, symbol

PSBT = Payload(Kind.PSBT, b"psbt\xff" + random.Random(5).randbytes(900))
KINKO, UR, BBQR = Dialect(Format.KINKO), Dialect(Format.UR, "psbt"), Dialect(Format.BBQR, "Z")
WIDE, HIGH = 1280, 720


def texts(dialect: Dialect, fragment: int = 300) -> list[bytes]:
    frames = encode(PSBT, dialect, fragment)
    return [frames.text(index) for index in range(frames.count + 2 * frames.endless)]


def plain(text: bytes, scale: int = 5, quiet: int = 4, ecc: Ecc = Ecc.L, version: int | None = None) -> Gray:
    packed = png(symbol(text, ecc=ecc, version=version), scale, quiet)
    return np.asarray(cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def placed(code: Gray, wide: int = WIDE, high: int = HIGH) -> Gray:
    frame = np.full((high, wide), 90, np.uint8)
    top, left = (high - code.shape[0]) // 2, (wide - code.shape[1]) // 2
    frame[top : top + code.shape[0], left : left + code.shape[1]] = code
    return frame


def film(dialect: Dialect, change: Callable[[Gray], Any]) -> list[Any]:
    return [change(placed(plain(text))) for text in texts(dialect)]


def colours(dark: tuple[int, int, int], light: tuple[int, int, int]) -> Callable[[Gray], Any]:
    """Blue, green, red."""
    return lambda f: np.where(f[..., None] < 128, np.uint8(dark), np.uint8(light))


def combed(shift: int) -> Callable[[Gray], Gray]:
    """Interlaced: the other field was taken a little later."""

    def comb(frame: Gray) -> Gray:
        frame[1::2] = np.roll(frame[1::2], shift, 1)
        return frame

    return comb


def weaving() -> list[Gray]:
    """Interlaced while the code changes: every third frame is half of this code and half of the next."""
    codes = [placed(plain(text, version=14)) for text in texts(KINKO) * 2]
    frames = []
    for this, following in pairwise(codes):
        torn = this.copy()
        torn[1::2] = following[1::2]
        frames += [this, torn]
    return frames


def bulged(frame: Gray) -> Gray:
    y, x = np.mgrid[0:HIGH, 0:WIDE].astype(np.float32)
    u, v = (x - WIDE / 2) / WIDE, (y - HIGH / 2) / WIDE
    grow = 1 + 0.5 * (u * u + v * v)
    moved = cv2.remap(frame, WIDE * (0.5 + u * grow), HIGH / 2 + WIDE * v * grow, cv2.INTER_LINEAR)
    return np.asarray(moved, dtype=np.uint8)


def transparent(text: bytes) -> Any:
    """Black ink on nothing at all."""
    code = plain(text)
    return np.dstack([np.zeros_like(code)] * 3 + [255 - code])


def qrcodes(of: Iterable[bytes], level: int) -> list[Gray]:
    """By another encoder."""
    pictures = []
    for text in of:
        code = qrcode.QRCode(error_correction=level, box_size=4)
        code.add_data(text, optimize=0)
        code.make(fit=True)
        pictures.append(np.array(code.make_image().convert("L"), dtype=np.uint8))
    return pictures


FILMS: dict[str, Callable[[], list[Any]]] = {
    "turned by 90": lambda: film(KINKO, lambda f: np.rot90(f)),
    "turned by 180": lambda: film(UR, lambda f: np.rot90(f, 2)),
    "portrait, turned by 270": lambda: film(BBQR, lambda f: np.rot90(f, 3)),
    "mirrored": lambda: film(KINKO, lambda f: f[:, ::-1]),
    "inverted": lambda: film(UR, lambda f: 255 - f),
    "blue ink": lambda: film(UR, colours((120, 30, 0), (255, 220, 180))),
    "red on green": lambda: film(UR, colours((0, 0, 255), (0, 255, 0))),
    "white on blue": lambda: film(UR, colours((255, 255, 255), (120, 0, 0))),
    "little contrast": lambda: film(KINKO, lambda f: f // 10 + 110),
    "too bright": lambda: film(KINKO, lambda f: np.maximum(f, 85) // 3 * 2 + 85),
    "interlaced": lambda: film(UR, combed(3)),
    "interlaced and changing": weaving,
    "barrel": lambda: film(UR, bulged),
    "640x480": lambda: [cv2.resize(f, (640, 480)) for f in film(KINKO, lambda f: f[:, 160:1120])],
    "halves between": lambda: [g for f in film(KINKO, lambda f: f) for g in (f[:360], f, f[:, :600])],
    "each four times": lambda: [frame for frame in film(BBQR, lambda f: f) for _ in range(4)],
    "a pixel a module": lambda: [plain(text, 1) for text in texts(UR)],
    "no quiet zone": lambda: [plain(text, 3, 0) for text in texts(UR)],
    "transparent": lambda: [transparent(text) for text in texts(UR)],
    "sixteen bits": lambda: film(UR, lambda f: f.astype(np.uint16) * 257),
    "level H": lambda: [placed(plain(text, 4, ecc=Ecc.H)) for text in texts(UR, 150)],
    "another encoder, L": lambda: qrcodes(texts(KINKO), 1),
    "another encoder, Q": lambda: qrcodes(texts(UR), 3),
    "lower case": lambda: qrcodes([text.lower() for text in texts(UR)], 0),
    "mixed case": lambda: qrcodes([text.decode().title().encode() for text in texts(UR)], 0),
    "one code, base64": lambda: qrcodes([base64.b64encode(PSBT.data)], 1),
    "one code, hexadecimal": lambda: qrcodes([PSBT.data.hex().encode()], 1),
    "one code, bytes": lambda: qrcodes([PSBT.data], 1),
}


@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS.keys())
def test_a_folder_of_them(make: Callable[[], list[Any]], tmp_path: Path) -> None:
    """In the signer's camera and in the builder's."""
    for number, picture in enumerate(make()):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), np.ascontiguousarray(picture))
    source, reader = open_source(str(tmp_path)), Reader(hasty=False, last=zbar.read)
    assert source is not None
    here = [reader.read(frame, hard=True) for frame in source.frames() if frame is not None]
    for codes in (here, looks(str(tmp_path))):
        receiver = Receiver(frozenset(Kind))
        heard = [receiver.feed(code.text) for found in codes for code in found]
        assert [item.read.payload for item in heard if item.read][:1] == [PSBT]


def test_text_in_other_modes(tmp_path: Path) -> None:
    for text in (b"1234567890123", b"HELLO WORLD 12", b"hi"):
        (code,) = qrcodes([text], 0)
        cv2.imwrite(str(tmp_path / "a.png"), code)
        assert [[found.text for found in codes] for codes in looks(str(tmp_path / "a.png"))] == [[text]]


@pytest.mark.parametrize("name", ["portrait.mp4", "film.webm", "interlaced.mkv", "film.gif"])
def test_films_by_command(name: str, tmp_path: Path) -> None:
    """A portrait video, another codec, an interlaced one, and our own GIF, by the command with its numbers."""
    if not shutil.which("ffmpeg"):
        pytest.fail("ffmpeg is missing: setup/packages.txt names it")
    codes = texts(KINKO)
    if name == "film.gif":
        (tmp_path / name).write_bytes(gif([symbol(text, version=14) for text in codes], fps=10))
    else:
        for number, text in enumerate(codes):
            cv2.imwrite(str(tmp_path / f"{number:03d}.png"), np.rot90(placed(plain(text))))
        change = ["-vf", "fps=40,tinterlace=interleave_top"] if "interlaced" in name else []
        command = ["ffmpeg", "-v", "error", "-framerate", "10", "-i", str(tmp_path / "%03d.png"), *change]
        subprocess.run([*command, "-pix_fmt", "yuv420p", "-r", "20", str(tmp_path / name)], check=True)
    scan = ["scan", "--camera", str(tmp_path / name), "--out", str(tmp_path / "got"), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "signer", "--home", str(tmp_path / "home"), *scan],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    told = json.loads(done.stdout)
    assert (tmp_path / "got").read_bytes() == PSBT.data
    assert told["complete"]
    assert told["bytes"] == len(PSBT.data)
    assert told["frames"] >= told["decoded"] > 0
    assert told["used"] > 0
    assert told["seconds"] > 0
    assert told["decoder"] != "none"
