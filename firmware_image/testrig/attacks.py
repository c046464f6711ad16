"""What is done to a card, and what the device must do then. Each check returns what was seen, or raises Failed."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from machine import HERE, NO_CAMERA, PATIENCE, Bench, Board, Failed, copy

HOME: Final = "What do you want to do?"
_BLOCK: Final = 4096


def parts(card: Path) -> list[tuple[int, int]]:
    """Start and length in bytes of boot, root and data."""
    with card.open("rb") as stream:
        table = stream.read(512)
    return [
        tuple(int.from_bytes(table[at + n : at + n + 4], "little") * 512 for n in (8, 12))  # type: ignore[misc]
        for at in (446, 462, 478)
    ]


def flip(card: Path, at: int) -> None:
    """Turn one bit."""
    with card.open("r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes([byte ^ 1]))


def check_root_flips(bench: Bench) -> str:
    """One bit in the superblock, in data that is read, in the last block, in the hash tree: no signer."""
    blocks = int(re.findall(r"4096 4096 (\d+) ", bench.command_line)[0])
    random_block = random.Random(7)
    places = {
        "superblock": 40,
        "inside": random_block.randrange(blocks) * _BLOCK + 77,
        "last block": (blocks - 1) * _BLOCK + 5,
        "tree": (blocks + 3) * _BLOCK + 9,
    }
    for name, offset in places.items():
        card = bench.card("flip-root")
        flip(card, parts(card)[1][0] + offset)
        with Board(bench, card) as board:
            end = time.monotonic() + PATIENCE
            while board.running():
                if HOME in board.terminal_text():
                    raise Failed(f"{name}: the signer started")
                if time.monotonic() > end:
                    raise Failed(f"{name}: neither stopped nor started: {board.log[-300:]!r}")
                time.sleep(0.3)
            if "verity" not in board.log.lower() and "panic" not in board.log.lower():
                raise Failed(f"{name}: it ended without a word: {board.log[-300:]!r}")
    return f"{', '.join(places)}: the kernel panics before the signer"


def check_file_flips(bench: Bench) -> str:
    """One bit in the partition table, the boot partition, its kernel: the verify tool finds it."""
    whole = _verified(bench.build / "kinko-test.img", "")
    published = re.findall(r"image +([0-9a-f]{64})", whole.stdout)[0]
    card = bench.card("flip-boot")
    boot, length = parts(card)[0]
    kernel = _first_place(card, (bench.build / "kernel/test/Image").read_bytes()[:512], boot, length)
    for name, at in {
        "table": 441,
        "boot": boot + 3,
        "kernel": kernel + 100_000,
        "command line": boot + length // 2,
    }.items():
        flip(card, at)
        if _verified(card, published).returncode != 1:
            raise Failed(f"{name}: not found")
        flip(card, at)
    if _verified(card, published).returncode:
        raise Failed("the mended card is not equal")
    return "table, boot, kernel, free room: found by firmware_image/verify"


def _first_place(card: Path, head: bytes, start: int, length: int) -> int:
    with card.open("rb") as stream:
        stream.seek(start)
        found = stream.read(length).find(head)
    if found < 0:
        raise Failed("no kernel in the boot partition")
    return start + found


def _verified(card: Path, published: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-IB",
        HERE.parent / "verify",
        card,
        *(["--hash", published] if published else []),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def used_card(bench: Bench, name: str) -> Path:
    """A card that has started once."""
    first = bench.folder / "used.img"
    if not first.exists():
        card = bench.card("first-start")
        with Board(bench, card) as board:
            board.wait(HOME)
            time.sleep(5)  # the journal and the file system settle
        copy(card, first)
    card = bench.folder / f"{name}.img"
    copy(first, card)
    return card


def _ends(bench: Bench, card: Path, serial: str, *words: str) -> str:
    """Which of these words comes first on the line. Raises Failed when none does."""
    with Board(bench, card, serial) as board:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and board.running():
            seen = board.log + board.terminal_text()
            for word in words:
                if word in seen:
                    return word
            time.sleep(0.3)
        raise Failed(f"none of {words}; at last: {board.log[-400:]!r}")


def check_clone(bench: Bench) -> str:
    """A copied card in another board: its data does not open."""
    if _ends(bench, used_card(bench, "clone"), "10000000deadbeef", "STOPPED", HOME) != "STOPPED":
        raise Failed("the data opened on another board")
    if _ends(bench, used_card(bench, "same"), Board.serial, "STOPPED", HOME) != HOME:
        raise Failed("the data did not open on its own board")
    return "another board: stopped; the same board: opened"


def check_data_flips(bench: Bench) -> str:
    """Bits in the data partition: the header's, and hundreds behind it: it starts whole or says what is wrong."""
    told = []
    places: dict[str, Callable[[int], list[int]]] = {
        "magic": lambda _: [1],
        "one copy of the header": lambda _: [100],
        "400 bits behind the header": lambda length: [
            random.Random(9).randrange(16 << 20, length) for _ in range(400)
        ],
    }
    for name, of in places.items():
        card = used_card(bench, "flip-data")
        start, length = parts(card)[2]
        for offset in of(length):
            flip(card, start + offset)
        told.append(f"{name}: {_ends(bench, card, Board.serial, 'STOPPED', HOME, 'Traceback')}")
    if "Traceback" in "".join(told):
        raise Failed("; ".join(told))
    return "; ".join(told)


def check_full_disk(bench: Bench) -> str:
    """No room for a record: the signer starts and says so, and nothing breaks."""
    with Board(bench, used_card(bench, "full"), append="kinko.test=fill " + NO_CAMERA) as board:
        seconds = board.wait(HOME, "FULL: nothing can be recorded")
        if "Traceback" in board.log:
            raise Failed(f"a traceback: {board.terminal.screen()}")
    return f"home screen after {seconds:.0f} s, which says FULL and what to do; no traceback"


def check_no_camera(bench: Bench) -> str:
    """No camera at all: the scan screen says so, and the way back is open."""
    with Board(bench, used_card(bench, "no-camera"), append=NO_CAMERA) as board:
        board.wait(HOME)
        board.terminal.press("s")
        board.wait("camera")
        deadline = time.monotonic() + PATIENCE
        while "No camera" not in board.terminal.screen():
            if time.monotonic() > deadline:
                raise Failed(board.terminal.screen())
            time.sleep(0.3)
        board.terminal.press("Escape")
        board.wait(HOME)
        return "said on the screen; Esc leads home"


def check_usb(bench: Bench) -> str:
    """A disk, a network card and a keyboard that come after the start are refused; they get no driver."""
    stick = bench.folder / "stick.raw"
    stick.write_bytes(bytes(1 << 20))
    more = ("-device", "qemu-xhci", "-drive", f"file={stick},if=none,format=raw,id=stick")
    with Board(bench, used_card(bench, "usb"), more=more) as board:
        board.wait(HOME)
        for number, (driver, extra) in enumerate(
            (("usb-storage", {"drive": "stick"}), ("usb-net", {}), ("usb-kbd", {})), 1
        ):
            board.ask("device_add", driver=driver, id=f"late{number}", **extra)
            end = time.monotonic() + PATIENCE
            while board.log.count("USB device refused") < number:
                if time.monotonic() > end:
                    raise Failed(f"{driver} was not refused: {board.log[-300:]!r}")
                time.sleep(0.3)
        board.wait(HOME)
        return "usb-storage, usb-net, usb-kbd: refused after the start"
