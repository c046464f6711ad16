"""What a board's device tree describes: radios and network ports are cut out; a clock and a TPM on its pins put in, and
the names by which `cameras/` finds a camera's power and pins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from fetching import ImageError
from toolstree import Tools

#: By a node's name, and by what it says it is: Pi 4 (GENET), Pi 5 (GEM), Broadcom's radios, Pi 3's USB network chips.
_NAMES: Final = re.compile(r"(ethernet|wifi|wlan|bluetooth)(@|$)")
_KINDS: Final = re.compile(
    r"genet|macb|-gem\b|fmac|-bt\b|ethernet|wlan|wifi|bluetooth|usb424,(ec00|7800|7850)"
)


def network_nodes(source: str) -> list[str]:
    """Paths of the nodes that are a radio or a network port, in a tree as `dtc -O dts` prints it; outermost first."""
    path: list[str] = []
    found: list[str] = []
    for line in map(str.strip, source.splitlines()):
        if line.endswith("{"):
            path.append(line[:-1].strip().rpartition(": ")[2].strip("/ "))
            if _NAMES.match(path[-1]):
                found.append("/".join(path))
        elif line == "};":
            path.pop()
        elif line.startswith("compatible = ") and _KINDS.search(line):
            found.append("/".join(path))
    outer = [one for one in found if not any(one.startswith(f"{other}/") for other in found)]
    return list(dict.fromkeys(outer))


def cut_network(tools: Tools, tree: Path) -> list[str]:
    """Remove them from a .dtb; the paths that were removed. Raises ImageError if one remains."""
    cut = network_nodes(tools("dtc", "-q", "-I", "dtb", "-O", "dts", tree))
    for node in cut:
        tools("fdtput", "-r", tree, node)
    if left := network_nodes(tools("dtc", "-q", "-I", "dtb", "-O", "dts", tree)):
        raise ImageError(f"{tree.name} still describes {', '.join(left)}")
    return cut


#: On the pin header of a Pi 3B, Zero 2 W and 4: I2C 1 (pins 3 and 5), SPI 0 (19, 21, 23) with its second select (26).
_CLOCK: Final = "/soc/i2c@7e804000/rtc@68"
_SPI: Final = "/soc/spi@7e204000"
_TPM: Final = f"{_SPI}/tpm@1"
_SPI_PINS: Final = "/soc/gpio@7e200000/spi0-gpio7"


def add_parts(tools: Tools, tree: Path) -> bool:
    """Describe a DS3231 clock and a TPM of TCG's kind (Infineon SLB 9670) where boards for them plug in.

    Whether one is there shows when its driver asks. False for a board whose pins are another chip's, such as a Pi 5.
    """
    source = tools("dtc", "-q", "-I", "dtb", "-O", "dts", tree)
    if any(
        f"{node.rpartition('/')[2]} {{" not in source for node in (_SPI, _SPI_PINS, _CLOCK.rpartition("/")[0])
    ):
        return False
    pins = tools("fdtget", "-t", "x", tree, _SPI_PINS, "phandle").strip()
    for kind, node, name, *value in (
        ("s", _CLOCK, "compatible", "maxim,ds3231"),
        ("x", _CLOCK, "reg", "68"),
        ("s", _SPI, "status", "okay"),
        ("s", _SPI, "pinctrl-names", "default"),
        ("x", _SPI, "pinctrl-0", pins),
        ("s", _TPM, "compatible", "infineon,slb9670", "tcg,tpm_tis-spi"),
        ("x", _TPM, "reg", "1"),
        ("u", _TPM, "spi-max-frequency", "10000000"),
    ):
        tools("fdtput", "-p", "-t", kind, tree, node, name, *value)
    return True


#: Sensors that `cameras/` describes: Camera Module 2 and 1.
CAMERAS: Final = ("imx219", "ov5647")
_CONTROLLER: Final = "/soc/gpio@7e200000"
_EXPANDER: Final = "/firmware/rpi-firmware/gpio"
_CAMERA_POWER: Final = "/regulator-cam1"
_CAMERA_PINS: Final = (
    f"{_CONTROLLER}/i2c0-gpio44"  # the camera's I2C, which these boards have on pins 44 and 45
)
#: The line that switches the CSI connector's power, CAM_GPIO in the kernel's own trees.
_SWITCHES: Final = {
    "bcm2837-rpi-3-a-plus.dtb": (_EXPANDER, 5),
    "bcm2837-rpi-3-b.dtb": (_EXPANDER, 5),
    "bcm2837-rpi-3-b-plus.dtb": (_EXPANDER, 5),
    "bcm2837-rpi-zero-2-w.dtb": (_CONTROLLER, 40),
    "bcm2711-rpi-4-b.dtb": (_EXPANDER, 5),
}


def name_camera_port(tools: Tools, tree: Path) -> bool:
    """Name what an overlay for a camera refers to; the tree stays a board without a camera.

    False for a board without a connector that `cameras/` knows. Raises ImageError where the kernel's tree is another.
    """
    if tree.name not in _SWITCHES:
        return False
    source = tools("dtc", "-q", "-I", "dtb", "-O", "dts", tree)
    controller, line = _SWITCHES[tree.name]
    if "regulator-cam1 {" not in source:  # the Pi 4's tree has it
        switch = tools("fdtget", "-t", "x", tree, controller, "phandle").strip()
        free = max(int(number, 16) for number in re.findall(r"phandle = <0x([0-9a-f]+)>", source)) + 1
        for kind, name, *value in (
            ("s", "compatible", "regulator-fixed"),
            ("s", "regulator-name", "cam1-reg"),
            ("x", "gpio", switch, f"{line:x}", "0"),
            ("x", "enable-active-high"),
            ("x", "phandle", f"{free:x}"),
        ):
            tools("fdtput", "-p", "-t", kind, tree, _CAMERA_POWER, name, *value)
    for label, node in (("cam1_reg", _CAMERA_POWER), ("cam1_pins", _CAMERA_PINS)):
        tools("fdtput", "-p", "-t", "s", tree, "/__symbols__", label, node)
    return True


def compile_camera(tools: Tools, source: Path, out: Path) -> None:
    """An overlay of `cameras/`, which the board's firmware joins to a tree that `name_camera_port` prepared."""
    tools("dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", out, source)
