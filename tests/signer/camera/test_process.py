"""The camera process over real pixels, and against children that hang, die, lie and flood."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from signer.camera import CameraProcess, open_camera, process, spawn
from signer.core.errors import Malformed
from signer.core.sight import CameraEvent, Ended, Ending, Hint, HintKind, Preview, Seen, Stats
from signer.wire import Decoder, Dialect, Format, Kind, Payload, encode
from signer.wire import open as open_code
from signer.wire.symbol import png, symbol

PAYLOAD = Payload(Kind.PSBT, b"psbt\xff" + random.Random(5).randbytes(3000))


def frames_into(folder: Path, dialect: Dialect, scale: int = 5) -> int:
    """PNG frames of PAYLOAD; how many."""
    frames = encode(PAYLOAD, dialect, 400)
    for index in range(frames.count):
        (folder / f"{index:03d}.png").write_bytes(png(symbol(frames.text(index)), scale))
    return frames.count


def watch(camera: CameraProcess, seconds: float = 60) -> list[CameraEvent]:
    """All events until the end."""
    events: list[CameraEvent] = []
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        events += camera.poll(0.5)
        if events and isinstance(events[-1], Ended):
            camera.close()
            return events
    raise AssertionError("no end")


def received(events: list[CameraEvent]) -> Payload:
    decoder: Decoder | None = None
    for event in events:
        if isinstance(event, Seen):
            decoder = decoder or open_code(event.text)
            decoder.receive(event.text)
    assert decoder is not None
    return decoder.payload()


@pytest.mark.parametrize("dialect", [Dialect(Format.UR, "psbt"), Dialect(Format.BBQR, "Z")], ids=str)
def test_folder(tmp_path: Path, dialect: Dialect) -> None:
    count = frames_into(tmp_path, dialect)
    (tmp_path / "notes.txt").write_text("not a picture")
    events = watch(open_camera(str(tmp_path), preview=(80, 60), stats=True))
    assert received(events) == PAYLOAD
    stats = [event for event in events if isinstance(event, Stats)][-1]
    assert (stats.frames_seen, stats.decoded, stats.used, stats.decoder) == (count, count, count, "zxing")
    density = [event.pixels_per_module for event in events if isinstance(event, Seen)]
    assert density == pytest.approx([5.0] * count, abs=0.2)
    preview = next(event for event in events if isinstance(event, Preview))
    assert preview.width <= 80
    assert preview.height <= 60
    assert preview.box is not None
    assert events[-1] == Ended(Ending.END)


def test_one_picture(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(png(symbol(b"\x00\xff binary \x80"), 6))
    events = watch(open_camera(str(tmp_path / "one.png")))
    assert [event.text for event in events if isinstance(event, Seen)] == [b"\x00\xff binary \x80"]


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.avi", "mjpeg"), ("a.mjpeg", "mjpeg")])
def test_video_made_by_ffmpeg(tmp_path: Path, name: str, codec: str) -> None:
    if not shutil.which("ffmpeg"):
        pytest.fail("ffmpeg is missing: setup/packages.txt names it")
    frames_into(tmp_path, Dialect(Format.BBQR, "2"))
    scale = "scale=1000:1000:flags=neighbor,pad=1920:1080:460:40:gray"
    command = ["ffmpeg", "-v", "error", "-framerate", "10", "-i", str(tmp_path / "%03d.png"), "-vf", scale]
    subprocess.run(
        [*command, "-pix_fmt", "yuvj420p", "-c:v", codec, "-q:v", "5", "-r", "20", tmp_path / name],
        check=True,
    )
    assert received(watch(open_camera(str(tmp_path / name)))) == PAYLOAD


def test_motion_jpeg_through_a_named_pipe(tmp_path: Path) -> None:
    """As rpicam-vid writes it; when the writer goes, the next one is waited for."""
    pipe, frames = tmp_path / "camera", encode(PAYLOAD, Dialect(Format.KINKO), 900)
    os.mkfifo(pipe)
    pictures = []
    for index in range(6):
        code = cv2.imdecode(np.frombuffer(png(symbol(frames.text(index)), 4), np.uint8), 0)
        pictures.append(cv2.imencode(".jpg", code)[1].tobytes())
    camera, events = open_camera(str(pipe)), list[CameraEvent]()

    def run(shown: list[bytes], until: Callable[[], bool]) -> None:
        """Another program writes `shown` again and again, until what is waited for has come."""
        over = threading.Event()

        def write() -> None:
            with contextlib.suppress(BrokenPipeError), pipe.open("wb", buffering=0) as stream:
                while not over.is_set():
                    for picture in shown:
                        stream.write(picture)
                        time.sleep(0.05)

        writer, limit = threading.Thread(target=write, daemon=True), time.monotonic() + 60
        writer.start()
        while not until() and time.monotonic() < limit:
            events.extend(camera.poll(0.2))
        over.set()
        while Hint(HintKind.NO_CAMERA) not in events and time.monotonic() < limit:
            events.extend(camera.poll(0.2))

    def texts() -> set[bytes]:
        return {event.text for event in events if isinstance(event, Seen)}

    run(pictures[:3], lambda: len(texts()) == 3)
    run(pictures[3:], lambda: len(texts()) == 6)
    camera.close()
    assert Hint(HintKind.NO_CAMERA) in events
    assert received(events) == PAYLOAD


def test_a_code_that_stays_is_told_again_now_and_then(tmp_path: Path) -> None:
    """Twice a second is cheap; never again would starve a reception that had to begin anew."""
    for number in range(40):
        (tmp_path / f"{number:02d}.png").write_bytes(png(symbol(b"it stays"), 4))
    events = watch(open_camera(str(tmp_path)))
    assert [event.text for event in events if isinstance(event, Seen)] == [b"it stays"] * 3


def test_dark_frames_give_a_hint(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "dark.png"), np.zeros((480, 640), np.uint8))
    assert Hint(HintKind.TOO_DARK) in watch(open_camera(str(tmp_path)))


def test_not_a_source(tmp_path: Path) -> None:
    for source in (str(tmp_path / "nothing"), "/dev/video99", "99", "a\0b", "", "/dev/null"):
        with pytest.raises(Malformed):
            open_camera(source)
    (tmp_path / "text.mp4").write_text("no video at all")
    assert watch(open_camera(str(tmp_path / "text.mp4"))) == [Ended(Ending.UNREADABLE)]


def test_broken_pictures_are_passed_over(tmp_path: Path) -> None:
    good = png(symbol(b"still here"), 6)
    (tmp_path / "1.png").write_bytes(good[:40])
    (tmp_path / "2.png").write_bytes(b"")
    (tmp_path / "3.jpg").write_bytes(os.urandom(5000))
    (tmp_path / "4.png").write_bytes(good)
    events = watch(open_camera(str(tmp_path), stats=True))
    assert [event.text for event in events if isinstance(event, Seen)] == [b"still here"]


PRELUDE = "import sys, time, os; sys.argv.pop(1); skip = int(sys.argv[sys.argv.index('--skip') + 1])\n"


def with_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> CameraProcess:
    monkeypatch.setattr(spawn, "_BOOT", PRELUDE + body)
    monkeypatch.setattr(process, "HANG_SECONDS", 0.6)
    monkeypatch.setattr(process, "START_SECONDS", 5.0)
    return open_camera(str(tmp_path))


def test_a_hanging_child_is_replaced_behind_the_frame(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = (
        "print(f'A {skip}', flush=True)\n"
        "if skip == 0: time.sleep(60)\n"
        "print(f'S 300 QUJD', flush=True); print('E end', flush=True)"
    )
    events = watch(with_child(monkeypatch, tmp_path, body))
    assert events == [Seen(b"ABC", 3.0), Ended(Ending.END)]


@pytest.mark.parametrize(
    "body",
    [
        "os.abort()",
        "sys.exit(0)",
        "print('S 1 !!!!', flush=True); time.sleep(60)",
        "os.write(1, bytes(range(256)) * 10); time.sleep(60)",
        "sys.stdout.write('A' * 400000); sys.stdout.flush(); time.sleep(60)",
        "print('E end-of-the-world', flush=True); time.sleep(60)",
    ],
)
def test_children_that_die_or_lie_end_in_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str
) -> None:
    assert watch(with_child(monkeypatch, tmp_path, body)) == [Ended(Ending.FAILED)]


@pytest.mark.parametrize("more", ["junk", "S 300 QUJD", "E end"])
def test_what_a_child_says_behind_its_end_is_not_heard(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: str
) -> None:
    body = f"os.write(1, b'E end\\n{more}\\n'); time.sleep(60)"
    camera = with_child(monkeypatch, tmp_path, body)
    events: list[CameraEvent] = []
    limit = time.monotonic() + 30
    while not events and time.monotonic() < limit:
        events += camera.poll(0.5)
    assert events == [Ended(Ending.END)]
    assert camera._child is None
    assert camera.replaced == 0


def test_close_ends_the_child(tmp_path: Path) -> None:
    camera = open_camera(str(tmp_path))
    child = camera._child
    assert isinstance(child, spawn._Own)
    camera.close()
    camera.close()
    assert child.process.poll() is not None
    assert camera.poll(0) == ()


def test_the_child_gets_no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KINKO_TEST_SECRET", "x")
    body = "print('H closer' if 'KINKO_TEST_SECRET' not in os.environ else 'H too-dark'); print('E end', flush=True)"
    assert watch(with_child(monkeypatch, tmp_path, body))[0] == Hint(HintKind.CLOSER)


def test_unplugged_and_plugged_in_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.write_bytes(b"")
    body = (
        "print('S 300 QUJD', flush=True); print('T 5 5 1 100 zxing', flush=True); print('E end', flush=True)"
    )
    monkeypatch.setattr(spawn, "_BOOT", PRELUDE + body)
    monkeypatch.setattr(process, "RETRY_SECONDS", 0.2)
    camera = CameraProcess(str(device), live=True, preview=None, stats=True)
    events: list[CameraEvent] = []

    def until(count: int, kind: type[CameraEvent]) -> None:
        limit = time.monotonic() + 20
        while sum(isinstance(event, kind) for event in events) < count and time.monotonic() < limit:
            events.extend(camera.poll(0.1))

    until(1, Hint)
    device.unlink()
    until(3, Hint)
    assert [event for event in events if isinstance(event, Hint)] == [Hint(HintKind.NO_CAMERA)] * 3
    device.write_bytes(b"")
    until(2, Seen)
    until(2, Stats)
    camera.close()
    assert [event for event in events if isinstance(event, Seen)] == [Seen(b"ABC", 3.0)] * 2
    assert [event.frames_seen for event in events if isinstance(event, Stats)] == [5, 10]


def test_hostile_pictures_do_no_harm(tmp_path: Path) -> None:
    """Symbols with spoiled modules, noise, stripes, finder patterns without codes, and sizes at the edges."""
    rng = np.random.default_rng(3)
    good = cv2.imdecode(np.frombuffer(png(symbol(b"x" * 200), 4), np.uint8), cv2.IMREAD_GRAYSCALE)
    pictures = [
        np.zeros((1, 1), np.uint8),
        np.zeros((5000, 3), np.uint8),
        rng.integers(0, 256, (300, 400)).astype(np.uint8),
    ]
    for spoil in range(40):
        picture = good.copy()
        for _ in range(spoil * 4):
            y, x = rng.integers(0, picture.shape[0] - 24, 2)
            picture[y : y + 4 * (1 + spoil % 5), x : x + 8] = rng.integers(0, 2) * 255
        pictures.append(picture)
    finder = np.kron(good[16:44:4, 16:44:4], np.ones((4, 4), np.uint8))
    pictures.append(np.tile(np.pad(finder, 6, constant_values=255), (12, 12)))
    pictures.append(np.tile(np.array([[0, 255]], np.uint8), (500, 250)))
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), picture)
    cv2.imwrite(str(tmp_path / "999.png"), good)
    events = watch(open_camera(str(tmp_path), preview=(80, 60)), seconds=120)
    texts = {event.text for event in events if isinstance(event, Seen)}
    assert b"x" * 200 in texts
    assert len(texts) <= 3
    assert events[-1] == Ended(Ending.END)


def loop_device() -> str:
    """A V4L2 device that gives back what is written into it, if this kernel has one."""
    for name in sorted(Path("/sys/class/video4linux").glob("*/name")):
        if "loopback" in name.read_text().lower() or "dummy" in name.read_text().lower():
            return f"/dev/{name.parent.name}"
    return ""


@pytest.mark.skipif(not loop_device(), reason="this kernel has no v4l2loopback device")
def test_a_loop_device(tmp_path: Path) -> None:
    frames_into(tmp_path, Dialect(Format.BBQR, "2"))
    scale = "scale=1000:1000:flags=neighbor,pad=1920:1080:460:40:gray"
    command = ["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-framerate", "5"]
    command += [
        "-i",
        str(tmp_path / "%03d.png"),
        "-vf",
        scale,
        "-pix_fmt",
        "yuyv422",
        "-f",
        "v4l2",
        loop_device(),
    ]
    with subprocess.Popen(command) as writer:
        camera, decoder, limit = open_camera(loop_device()), None, time.monotonic() + 90
        whole = False
        while not whole and time.monotonic() < limit:
            for event in camera.poll(0.5):
                if isinstance(event, Seen):
                    decoder = decoder or open_code(event.text)
                    whole = decoder.receive(event.text).complete or whole
        camera.close()
        writer.terminate()
    assert decoder is not None
    assert decoder.payload() == PAYLOAD
