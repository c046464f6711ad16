"""What a board's device tree describes: radios and network ports are cut out, a clock and a TPM on its pins put in."""

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
    if any(f"{node.rpartition('/')[2]} {{" not in source for node in (_SPI, _SPI_PINS, _CLOCK.rpartition("/")[0])):
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
