"""The order of a start, and the loop after it. Whatever fails stops the device with one line: there is no shell."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from signer.vault.image import for_tests, root_hash
from supervisor import clock, data, hid, kernel, services, usb, welcome
from supervisor.beside import Beside

_ROOT: Final = Path("/dev/dm-0")
_SYSCTL: Final = {
    "kernel/dmesg_restrict": "1",
    "kernel/kptr_restrict": "2",
    "kernel/yama/ptrace_scope": "2",
    "fs/protected_hardlinks": "1",
    "fs/protected_symlinks": "1",
}
#: Devices that a group may use; `vport` is a test image's.
_GROUPS: Final = {
    "video*": 44, "media*": 44, "v4l-subdev*": 44, "vport*": 1003, "dri/*": 1005, "input/event*": 104, "tpmrm*": 1000,
}  # fmt: skip
SIGNER, READER = 1000, 1002
SWEEP_SECONDS: Final = 1.0
START_SECONDS: Final = 3.0  # for keyboards and cameras to show themselves


def main() -> NoReturn:
    """Process 1. Never returns: on a failure it says why and waits for the power to be cut."""
    os.umask(0o022)
    try:
        _mounts()
        _settings()
        planned = services.plan(test=for_tests(), screen=_told("kinko.screen") == "on")
        welcome.show(planned[0].terminal, welcome.greeting(root_hash(), test=for_tests()))
        gate = usb.Gate(Path("/sys/bus/usb/devices"))
        whole, keyboards = Beside(_read_root), Beside(lambda: _let_in(gate))
        _set_clock(clock.hardware_time(Path("/sys/class/rtc")), 0)
        data.open_data(_data_device(), data.device_key(Path("/proc/device-tree")))
        _set_clock(int(time.time()), clock.last_seen(data.HOME / "clock"))
        keyboards.result()
        say("reading the whole root", whole.result())  # before the signer, whatever it will read
    except (OSError, data.DataError) as error:
        say("STOPPED", str(error))
        while True:
            time.sleep(3600)
    serve(gate, planned)


def say(what: str, value: str) -> None:
    """One line on the console; one that does not take it is nothing to stop for."""
    with suppress(OSError):
        print(f"kinko: {what}: {value}", file=sys.stderr, flush=True)


def serve(gate: usb.Gate, planned: tuple[services.Service, ...]) -> NoReturn:
    """Keep the services running, the watchdog quiet and unknown USB devices out."""
    keepers = [services.Keeper(service) for service in planned]
    watchdog = -1
    with suppress(OSError):
        watchdog = os.open("/dev/watchdog", os.O_WRONLY)
    refused: set[str] = set()
    readers: list[Path] = []
    while True:
        _give_devices()  # a camera may come later; a keyboard must be there when the terminal starts
        if (found := gate.readers()) != readers:
            _give_readers(found)
            keepers[planned.index(services.CARDS)].again()  # it sees what is there when it starts
            readers = found
        for keeper in keepers:
            keeper.look()
        now = set(gate.sweep(started=True))
        for name in sorted(now - refused):
            say("USB device refused", name)
        refused = now
        with suppress(ChildProcessError):
            _reap(frozenset(keeper.pid for keeper in keepers))
        if watchdog >= 0:
            os.write(watchdog, b"\0")
        time.sleep(SWEEP_SECONDS)


def _reap(kept: frozenset[int]) -> None:
    # Orphans only: a service's own end is for its keeper, so look first without taking.
    while (done := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
        if done.si_pid in kept:
            return
        os.waitpid(done.si_pid, os.WNOHANG)


def _mounts() -> None:
    quiet = kernel.NO_SUID | kernel.NO_DEV | kernel.NO_EXEC
    kernel.mount("proc", "/proc", "proc", quiet, "hidepid=2")
    kernel.mount("sysfs", "/sys", "sysfs", quiet)
    with suppress(OSError):  # the kernel may have done it
        kernel.mount("devtmpfs", "/dev", "devtmpfs", kernel.NO_SUID | kernel.NO_EXEC)
    for name in ("pts", "shm", "mapper"):
        Path("/dev", name).mkdir(exist_ok=True)
    kernel.mount("devpts", "/dev/pts", "devpts", kernel.NO_SUID | kernel.NO_EXEC, "gid=5,mode=620")
    for folder in ("/dev/shm", "/run", "/tmp"):
        kernel.mount(
            "tmpfs", folder, "tmpfs", quiet, "size=64m,mode=1777" if folder != "/run" else "size=16m,mode=755"
        )
    for name in ("pcscd", "decoder", "cryptsetup", "lock"):
        Path("/run", name).mkdir()
    os.chown("/run/pcscd", 1002, 1002)
    os.chown("/run/decoder", 1004, 1000)  # the spawner's, and the signer may enter
    Path("/run/decoder").chmod(0o750)


def _read_root() -> str:
    """Read every block, so that a flipped bit in a part that nothing reads shows now: the kernel panics on it."""
    count = 0
    with _ROOT.open("rb", buffering=0) as stream:
        while chunk := stream.read(1 << 20):
            count += len(chunk)
    return f"{count >> 20} MiB as signed"


def _settings() -> None:
    for name, value in _SYSCTL.items():
        with suppress(OSError):
            Path("/proc/sys", name).write_text(value)
    for terminal in ("/dev/ttyAMA0", "/dev/tty1"):
        with suppress(OSError):
            os.chown(terminal, 1000, 5)


def _let_in(gate: usb.Gate) -> None:
    """USB devices that may speak, those behind hubs too: each hub shows what is behind it a moment later."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        gate.sweep(started=False)
        time.sleep(START_SECONDS / 10)


def _give_devices() -> None:
    """Devices to the groups that use them: the kernel makes them root's. Of HID devices only FIDO tokens."""
    for pattern, group in _GROUPS.items():
        for node in Path("/dev").glob(pattern):
            _give(node, group)

    for node in Path("/sys/class/hidraw").glob("hidraw*"):
        if hid.says_fido(node / "device"):
            _give(Path("/dev", node.name), SIGNER)


def _give_readers(nodes: list[Path]) -> None:
    for node in nodes:
        _give(node, READER)


def _give(node: Path, group: int) -> None:
    with suppress(OSError):  # it may be gone again
        if node.stat().st_gid != group:
            os.chown(node, 0, group)
            node.chmod(0o660)


def _set_clock(hardware: int | None, seen: int) -> None:
    time.clock_settime(time.CLOCK_REALTIME, clock.start_time(hardware, seen))


def _told(name: str) -> str:
    """What the kernel's command line says of a name, empty if nothing."""
    words = (word.partition("=") for word in Path("/proc/cmdline").read_text().split())
    return next((value for key, _, value in words if key == name), "")


def _data_device() -> Path:
    """The third partition of the disk that the command line names."""
    if not (told := _told("kinko.data")):
        raise data.DataError("the command line names no data partition")
    return Path(told)
