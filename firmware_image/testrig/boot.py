"""What a start shows: how long it takes, what it uses, what a program inside can reach, what the kernel is made of."""

from __future__ import annotations

import re
import time
from typing import Final

from machine import CAMERA, NO_CAMERA, PATIENCE, Bench, Board, Failed
from pi import drawn

from signer.core.fingerprint import spoken

HOME: Final = "What do you want to do?"
#: A function of each thing the kernel must not have, as its source names it.
NETWORK: Final = (
    "inet_init", "inet6_init", "tcp_v4_rcv", "udp_rcv", "ip_rcv", "packet_create", "arp_rcv", "cfg80211_init",
    "ieee80211_alloc_hw_nm", "bt_init", "hci_register_dev", "nfc_init", "can_init", "vsock_init", "usbnet_probe",
    "phylink_create", "__mdiobus_register", "virtnet_probe", "load_module", "kernel_kexec",
    "bpf_prog_load", "io_uring_setup",
)  # fmt: skip
MEMORY_LIMIT: Final = 300
TEST_MARK: Final = "TEST IMAGE"


def check_outside(bench: Bench) -> str:
    """No function of a network stack, a module loader or the like is in the kernel.

    `lo` is there, and a few helpers whose names begin with inet_: they come with AF_UNIX.
    """
    told = []
    for flavour in ("test", "release"):
        place = bench.build / "kernel" / flavour
        if not (place / "System.map").exists():
            told.append(f"{flavour}: not built")
            continue
        names = {line.split()[-1] for line in (place / "System.map").read_text().splitlines()}
        if not {"unix_create", "start_kernel"} <= names:
            raise Failed(f"{flavour}: this is no map of a kernel")
        if found := sorted(names & set(NETWORK)):
            raise Failed(f"{flavour} has {', '.join(found)}")
        told.append(f"{flavour}: {len(names)} symbols, none of the {len(NETWORK)} sought")
    return "; ".join(told)


def check_inside(bench: Bench) -> str:
    """What the signer's user can reach: no socket but AF_UNIX, no interface up, no memory, no write to the root."""
    with Board(bench, bench.card("inside"), append=f"kinko.test=inside {NO_CAMERA}") as board:
        board.hear("RIG done")
        said = re.findall(r"RIG (.+?)\r?\n", board.log)
    (bench.folder / "inside.txt").write_text("\n".join(said) + "\n")
    wrong = [line for line in said if re.search(r"\b(OPEN|READ|WRITTEN)\b", line)]
    found = {line.split()[0]: line for line in said}
    if found["interfaces"] not in ("interfaces", "interfaces lo") or " 0 " in f"{found['user']} ".replace(
        "groups", ""
    ):
        wrong += [found["interfaces"], found["user"]]
    wrong = [
        line for line in wrong if not line.startswith("socket AF_NETLINK")
    ]  # to the kernel, not to a network
    if wrong:
        raise Failed("; ".join(wrong))
    refused = sum(line.startswith("socket") and "refused" in line for line in said)
    return f"{refused} socket families refused, AF_NETLINK there; {found['interfaces']}; {found['user']}"


def check_parts(bench: Bench) -> str:
    """What is in the root works for the signer's user: pixel child, card service, soft token, the TPM's tools."""
    more = ("-device", "qemu-xhci", "-device", "usb-ccid", "-device", "usb-tablet")
    with Board(bench, bench.card("parts"), append=f"kinko.test=parts {CAMERA}", more=more) as board:
        board.hear("RIG done")
        said = re.findall(r"RIG part (.+?)\r?\n", board.log)
    if not said or any(not line.endswith(": ok") for line in said):
        raise Failed("; ".join(said))
    return "; ".join(line.removesuffix(": ok") for line in said)


def check_boot(bench: Bench) -> str:
    """The first start makes the data partition; the second is the one that is timed."""
    words = spoken(bytes.fromhex(re.findall(r"sha256 ([0-9a-f]{64}) ", bench.command_line)[0]))
    card = bench.card("boot")
    with Board(bench, card) as board:
        first = board.wait(HOME)
        time.sleep(3)
    with Board(bench, card) as board:
        said = board.wait("KINKO", TEST_MARK, *words)
        ready = board.wait(HOME, TEST_MARK, *words[:4])
        time.sleep(5)
        used, whole = board.memory()
        inside = board.uptime
        board.hear("reading the whole root")
    if used >= MEMORY_LIMIT:
        raise Failed(f"{used} MiB in use")
    return (
        f"first start {first:.0f} s; then the first screen, with the image's words, {said:.1f} s, "
        f"home {ready:.1f} s of wall time "
        f"(guest clock {inside:.0f} s at the report); {used} of {whole} MiB in use"
    )


def check_screen(bench: Bench) -> str:
    """The picture on the display itself, drawn by the terminal of the release image, as a PNG."""
    picture = bench.folder / "boot-screen.png"
    more = ("-device", "virtio-gpu-pci", "-device", "qemu-xhci", "-device", "usb-kbd")
    with Board(bench, bench.card("screen"), append=f"kinko.screen=on {NO_CAMERA}", more=more) as board:
        board.hear("reading the whole root")
        end = time.monotonic() + PATIENCE
        while not drawn(picture):
            if time.monotonic() > end:
                raise Failed(f"never saw the home screen; the last picture is {picture.name}")
            time.sleep(1)
            board.ask("screendump", filename=str(picture), format="png")
        seconds = board.seconds()
        time.sleep(5)  # all of it
        board.ask("screendump", filename=str(picture), format="png")
    return f"the home screen after {seconds:.0f} s: {picture.name}"
