"""The release image, unchanged, on QEMU's Raspberry Pi 3B: what its display shows. That kernel has no serial line.

The device tree is the image's own but for three things: the board's serial number and a plain framebuffer, as the Pi's
firmware would put them in, and no watchdog, since QEMU's resets the board the moment it is armed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from machine import PATIENCE, Bench, Failed, ask, copy
from PIL import Image

WIDE, HIGH = 1024, 768
#: Where QEMU's board keeps its picture: above what it gives the kernel as memory.
_FRAMES: Final = 0x3C10_0000
_CARD_BYTES: Final = 256 << 20  # QEMU's card reader wants a power of two
_GOLD: Final = (212, 174, 92)  # the bar with the name and the chosen entry, in 16 and in 24 bits
_NEAR: Final = 12
_ENOUGH: Final = 1500  # pixels: the bar alone has more


def drawn(picture: Path) -> bool:
    """Whether the signer's screen is in the picture: its gold is nowhere else in a start."""
    with suppress(OSError), Image.open(picture) as image:
        colours = image.convert("RGB").getcolors(1 << 20) or []
        near = (
            number for number, rgb in colours if all(abs(a - b) <= _NEAR for a, b in zip(rgb, _GOLD, strict=True))
        )  # fmt: skip
        return sum(near) >= _ENOUGH
    return False


def board_tree(bench: Bench) -> Path:
    """The image's device tree of the 3B with what the firmware adds."""
    tree = bench.folder / "raspi3b.dtb"
    shutil.copyfile(bench.build / "parts/release/bcm2837-rpi-3-b.dtb", tree)
    bench.tools("fdtput", "-t", "s", tree, "/", "serial-number", "10000000c0ffee33")
    bench.tools("fdtput", "-t", "s", tree, "/soc/watchdog@7e100000", "status", "disabled")
    node = f"/framebuffer@{_FRAMES:x}"
    bench.tools("fdtput", "-c", tree, node)
    for name, kind, values in (
        ("compatible", "s", ["simple-framebuffer"]),
        ("reg", "x", [f"{_FRAMES:x}", f"{WIDE * HIGH * 2:x}"]),
        ("width", "u", [str(WIDE)]),
        ("height", "u", [str(HIGH)]),
        ("stride", "u", [str(WIDE * 2)]),
        ("format", "s", ["r5g6b5"]),
    ):
        bench.tools("fdtput", "-t", kind, tree, node, name, *values)
    return tree


def check_pi(bench: Bench) -> str:
    """It comes to the signer's home screen on the display; the picture is kept."""
    if not (bench.build / "kinko-release.img").exists():
        raise Failed("no release image: make image")
    card, picture = bench.folder / "raspi3b.img", bench.folder / "raspi3b.png"
    copy(bench.build / "kinko-release.img", card)
    os.truncate(card, _CARD_BYTES)
    talk = bench.folder / "raspi3b.qmp"
    command = bench.qemu(
        "-machine", "raspi3b", "-accel", "tcg,thread=multi", "-display", "none", "-serial", "none", "-no-reboot",
        "-kernel", str(bench.build / "kernel/release/Image"), "-dtb", str(board_tree(bench)),
        "-append", (bench.build / "parts/release/cmdline.txt").read_text().strip(),
        "-drive", f"file={card},if=sd,format=raw", "-device", "usb-kbd", "-qmp", f"unix:{talk},server=on,wait=off",
        "-global", f"bcm2835-fb.xres={WIDE}", "-global", f"bcm2835-fb.yres={HIGH}",
    )  # fmt: skip
    began = time.monotonic()
    with subprocess.Popen(command, env=bench.environment, stdin=subprocess.DEVNULL) as machine:
        try:
            while not drawn(picture):
                time.sleep(1)
                if machine.poll() is not None or time.monotonic() - began > PATIENCE:
                    raise Failed(f"never came to the home screen; the last picture is {picture.name}")
                if talk.exists():
                    ask(talk, "screendump", filename=str(picture), format="png")
            seconds = time.monotonic() - began
            return f"the release image shows its home screen on a Pi 3B after {seconds:.0f} s: {picture.name}"
        finally:
            machine.kill()
