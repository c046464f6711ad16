"""One board in QEMU's `virt` machine: a card image, a serial line in a real terminal, ports, and a plug to pull."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]
from feed import hand_over  # noqa: E402
from toolstree import Tools  # noqa: E402

from tests.signer.tui.terminal import Terminal  # noqa: E402

SIZE: Final = (140, 46)  # one row more than the supervisor tells the signer: tmux keeps one for itself
PORTS: Final = ("kinko.camera", "kinko.report")
HOME_PORT: Final = "kinko.home"
#: vivid with one HDMI input and one HDMI output, no scaling; without a camera it makes no video node at all.
CAMERA: Final = (
    "vivid.n_devs=1 vivid.node_types=0x101 vivid.num_inputs=1 vivid.input_types=3 vivid.num_outputs=1 "
    "vivid.output_types=1 vivid.ccs_cap_mode=0 vivid.ccs_out_mode=0 vivid.multiplanar=1"
)
NO_CAMERA: Final = "vivid.n_devs=1 vivid.node_types=0x10"
_MACHINE: Final = ("-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "512", "-nic", "none")
PATIENCE: Final = 900  # seconds: emulated, on a machine that may have much else to do
LISTEN: Final = 15  # seconds: the report comes every two
_EXEC: Final = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"


class Failed(Exception):
    """A check did not show what it must show; the text says what was seen instead."""


@dataclass(frozen=True)
class Bench:
    """Where everything of a run lies: what the build made, and a folder for this run."""

    build: Path
    folder: Path

    @property
    def tools(self) -> Tools:
        return Tools(self.build / "tools")

    @property
    def command_line(self) -> str:
        return (self.build / "parts/test/cmdline.txt").read_text().strip()

    def card(self, name: str) -> Path:
        """A fresh copy of the test image."""
        card = self.folder / f"{name}.img"
        card.unlink(missing_ok=True)
        copy(self.build / "kinko-test.img", card)
        return card

    def board(self, serial: str) -> Path:
        """The device tree of a board with this serial number."""
        tree = self.folder / f"board-{serial}.dtb"
        if not tree.exists():
            machine = (_MACHINE[0], f"{_MACHINE[1]},dumpdtb={tree}", *_MACHINE[2:])
            subprocess.run(self.qemu(*machine), env=self.environment, capture_output=True, check=False)
            self.tools("fdtput", "-t", "s", tree, "/", "serial-number", serial)
        return tree

    def qemu(self, *arguments: str) -> list[str]:
        share = self.build / "tools/usr/share/qemu"
        return self.tools.command("qemu-system-aarch64", "-L", share, *arguments)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "QEMU_MODULE_DIR": str(self.build / "tools/usr/lib/x86_64-linux-gnu/qemu")}


def copy(source: Path, target: Path) -> None:
    """A copy that takes no room for what is empty."""
    subprocess.run(["cp", "--reflink=auto", "--sparse=always", source, target], check=True)


def ask(place: Path, command: str, **arguments: object) -> None:
    """One QMP command to the machine that listens at this socket. Raises Failed."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(place))
        with line.makefile("rw") as talk:
            talk.readline()
            for wanted in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                talk.write(json.dumps(wanted) + "\n")
                talk.flush()
                while "event" in (answer := json.loads(talk.readline())):
                    continue
                if "error" in answer:
                    raise Failed(f"QEMU: {answer['error']['desc']}")


