"""Locks and the cache they describe: every file the image is made of, by name, size and SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUITES = ("trixie", "trixie-backports")


class ImageError(Exception):
    """Something the build cannot go on from; the text says what and what to do."""


@dataclass(frozen=True, slots=True)
class Locked:
    """One file of a lock: its name, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str

    @property
    def line(self) -> str:
        return f"{self.sha256} {self.size:>9} {self.name}"


def words(path: Path) -> tuple[str, ...]:
    """The first word of each line of a list whose lines give a reason after it."""
    return tuple(
        line.split()[0] for line in path.read_text().splitlines() if line and not line.startswith("#")
    )


def read_lock(path: Path) -> tuple[Locked, ...]:
    """The files of a lock. Raises ImageError on a line that is not one."""
    found = []
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"([0-9a-f]{64}) +(\d+) ([A-Za-z0-9][\w.+~%-]*)", line)
        if not match:
            raise ImageError(f"{path.name}: not a lock line: {line!r}")
        found.append(Locked(match[3], int(match[2]), match[1]))
    return tuple(found)


def write_lock(path: Path, heading: str, files: list[Locked]) -> None:
    """Write a lock, sorted by name so that a change reads as one."""
    rows = [item.line for item in sorted(files, key=lambda item: item.name)]
    path.write_text("\n".join([f"# {heading}", *rows]) + "\n")


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check(folder: Path, locked: tuple[Locked, ...]) -> None:
    """Every locked file is in the folder with these bytes, or ImageError names the first that is not."""
    for item in locked:
        path = folder / item.name
        if not path.is_file():
            raise ImageError(f"{item.name} is missing in {folder}: run firmware_image/lock --fetch")
        if path.stat().st_size != item.size or sha256(path) != item.sha256:
            raise ImageError(f"{item.name} is not the locked file: its bytes differ")


class Apt:
    """apt with a state of its own for arm64, so that nothing of this machine's packages counts.

    The mirror is the one this machine's own apt already uses, or IMAGE_MIRROR: a dated one still has what the lock
    names.
    """

    def __init__(self, state: Path) -> None:
        state = state.resolve()
        for part in ("lists/partial", "cache/archives/partial", "etc/preferences.d"):
            (state / part).mkdir(parents=True, exist_ok=True)
        (state / "status").touch()
        keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
        sources = [
            f"deb [signed-by={keyring}] {_mirror()} {suite} main non-free-firmware" for suite in SUITES
        ]
        (state / "etc/sources.list").write_text("\n".join(sources) + "\n")
        self._options = [
            "-o", f"Dir::State={state}", "-o", f"Dir::State::status={state}/status",
            "-o", f"Dir::State::lists={state}/lists", "-o", f"Dir::Cache={state}/cache",
            "-o", f"Dir::Etc::sourcelist={state}/etc/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
            "-o", f"Dir::Etc::preferencesparts={state}/etc/preferences.d",
            "-o", "APT::Architecture=arm64", "-o", "APT::Architectures::=arm64",
            "-o", "APT::Install-Recommends=false", "-o", "APT::Sandbox::User=root",
        ]  # fmt: skip

    def __call__(self, *arguments: str, cwd: Path | None = None) -> str:
        return run("apt-get", *self._options, *arguments, cwd=cwd)


def _mirror() -> str:
    if "IMAGE_MIRROR" in os.environ:
        return os.environ["IMAGE_MIRROR"]
    listed = run("apt-get", "indextargets", "--format", "$(REPO_URI)").splitlines()
    mirrors = [uri for uri in listed if uri.rstrip("/").endswith("/debian")]
    if not mirrors:
        raise ImageError("this machine's apt names no Debian mirror: set IMAGE_MIRROR")
    return mirrors[0]


def run(*command: str, cwd: Path | None = None) -> str:
    """A command's output; ImageError with what it said when it fails."""
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)
    if done.returncode:
        raise ImageError(f"{command[0]} failed: {done.stderr.strip()[-800:]}")
    return done.stdout
