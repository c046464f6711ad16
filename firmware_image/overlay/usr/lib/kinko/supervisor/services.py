"""The services: what runs, as whom, with which limits; a service that ends is started again, never two at once."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import termios
import time
from dataclasses import dataclass, field
from typing import Final

from supervisor import kernel

_ENVIRONMENT: Final = {
    "PATH": "/usr/bin:/usr/sbin",
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
    "TZ": "Asia/Tokyo",
}
_SIGNER: Final = ("/usr/bin/python3", "-B", "-m", "signer", "--home", "/data/home")
RESTART_SECONDS: Final = 2.0
BRIEF_SECONDS: Final = 10.0
DOOR: Final = "/run/decoder/door"
BRIEF_RUNS: Final = 3  # so often not longer than this: it cannot stay
SERIAL_SIZE: Final = (45, 140)  # rows, columns


@dataclass(frozen=True, slots=True)
class Service:
    """One program: its command, its user and groups (numbers), and the terminal it owns, if any."""

    name: str
    command: tuple[str, ...]
    user: int
    groups: tuple[int, ...] = ()
    terminal: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    instead: Service | None = None  # what runs when this one cannot stay


def _test_program(name: str) -> tuple[str, ...]:
    return ("/usr/bin/python3", "-B", f"/usr/lib/kinko-test/{name}.py")


CARDS: Final = Service("cards", ("/usr/sbin/pcscd", "--foreground", "--disable-polkit"), 1002)
# The door is in a folder that only the signer's group may enter; who asks there gets a pixel child of this user.
DECODER: Final = Service(
    "decoder",
    ("/usr/bin/python3", "-B", "-m", "signer.camera.spawner", DOOR),
    1004,
    (44,),
    "",
    {"PYTHONPATH": "/usr/lib/kinko"},
)
# In a test image: the signer on the serial line, a camera that the rig feeds, a report of the memory in use.
_TEST_PLACE: Final = {"PYTHONPATH": "/usr/lib/kinko:/usr/lib/kinko-test", "KINKO_DECODER": DOOR}
ON_SERIAL: Final = Service("signer", _test_program("session"), 1000, (1003,), "/dev/ttyAMA0", _TEST_PLACE)
TEST_CAMERA: Final = Service("camera", _test_program("camera"), 1003, (44,), "", _TEST_PLACE)
TEST_REPORT: Final = Service("report", _test_program("report"), 1003, (), "", _TEST_PLACE)
_SCREEN_PLACE: Final = {"PYTHONPATH": "/usr/lib/kinko", "HOME": "/data/home", "KINKO_DECODER": DOOR}
#: The kernel's own console: every letter but Japanese ones.
ON_CONSOLE: Final = Service("signer", _SIGNER, 1000, (5,), "/dev/tty1", _SCREEN_PLACE | {"TERM": "linux"})
ON_SCREEN: Final = Service(
    "screen",
    (
        "/usr/bin/kmscon",
        "--vt=/dev/tty1",
        "--font-engine=unifont",
        "--no-switchvt",
        "--no-reset-env",
        "--login",
        "--",
        *_SIGNER,
    ),
    1000,
    (5, 104, 1005),
    "/dev/tty1",
    _SCREEN_PLACE,
    ON_CONSOLE,
)


def plan(*, test: bool, screen: bool = False) -> tuple[Service, ...]:
    """What runs, in the order in which it starts: the signer on the screen, which takes longest and needs the others
    later; the card service; the decoders' spawner. In a test image, unless its `screen` is wanted, the signer is on the
    serial line, and there is what the rig needs.
    """
    if not test:
        return (ON_SCREEN, CARDS, DECODER)
    return (ON_SCREEN if screen else ON_SERIAL, CARDS, DECODER, TEST_CAMERA, TEST_REPORT)


class Keeper:
    """Runs one service and starts it again when it ends."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._process: subprocess.Popen[bytes] | None = None
        self._due = self._began = 0.0
        self._brief = 0

    @property
    def pid(self) -> int:
        """The number of the running process, 0 for none."""
        return self._process.pid if self._process else 0

    def again(self) -> None:
        """End the service; the next look starts it."""
        if self._process is not None:
            self._process.terminate()

    def look(self) -> None:
        """Start the service if it does not run and its pause is over."""
        if self._process is not None and self._process.poll() is None:
            return
        now = time.monotonic()
        if self._process is not None:
            self._ended(now)
        if now < self._due:
            return
        self._due = now + RESTART_SECONDS
        self._began = now
        self._process = start(self._service)

    def _ended(self, now: float) -> None:
        self._process, self._due = None, now + RESTART_SECONDS
        self._brief = self._brief + 1 if now - self._began < BRIEF_SECONDS else 0
        if self._brief >= BRIEF_RUNS and self._service.instead is not None:
            self._service, self._brief = self._service.instead, 0


def start(service: Service) -> subprocess.Popen[bytes] | None:
    """Start a service under its user, without a way to more rights. None when its program or terminal is missing."""
    try:
        line = os.open(service.terminal or os.devnull, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    try:
        _give_size(line)
        return subprocess.Popen(
            service.command,
            stdin=line, stdout=line,
            # errors of who owns the terminal go to the console; in others' hands it is a way to keys and screen
            stderr=None if service.terminal else line,
            cwd="/", env={**_ENVIRONMENT, **service.environment},
            user=service.user, group=service.user, extra_groups=service.groups,
            start_new_session=True, preexec_fn=lambda: _confine(bool(service.terminal)), umask=0o077,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):  # the latter: another session has the terminal
        return None
    finally:
        os.close(line)


def _give_size(line: int) -> None:
    """A serial line has no size; without one programs think of 80 by 24."""
    if os.isatty(line) and termios.tcgetwinsize(line) == (0, 0):
        termios.tcsetwinsize(line, SERIAL_SIZE)


def _confine(terminal: bool) -> None:
    if terminal:  # its own: without it a program may not turn the screen to graphics
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    kernel.no_new_privileges()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (256, 256))