@dataclass
class Board:
    """A running machine. `start` it, look at its `terminal`, `pull` the plug."""

    bench: Bench
    card: Path
    serial: str = "10000000c0ffee01"
    append: str = CAMERA
    home: bytes = b""  # a signer's home, packed, for a new device to unpack
    more: Sequence[str] = ()
    terminal: Terminal = field(init=False)
    _ports: dict[str, socket.socket] = field(default_factory=dict)
    _begun: float = 0.0
    uptime: float = 0.0  # what the machine's own clock said at its last report

    def start(self) -> Board:
        """Switch on. The folder of a board is named after its card."""
        folder = self._folder
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        os.environ.update(self.bench.environment)
        self._begun = time.monotonic()
        self.terminal = Terminal.start(folder, SIZE, ("-c", _EXEC, *self._command(folder)))
        self._wait_for(folder / "qmp")
        if self.home:
            hand_over(self.port(HOME_PORT), self.home)
        return self

    def _command(self, folder: Path) -> list[str]:
        ports = [word for n, name in enumerate((*PORTS, HOME_PORT) if self.home else PORTS) for word in (
            "-chardev", f"socket,id=p{n},path={folder / name},server=on,wait=off",
            "-device", f"virtserialport,chardev=p{n},name={name}",
        )]  # fmt: skip
        line = f"{self.bench.command_line} console=ttyAMA0 {self.append}"
        return self.bench.qemu(
            *_MACHINE, "-accel", "tcg,thread=multi", "-display", "none", "-no-reboot", "-rtc", "base=utc",
            "-kernel", str(self.bench.build / "kernel/test/Image"),
            "-dtb", str(self.bench.board(self.serial)), "-append", line,
            "-drive", f"file={self.card},if=none,format=raw,id=card,cache=writeback",
            "-device", "virtio-blk-device,drive=card", "-device", "virtio-rng-device",
            "-device", "virtio-serial-device", *ports,
            "-chardev", f"stdio,id=line,signal=off,logfile={folder / 'serial.log'}", "-serial", "chardev:line",
            "-qmp", f"unix:{folder / 'qmp'},server=on,wait=off", "-pidfile", str(folder / "pid"), *self.more,
        )  # fmt: skip

    @property
    def _folder(self) -> Path:
        return self.card.with_suffix("")

    @property
    def log(self) -> str:
        """Everything the serial line has said."""
        path = self._folder / "serial.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def terminal_text(self) -> str:
        """What is on the screen, empty when the machine is off."""
        try:
            return self.terminal.screen()
        except subprocess.SubprocessError:
            return ""

    def seconds(self) -> float:
        """Since the power came."""
        return time.monotonic() - self._begun

    def wait(self, *words: str, seconds: float = PATIENCE) -> float:
        """Until the screen shows all these words; seconds since the power came. Raises Failed."""
        try:
            self.terminal.wait(*words, seconds=seconds)
        except (AssertionError, subprocess.CalledProcessError) as error:
            raise Failed(f"never saw {words}; the line said at last: {self.log[-1500:]!r}") from error
        return self.seconds()

    def hear(self, word: str, seconds: float = PATIENCE) -> str:
        """The line of the log that has this word, once it comes. Raises Failed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log.splitlines(keepends=True):
                if word in line and line.endswith("\n"):
                    return line.strip()
            if not self.running():
                break
            time.sleep(0.1)
        for line in self.log.splitlines():
            if word in line:
                return line.strip()
        raise Failed(f"the line never said {word!r}; at last: {self.log[-600:]!r}")

    def running(self) -> bool:
        """Whether QEMU still runs: it ends when the kernel panics."""
        return self.terminal.alive()

    def port(self, name: str) -> socket.socket:
        """The rig's end of a port."""
        if name not in self._ports:
            path = self._folder / name
            self._wait_for(path)
            line = socket.socket(socket.AF_UNIX)
            line.connect(str(path))
            self._ports[name] = line
        return self._ports[name]

    def ask(self, command: str, **arguments: object) -> None:
        """One QMP command. Raises Failed."""
        ask(self._folder / "qmp", command, **arguments)

    def memory(self) -> tuple[int, int]:
        """MiB in use and in all, as the machine tells now: what it told before somebody listened is read first."""
        line = self.port("kinko.report")
        line.settimeout(60)
        end = time.monotonic() + LISTEN
        heard = b""
        while time.monotonic() < end or not heard.endswith(b"\n"):
            heard += line.recv(4096)
        used, whole, uptime = heard.decode().splitlines()[-1].split()
        self.uptime = float(uptime)
        return int(used), int(whole)

    def pull(self) -> None:
        """The plug: nothing is flushed, nobody is told."""
        for line in self._ports.values():
            line.close()
        self._ports.clear()
        pid = self._folder / "pid"
        if pid.exists() and self.running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid.read_text()), signal.SIGKILL)
        self.terminal.end()

    @staticmethod
    def _wait_for(path: Path) -> None:
        end = time.monotonic() + 60
        while not path.exists():
            if time.monotonic() > end:
                raise Failed(f"{path.name} never came")
            time.sleep(0.05)

    def __enter__(self) -> Board:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.pull()
