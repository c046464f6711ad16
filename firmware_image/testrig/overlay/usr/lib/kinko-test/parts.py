"""Tells the rig whether the image's parts work for the signer's user: each line ends with `ok` or `WRONG`."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pkcs11
from telling import say

from signer.camera import open_camera

_CARDS = "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so"
_SOFT = "/usr/lib/softhsm/libsofthsm2.so"
_PIN = "246810"


def _decoder() -> tuple[bool, str]:
    """The pixel child of another user, and the camera closed to this one. Without a camera: the door alone."""
    door = os.environ["KINKO_DECODER"]
    try:
        os.close(os.open("/dev/video0", os.O_RDWR))
        return False, "the signer opens the camera itself"
    except PermissionError:
        pass
    except FileNotFoundError:
        Path("/tmp/empty").mkdir(exist_ok=True)
    source = "/dev/video0" if Path("/dev/video0").exists() else "/tmp/empty"
    camera = open_camera(source, door=door)
    end = time.monotonic() + 120
    while not camera.isolation and time.monotonic() < end:
        camera.poll(0.5)
    means = camera.isolation
    camera.close()
    return set(means) == {"user", "landlock", "seccomp"}, f"{source} {' '.join(means)}"


def _hidraw() -> tuple[bool, str]:
    """No HID device but a token's may be opened; QEMU's keyboards and tablets are none."""
    nodes = sorted(Path("/dev").glob("hidraw*"))
    closed = all(not os.access(node, os.R_OK) and not os.access(node, os.W_OK) for node in nodes)
    return closed, f"{len(nodes)} nodes"


def _readers() -> tuple[bool, str]:
    """The smart-card readers that OpenSC sees through pcscd."""
    slots = pkcs11.lib(_CARDS).get_slots()
    return bool(slots) or not _has_reader(), ", ".join(
        slot.slot_description.strip() for slot in slots
    ) or "none"


def _has_reader() -> bool:
    return any(
        path.read_text().strip() == "0b" for path in Path("/sys/bus/usb/devices").glob("*/bInterfaceClass")
    )


def _soft_token() -> tuple[bool, str]:
    """A key in SoftHSM signs with the curve of Bitcoin."""
    folder = Path("/tmp/tokens")
    folder.mkdir(exist_ok=True)
    (folder / "conf").write_text(f"directories.tokendir = {folder}\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "conf")
    subprocess.run(
        ["/usr/bin/softhsm2-util", "--init-token", "--free", "--label", "rig", "--pin", _PIN, "--so-pin", _PIN],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    with pkcs11.lib(_SOFT).get_token(token_label="rig").open(rw=True, user_pin=_PIN) as session:
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters("secp256k1")},
            local=True,
        )
        _, private = curve.generate_keypair()
        signature = private.sign(bytes(32), mechanism=pkcs11.Mechanism.ECDSA)
    return len(signature) == 64, f"{len(signature)} bytes"


def _tpm_tools() -> tuple[bool, str]:
    """They start; without a TPM that is all there is to see, with one it gives random bytes."""
    said = subprocess.run(
        ["/usr/bin/tpm2_getrandom", "--version"], capture_output=True, check=False, text=True
    )
    node = Path("/dev/tpmrm0")
    if node.exists():
        given = subprocess.run(
            ["/usr/bin/tpm2_getrandom", "16"], capture_output=True, check=False,
            env={"TPM2TOOLS_TCTI": f"device:{node}"},
        )  # fmt: skip
        return len(given.stdout) == 16, f"{node} {stat.filemode(node.stat().st_mode)}"
    return said.returncode == 0, f"{said.stdout.split(maxsplit=3)[:3]}, no TPM"


_PARTS: dict[str, Callable[[], tuple[bool, str]]] = {
    "decoder": _decoder,
    "hidraw": _hidraw,
    "readers": _readers,
    "soft token": _soft_token,
    "TPM tools": _tpm_tools,
}


def main() -> None:
    """One line a part."""
    for name, look in _PARTS.items():
        try:
            good, seen = look()
        except (
            OSError,
            subprocess.SubprocessError,
            pkcs11.exceptions.PKCS11Error,
            KeyError,
            ValueError,
        ) as error:
            good, seen = False, repr(error)
        say("part", f"{name}: {seen}:", "ok" if good else "WRONG")
    say("done")
    time.sleep(86_400)


if __name__ == "__main__":
    main()
