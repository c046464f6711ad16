"""Tells the rig, on the port `kinko.report`, how much memory is in use and how long the machine runs."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from ports import open_port


def line() -> str:
    """MiB in use (what could not be given to others), MiB in all, seconds since the start."""
    memory = {
        name: int(value) for name, value in re.findall(r"(\w+): +(\d+) kB", Path("/proc/meminfo").read_text())
    }
    used = memory["MemTotal"] - memory["MemAvailable"]
    return f"{used >> 10} {memory['MemTotal'] >> 10} {Path('/proc/uptime').read_text().split()[0]}\n"


def main() -> None:
    """A line every two seconds, for ever."""
    port = open_port("kinko.report")
    while True:
        os.write(port, line().encode())
        time.sleep(2)


if __name__ == "__main__":
    main()
