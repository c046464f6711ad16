#!/usr/bin/env python3
"""testrig/raw.py BUILD: a code as a bare sensor delivers it, through a V4L2 device of the test kernel, to the child.

Boots the test kernel in QEMU with the test image's root, unverified, and this checkout's signer on a second disk; the
program at its end is process 1 there. vivid loops raw 8-bit Bayer frames from its output to its input. Since vivid
offers other formats too, the child is told that it offers this one alone; else it is the child as it is, closed in by
Landlock and seccomp. Passes when it tells the text, and lives on through many looks at the light.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]
import numpy as np  # noqa: E402
from machine import CAMERA, Bench  # noqa: E402

from signer.camera.bayer import Order  # noqa: E402
from tests.signer.camera.test_raw import SEEN, in_memory, photograph, sensed  # noqa: E402

PATIENCE: Final = 600
TEXT: Final = b"A BARE SENSOR " * 6
TOLD: Final = "raw: "
_BEGIN: Final = (
    "import ctypes,runpy; ctypes.CDLL(None).mount(b'/dev/vdb',b'/data',b'squashfs',1,None); "
    "runpy.run_path('/data/inside.py')"
)

INSIDE: Final = '''
import base64, ctypes, fcntl, os, struct, subprocess, sys, time, traceback
libc = ctypes.CDLL(None)
for kind, place in ((b"proc", b"/proc"), (b"sysfs", b"/sys"), (b"tmpfs", b"/tmp")):
    libc.mount(kind, place, kind, 0, None)
sys.path[:0] = ["/data/house", "/usr/lib/kinko-test"]
CHILD = """import sys; sys.path.insert(0, "/data/house")
from signer.camera import v4l2
v4l2.offered = lambda device: (0x42474752,)  # RGGB
from signer.camera.child import main
main()"""

def played():
    import camera
    from signer.camera import raw, v4l2
    yield f"a camera of many formats is left to OpenCV: {raw.open_raw('/dev/video0', 8192) is None}"
    eye, output = (os.open(f"/dev/video{number}", os.O_RDWR) for number in (0, 1))
    for end in (output, eye):
        fcntl.ioctl(end, camera._S_TIMINGS, bytearray(camera._TIMINGS))
    v4l2.set_format(eye, 640, 480, 0x42474752)
    memory = camera._settle(eye, output, 0x42474752)
    os.close(eye)
    with open("/data/frame", "rb") as stream:
        picture = stream.read()
    child = subprocess.Popen(
        [sys.executable, "-B", "-c", CHILD, "/dev/video0", "--parent", str(os.getpid())], stdout=subprocess.PIPE
    )
    os.set_blocking(child.stdout.fileno(), False)
    number = 0
    while child.poll() is None:
        index = number
        if number >= len(memory):
            taken = camera._buffer(0)
            fcntl.ioctl(output, camera._DQBUF, taken)
            index = struct.unpack_from("=I", taken)[0]
        memory[index][: len(picture)] = picture
        fcntl.ioctl(output, camera._QBUF, camera._buffer(index, len(picture)))
        number += 1
        if number == len(memory):
            fcntl.ioctl(output, camera._STREAMON, struct.pack("=i", camera._OUTPUT))
        for line in (child.stdout.read() or b"").decode().splitlines():
            kind, *words = line.split()
            if kind == "C":
                yield f"closed in by {words[0]}"
            if kind == "S":
                yield f"read {base64.b64decode(words[1])!r}"
            if kind == "A" and int(words[0]) >= 60:
                yield "sixty frames later it lives"
                return

try:
    for told in played():
        print("raw:", told, flush=True)
except BaseException:
    traceback.print_exc()
time.sleep(1)
libc.reboot(0x4321FEDC)
'''


def disk(bench: Bench, folder: Path) -> Path:
    """A squashfs with the signer, the program and one frame."""
    inside, out = folder / "inside", folder / "inside.squashfs"
    shutil.copytree(
        HERE.parents[1] / "signer", inside / "house/signer", ignore=shutil.ignore_patterns("__pycache__")
    )
    (inside / "inside.py").write_text(INSIDE)
    plane = np.full((480, 640), 60, np.uint8)
    plane[60:420] = photograph(TEXT)[::2, ::2]
    raw, _ = in_memory(sensed(plane, Order.RGGB, SEEN), packed=False, spare=0)
    (inside / "frame").write_bytes(raw[: plane.size].tobytes())
    bench.tools(
        "mksquashfs", inside, out, "-comp", "zstd", "-Xcompression-level", "1", "-quiet", "-no-progress"
    )
    return out


def boot(bench: Bench) -> str:
    """What the machine said on its serial line."""
    drives = []
    for name, path in (("a", bench.card("raw")), ("b", disk(bench, bench.folder))):
        drives += ["-drive", f"if=none,id={name},format=raw,readonly=on,file={path}"]
        drives += ["-device", f"virtio-blk-pci,drive={name}"]
    line = f"console=ttyAMA0 root=/dev/vda2 rootfstype=squashfs ro rootwait {CAMERA} init=/usr/bin/python3 -- -B -c"
    command = bench.qemu(
        "-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "768", "-nic", "none", "-nographic", "-no-reboot",
        "-kernel", str(bench.build / "kernel/test/Image"), *drives, "-append", f'{line} "{_BEGIN}"',
    )  # fmt: skip
    done = subprocess.run(
        command,
        env=bench.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=Path)
    build = parser.parse_args().build.resolve()
    with tempfile.TemporaryDirectory() as folder:
        said = boot(Bench(build, Path(folder)))
    told = [line.strip() for line in said.splitlines() if line.startswith(TOLD)]
    print("\n".join(told))
    wanted = ("OpenCV: True", "closed in by landlock,seccomp", f"read {TEXT!r}", "it lives")
    passed = all(any(line.endswith(want) for line in told) for want in wanted)
    print("pass" if passed else f"FAIL: {said[-1500:]}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
