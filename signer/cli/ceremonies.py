"""Ceremonies without a screen: secrets are asked for by name, what is to be written down is handed out once."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from signer.ceremony.emergency import plan_for
from signer.ceremony.keeping import change_policy
from signer.ceremony.script import ANNOUNCED, Rehearsal, read_script
from signer.ceremony.table import Paper, Table
from signer.cli.appliance import Appliance
from signer.cli.files import read_input, read_secrets, write_output
from signer.cli.output import Output
from signer.core.errors import Bad, ExitStatus, Lock, Malformed, VaultError
from signer.core.finding import Code, Finding
from signer.core.prepared import read_prepared

MAX_SECRET = 16 * 1024


def play(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Play a script. Prints the transcripts of the ceremonies it concluded, or writes them to `--out`."""
    prepared = read_prepared(read_input(args.file))
    steps = (ANNOUNCED, *read_script(prepared.text))
    ask = prompt if args.secret_fd is None else _lines_of(args.secret_fd)
    table = Table(_reader(args.read), _compare, _carrier(args.carry))
    hall = replace(appliance.hall(args.development), script=prepared)
    office = appliance.office(args.development)
    rehearsal = Rehearsal(hall, ask, _paper(args.paper_fd), office, table)
    transcripts = rehearsal.play(steps)
    if args.out is not None:
        write_output(args.out, "\n".join(transcript.text for transcript in transcripts).encode())
    rows = [
        {
            "ceremony": done.title,
            "sha256": done.digest.hex(),
            "words": list(done.words),
            "lines": list(done.lines),
        }
        for done in transcripts
    ]
    shown = [f"{done.text}SHA-256 {done.digest.hex()}\n{' '.join(done.words)}\n" for done in transcripts]
    out.tell({"transcripts": rows}, shown)
    return ExitStatus.DONE


def policy(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """Agree on another policy. Prints the transcript, to be signed by everybody."""
    text = read_input(args.file)
    secrets = read_secrets(args.officer, args.secret_fd)
    present = dict(zip(args.officer, secrets, strict=True))
    hall = appliance.hall(args.development)
    done = change_policy(hall, tuple(args.witness), present, appliance.policies, text)
    lines = [done.text.rstrip("\n"), f"SHA-256 {done.digest.hex()}"]
    out.tell({"sha256": done.digest.hex(), "words": list(done.words), "lines": list(done.lines)}, lines)
    return ExitStatus.DONE


def compromise(appliance: Appliance, args: Namespace, out: Output) -> ExitStatus:
    """What to do now, by role. INCOMPLETE where no quorum has named a spare account beforehand."""
    plan = plan_for(appliance.bench.desk, args.account)
    steps = plan.steps(out.language)
    found = () if plan.spare else (Finding.of(Code.SPARE_NONE, account=args.account),)
    document: dict[str, object] = {
        "account": plan.account.name,
        "spare": plan.spare.name if plan.spare else "",
        "steps": [{"role": role, "steps": list(lines)} for role, lines in steps],
        "findings": [out.finding(finding) for finding in found],
    }
    lines = out.finding_lines(found)
    for role, told in steps:
        lines += ["", role, *(f"  {number}. {line}" for number, line in enumerate(told, 1))]
    out.tell(document, lines)
    return ExitStatus.INCOMPLETE if found else ExitStatus.DONE


def prompt(name: str) -> bytearray:
    """Ask at the terminal, without echo. Shares are several lines, ended by an empty one."""
    if name != "shares":
        return bytearray(getpass.getpass(f"{name}: ").encode())
    secret = bytearray()
    while line := getpass.getpass("share (empty: no more): "):
        secret += line.encode() + b"\n"
    return secret


def _reader(given: Sequence[str]) -> Callable[[Paper], bytes]:
    """Documents from the files named, each paper's in their order; then from files that somebody types the names of.

    Raises Malformed for a paper there is not.
    """
    pairs = [text.partition("=") for text in given]
    waiting: dict[Paper, list[str]] = {paper: [] for paper in Paper}
    for name, _, file in pairs:
        if name not in list(Paper):
            raise Malformed(Bad.VALUE, what=f"paper {name}"[:80])
        waiting[Paper(name)].append(file)

    def read(paper: Paper) -> bytes:
        files = waiting[paper]
        if not files and not sys.stdin.isatty():
            raise Malformed(Bad.EMPTY, what=f"paper {paper.value}")
        return read_input(files.pop(0) if files else input(f"file with {paper.value}: "))

    return read


def _compare(title: str, facts: Sequence[str]) -> None:
    """On the terminal, before anybody proves himself."""
    print("\n".join([f"\n{title}", *(f"  {fact}" for fact in facts), ""]), file=sys.stderr)


def _carrier(folder: Path | None) -> Callable[[Paper, str], None]:
    """Documents go into numbered files, or are printed beside the transcripts."""
    count = 0

    def carry(paper: Paper, text: str) -> None:
        nonlocal count
        count += 1
        if folder is None:
            print(text, file=sys.stderr)
        else:
            write_output(folder / f"{paper.value}-{count}", text.encode())

    return carry


def _lines_of(descriptor: int) -> Callable[[str], bytearray]:
    """One line a secret, in the order they are asked for; `;` stands between the shares of one line."""

    def ask(name: str) -> bytearray:
        print(f"ask {name}", file=sys.stderr, flush=True)
        line = bytearray()
        try:
            while (byte := os.read(descriptor, 1)) not in (b"\n", b""):
                line += byte
                if len(line) > MAX_SECRET:
                    raise Malformed(Bad.TOO_LARGE, what="secret", limit=MAX_SECRET)
        except OSError as error:
            raise VaultError(Lock.TOO_FEW) from error
        return line.replace(b";", b"\n") if name == "shares" else line

    return ask


def _paper(descriptor: int | None) -> Callable[[str, str], None]:
    """Hand out on the terminal and wait until it is written down; or as lines on a descriptor."""

    def hand_out(title: str, text: str) -> None:
        if descriptor is None:
            print(f"\n{title}\n  {text}\n", file=sys.stderr)
            getpass.getpass("written down? ")
            print(
                "\x1b[2J\x1b[3J\x1b[H", end="", file=sys.stderr, flush=True
            )  # gone from screen and scroll-back
        else:
            os.write(descriptor, f"{title}: {text}\n".encode())

    return hand_out
