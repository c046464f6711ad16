"""Running the two command lines as a user would: separate processes, secrets through a descriptor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SIGNER, BUILDER = "signer", "online_builder"
TIMEOUT = 120


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    text: str
    errors: str

    @property
    def document(self) -> dict:
        """What `--json` printed."""
        return json.loads(self.text)


class Failed(Exception):
    """A command of the stage ended in a way the story does not foresee."""


def run(
    program: str, home: Path, *arguments: object, secrets: Sequence[str] = (), expect: int = 0
) -> Outcome:
    """Run `program --home HOME ARGUMENTS`, passphrases (one a line) on a pipe the child alone reads."""
    command = [sys.executable, "-m", program, "--home", str(home), *(str(part) for part in arguments)]
    read_end, write_end = os.pipe()
    try:
        if secrets:
            command += ["--secret-fd", str(read_end)]
            os.write(write_end, "".join(f"{secret}\n" for secret in secrets).encode())
        os.close(write_end)
        done = subprocess.run(
            command,
            capture_output=True,
            pass_fds=(read_end,),
            timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    finally:
        os.close(read_end)
    outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
    if outcome.status != expect:
        raise Failed(
            f"{' '.join(command[1:])}\nexit {outcome.status}, not {expect}\n{outcome.text}{outcome.errors}"
        )
    return outcome


def ask(program: str, home: Path, *arguments: object, secrets: Sequence[str] = (), expect: int = 0) -> dict:
    """Run with `--json` and return the document."""
    return run(program, home, *arguments, "--json", secrets=secrets, expect=expect).document
