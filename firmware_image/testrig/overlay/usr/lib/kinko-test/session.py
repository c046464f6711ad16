"""What a test image runs on the serial line, as the kernel's command line says with `kinko.test=`.

The program of that name beside this one runs first: `inside` and `journal` never end, after `fill` the signer starts,
as it does without one. It is light, so that what the rig times is the signer.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from ports import find
from telling import HOME


def main() -> None:
    """Do what the command line says."""
    told = dict(word.partition("=")[::2] for word in Path("/proc/cmdline").read_text().split())
    if find("kinko.home") is not None and not any(HOME.iterdir()):
        _run("unpack")
    if wanted := told.get("kinko.test"):
        _run(wanted)
    sys.argv = ["signer", "--home", str(HOME)]
    runpy.run_module("signer", run_name="__main__", alter_sys=True)


def _run(name: str) -> None:
    runpy.run_path(str(Path(__file__).with_name(f"{name}.py")), run_name="__main__")


if __name__ == "__main__":
    main()
