"""`make image-check`: start the test image in QEMU, sign with it, attack it; print a table, leave pictures and logs.

    python firmware_image/testrig/check.py BUILD [--only NAME ...] [--cuts 50] [--folder check]

It starts with a fresh folder BUILD/check, or the one named. The rows go to BUILD/check-table.md too, and stay there
until an image is another. Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import attacks
import boot
import cuts
import pi
import signing
from machine import Bench, Failed
from table import Row, add

from tests.stage.process import Failed as StageFailed


def checks(bench: Bench, pulled: int) -> dict[str, Callable[[], str]]:
    """Every check by its name, in the order in which they run."""
    return {
        "no network, from outside": lambda: boot.check_outside(bench),
        "boots to the signer": lambda: boot.check_boot(bench),
        "no network, from inside": lambda: boot.check_inside(bench),
        "parts inside": lambda: boot.check_parts(bench),
        "the display": lambda: boot.check_screen(bench),
        "raspi3b": lambda: pi.check_pi(bench),
        "a payment is signed": lambda: signing.check_signing(bench),
        "flipped bits: root": lambda: attacks.check_root_flips(bench),
        "flipped bits: boot, kernel": lambda: attacks.check_file_flips(bench),
        "flipped bits: data": lambda: attacks.check_data_flips(bench),
        "cloned card": lambda: attacks.check_clone(bench),
        "rolled-back data": lambda: signing.check_rollback(bench),
        "full disk": lambda: attacks.check_full_disk(bench),
        "no camera": lambda: attacks.check_no_camera(bench),
        "flooding camera": lambda: signing.check_flood(bench),
        "unknown USB devices": lambda: attacks.check_usb(bench),
        "power cuts": lambda: cuts.check_cuts(bench, pulled),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="words that a check's name has")
    parser.add_argument("--cuts", type=int, default=50, help="how often the plug is pulled (default: 50)")
    parser.add_argument("--folder", default="check", help="where cards, logs and pictures go, in BUILD")
    options = parser.parse_args()
    bench = Bench(options.build.resolve(), options.build.resolve() / options.folder)
    shutil.rmtree(bench.folder, ignore_errors=True)
    bench.folder.mkdir()
    failed = 0
    every = checks(bench, options.cuts)
    for name, check in every.items():
        if options.only and not any(word in name for word in options.only):
            continue
        row = judged(name, check)
        failed += not row.passed
        print(f"{'pass' if row.passed else 'FAIL'}  {name:<28} {row.seconds:5} s  {row.seen}", flush=True)
        add(bench.build, row, images(bench.build), list(every))
    return 1 if failed else 0


def judged(name: str, check: Callable[[], str]) -> Row:
    """One check, run."""
    began, load = time.monotonic(), os.getloadavg()[0]
    try:
        passed, seen = True, check()
    except (Failed, StageFailed, OSError, subprocess.SubprocessError) as error:
        passed, seen = False, str(error)
    return Row(name, passed, round(time.monotonic() - began), load, seen)


def images(build: Path) -> dict[str, str]:
    """The SHA-256 of each image that is there."""
    found = {}
    for image in sorted(build.glob("kinko-*.img")):
        with image.open("rb") as stream:
            found[image.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


if __name__ == "__main__":
    sys.exit(main())
