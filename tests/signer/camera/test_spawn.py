"""The pixel child under a user of its own: the spawner starts it, ends it, and believes nothing but a request."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import signer
from signer.camera import open_camera, spawn
from signer.camera.process import gather_noise
from signer.core.sight import Ended, Ending, Seen
from signer.wire.symbol import png, symbol

HOUSE = Path(signer.__file__).parent.parent
OTHER = 64_123  # a user that owns nothing here
_PROGRAM = Path(sys.executable).resolve()
#: Only root can become another user, and only where others may run this interpreter.
_AS_ANOTHER = os.getuid() == 0 and all(part.stat().st_mode & 0o001 for part in (_PROGRAM, *_PROGRAM.parents))


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it comes to be true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def run_spawner(door: Path) -> subprocess.Popen[bytes]:
    """The service, as the supervisor starts it: as root it really becomes another user."""
    service = subprocess.Popen(
        [sys.executable, "-B", "-m", "signer.camera.spawner", str(door)],
        cwd="/",
        env={"PYTHONPATH": str(HOUSE)},
        user=OTHER if _AS_ANOTHER else None,
        group=OTHER if _AS_ANOTHER else None,
        extra_groups=[] if _AS_ANOTHER else None,
    )
    if not eventually(door.exists):
        service.kill()
        pytest.fail("the spawner opened no door")
    return service


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the other user may write to: pytest's own are closed to him."""
    with TemporaryDirectory(prefix="kinko-spawn-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def door(place: Path) -> Iterator[Path]:
    """The door of a running spawner."""
    service = run_spawner(place / "door")
    yield place / "door"
    service.kill()
    service.wait()


def children(door: Path) -> list[dict[str, str]]:
    """What the kernel says of each running pixel child that looks at something beside this door."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"--parent" in words and any(word.startswith(bytes(door.parent)) for word in words):
                lines = (folder / "status").read_text().splitlines()
                found.append(dict(line.split(":", 1) for line in lines))
        except OSError:
            continue
    return found


def fifo(place: Path) -> Path:
    """A source that keeps a child waiting for ever."""
    path = place / "camera.mjpeg"
    os.mkfifo(path)
    path.chmod(0o666)
    return path


@pytest.mark.skipif(not _AS_ANOTHER, reason="root, and an interpreter that others may run")
def test_the_child_has_another_user_and_no_right_of_it(door: Path) -> None:
    camera = open_camera(str(fifo(door.parent)), door=str(door))
    try:
        assert eventually(lambda: bool(children(door)))
        (child,) = children(door)
        assert child["Uid"].split() == [str(OTHER)] * 4
        assert child["Gid"].split() == [str(OTHER)] * 4
        assert child["Groups"].strip() == ""
        assert int(child["CapEff"], 16) == int(child["CapPrm"], 16) == 0
    finally:
        camera.close()
    assert children(door) == []  # and its end was waited for


def test_a_code_is_read_through_the_door(door: Path) -> None:
    pictures = door.parent / "pictures"
    pictures.mkdir()
    (pictures / "a.png").write_bytes(png(symbol(b"through the door"), 6))
    camera = open_camera(str(pictures), door=str(door))
    events = []
    while not any(isinstance(event, Ended) for event in events):
        events += camera.poll(1.0)
    assert [event.text for event in events if isinstance(event, Seen)] == [b"through the door"]
    assert ("user" in camera.isolation) is _AS_ANOTHER
    assert "seccomp" in camera.isolation
    camera.close()


@pytest.mark.skipif(not _AS_ANOTHER, reason="root, and an interpreter that others may run")
def test_the_spawner_cannot_read_what_is_the_signers(door: Path) -> None:
    secret = door.parent / "mine"
    secret.mkdir(mode=0o700)
    (secret / "a.png").write_bytes(png(symbol(b"mine"), 6))
    camera = open_camera(str(secret), door=str(door))
    events = []
    while not any(isinstance(event, Ended) for event in events):
        events += camera.poll(1.0)
    assert not any(isinstance(event, Seen) for event in events)


def test_the_child_ends_with_who_asked_for_it(door: Path) -> None:
    source = fifo(door.parent)
    ask = (
        f"import sys, time; sys.path.insert(0, {str(HOUSE)!r})\n"
        "from signer.camera import open_camera\n"
        f"camera = open_camera({str(source)!r}, door={str(door)!r}); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", ask]) as asking:
        assert eventually(lambda: len(children(door)) == 1)
        asking.kill()
    assert eventually(lambda: children(door) == [])


def test_one_at_a_time_and_the_next_is_served(door: Path) -> None:
    first = open_camera(str(fifo(door.parent)), door=str(door))
    assert eventually(lambda: len(children(door)) == 1)
    second = open_camera(str(door.parent / "camera.mjpeg"), door=str(door))
    time.sleep(0.3)
    assert len(children(door)) == 1
    first.close()
    assert eventually(lambda: len(children(door)) == 1)
    second.close()
    assert children(door) == []


def test_without_an_answer_the_camera_fails_and_does_not_hang(place: Path) -> None:
    (place / "empty").mkdir()
    camera = open_camera(str(place / "empty"), door=str(place / "no-door"))
    assert camera.poll(5.0) in ((), (Ended(Ending.FAILED),))
    while not any(isinstance(event, Ended) for event in camera.poll(1.0)):
        if camera.replaced > 8:
            break
    assert camera.isolation == ()
    assert gather_noise(str(place / "empty"), door=str(place / "no-door"), seconds=5.0) == b""


def test_rubbish_at_the_door_does_not_close_it(door: Path) -> None:
    reading, writing = os.pipe()
    for message, descriptors in (
        (b"", []),
        (b"/tmp", []),  # no pipe
        (b"\xff\xfe", [writing]),  # no text
        (b"x" * (spawn.MAX_MESSAGE + 1), [writing]),
        (b"\0" * 40, [writing]),  # too many words
        (b"/tmp\0--nothing", [writing]),
    ):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.connect(str(door))
            socket.send_fds(line, [message], descriptors)
            line.settimeout(30)
            assert line.recv(1) == b""  # answered by the end
    os.close(writing)
    assert os.read(reading, 10) == b""
    os.close(reading)
    test_a_code_is_read_through_the_door(door)
