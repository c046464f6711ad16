"""What a taken-over pixel child can still reach, tried from inside: the table of docs/explanation/isolation.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import signer
from signer.camera import open_camera, spawn
from signer.wire.symbol import png, symbol

TRIES = r"""
import ctypes, json, mmap, os, resource, signal, socket, subprocess, sys, threading, time, traceback, linecache
sys.path.insert(0, sys.argv[1])
from signer.camera import sandbox
folder, parent = sys.argv[2] or None, os.getppid()
sandbox.enter(parent)
means = sandbox.close_in(folder)

def writes(): open(os.path.join(sys.argv[3], "new"), "wb").write(b"x")
def thread(): t = threading.Thread(target=print); t.start(); t.join()
def memory():
    blocks = [bytearray(1 << 28) for _ in range(8)]
def executable(): mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
def trace():
    if ctypes.CDLL(None, use_errno=True).ptrace(16, parent, 0, 0) < 0: raise OSError()
def read_memory(): open(f"/proc/{parent}/mem", "rb").read(1)

tries = {
    "read a file elsewhere": lambda: open("/etc/passwd").read(),
    "read the folder": lambda: open(os.path.join(sys.argv[3], "a.png"), "rb").read(),
    "list a folder elsewhere": lambda: os.listdir("/"),
    "write a file": writes,
    "delete a file": lambda: os.unlink(os.path.join(sys.argv[3], "b.png")),
    "open a socket": lambda: socket.socket(socket.AF_INET),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "start a program": lambda: subprocess.run(["/bin/true"], check=True),
    "fork": lambda: os._exit(9) if os.fork() == 0 else None,
    "signal the parent": lambda: os.kill(parent, 0),
    "trace the parent": trace,
    "read the parent's memory": read_memory,
    "take two gigabytes": memory,
    "executable memory": executable,
    "raise its own limits": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)),
    "open a terminal": lambda: open("/dev/tty"),
}
found = {}
for name, attempt in tries.items():
    try:
        attempt()
        found[name] = True
    except BaseException:
        found[name] = False
os.write(1, json.dumps([means, found]).encode())
"""

ALWAYS_REFUSED = {
    "write a file",
    "open a socket",
    "open a local socket",
    "start a program",
    "fork",
    "signal the parent",
    "trace the parent",
    "read the parent's memory",
    "take two gigabytes",
    "executable memory",
    "raise its own limits",
    "list a folder elsewhere",
    "delete a file",
    "open a terminal",
    "read a file elsewhere",
}


def attempt(tmp_path: Path, folder: str) -> tuple[list[str], dict[str, bool]]:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"x")
    command = [
        sys.executable,
        "-I",
        "-c",
        TRIES,
        str(Path(signer.__file__).parent.parent),
        folder,
        str(tmp_path),
    ]
    run = subprocess.run(command, capture_output=True, check=False, timeout=60)
    means, found = json.loads(run.stdout)
    return means, found


@pytest.fixture(autouse=True)
def _kernel_has_it() -> None:
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
        pytest.fail("the appliance runs Linux on x86-64 or arm64; nothing else was tried")


def test_with_a_device_or_video_nothing_is_left(tmp_path: Path) -> None:
    means, found = attempt(tmp_path, "")
    assert "seccomp" in means
    assert {name for name, reached in found.items() if reached} == set()


def test_with_a_folder_only_its_files_are_left(tmp_path: Path) -> None:
    means, found = attempt(tmp_path, str(tmp_path))
    reached = {name for name, reached in found.items() if reached}
    allowed = {"read the folder"} if "landlock" in means else {"read the folder", "read a file elsewhere"}
    assert reached <= allowed | ({"list a folder elsewhere"} if "landlock" not in means else set())
    assert reached.isdisjoint(ALWAYS_REFUSED) or "landlock" not in means


def test_the_real_child_says_that_it_is_closed(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(symbol(b"closed"), 6))
    camera = open_camera(str(tmp_path))
    while camera.poll(1.0) or not camera.isolation:
        pass
    assert "seccomp" in camera.isolation
    camera.close()


def test_what_the_child_holds_open(tmp_path: Path) -> None:
    """Nothing of the parent's comes along: not even a file that was left open and inheritable."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    left = os.open(secret, os.O_RDONLY)
    os.set_inheritable(left, True)
    os.mkdir(tmp_path / "empty")
    camera = open_camera(str(tmp_path / "empty"))
    child = camera._child
    assert isinstance(child, spawn._Own)
    targets = [os.readlink(entry) for entry in Path(f"/proc/{child.process.pid}/fd").iterdir()]
    os.close(left)
    camera.close()
    assert not any("secret" in target for target in targets)
