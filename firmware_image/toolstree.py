"""Programs of the tools tree, run in place through its own loader: no chroot, and no rights are needed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from fetching import ImageError

EPOCH: Final = 1_767_225_600  # 2026-01-01: the time of every file, and the least the device's clock may say


class Tools:
    """The tree that `tools` made; call it with a program's name and arguments."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """The whole command line. Raises ImageError when the tree has no such program."""
        loader = self._tree / "usr/lib64/ld-linux-x86-64.so.2"
        program = next(
            (path for f in ("bin", "sbin") if (path := self._tree / "usr" / f / name).exists()), None
        )
        if program is None:
            raise ImageError(f"the tools tree has no {name}: run make image-tools")
        libraries = self._tree / "usr/lib/x86_64-linux-gnu"
        return list(map(str, [loader, "--library-path", libraries, "--argv0", name, program, *arguments]))

    def __call__(self, name: str, *arguments: str | Path) -> str:
        """What the program printed. Raises ImageError with what it said when it fails."""
        done = subprocess.run(
            self.command(name, *arguments),
            env={"SOURCE_DATE_EPOCH": str(EPOCH), "TZ": "UTC", "LC_ALL": "C", "MTOOLS_SKIP_CHECK": "1"},
            text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise ImageError(f"{name} failed: {(done.stderr or done.stdout).strip()[-500:]}")
        return done.stdout
