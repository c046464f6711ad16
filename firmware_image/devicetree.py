"""Radios and network ports cut out of a board's device tree: what is not described, no driver could find."""

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
