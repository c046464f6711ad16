"""The same scripts through `kinko-signer`, as a process: secrets and papers on descriptors, nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """witness hana
genesis
officer aiko
officer ben
gather
dice
make main 2 backup=1:2/3
write-down
prove shares
conclude
check main aiko ben
"""
DICE = "163421556231442653112645343216521363245516423155261434662315246135142562361343526415232165434161523662514"


def play(home: Path, script: str, answers: list[str], *flags: str) -> subprocess.CompletedProcess[str]:
    """Run it; where an answer is `SHARES`, what was handed out is typed back."""
    (home.parent / "script").write_text(script)
    secret_in, secret_out = os.pipe()
    paper_in, paper_out = os.pipe()
    handed: list[str] = []

    def people() -> None:
        with os.fdopen(secret_out, "w") as voice, os.fdopen(paper_in) as paper:
            for answer in answers:
                if answer == "SHARES":
                    handed.extend(paper.readline().strip() for _ in range(4))
                    answer = ";".join(line.partition(": ")[2] for line in handed[2:])
                voice.write(answer + "\n")
                voice.flush()

    thread = threading.Thread(target=people)
    thread.start()
    command = [
        sys.executable, "-m", "signer", "--home", str(home), "--json",
        "ceremony", "script", str(home.parent / "script"),
        "--secret-fd", str(secret_in), "--paper-fd", str(paper_out), *flags,
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=(secret_in, paper_out),
    )
    os.close(secret_in)
    os.close(paper_out)
    out, err = process.communicate(timeout=120)
    thread.join(timeout=10)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def test_a_script_from_the_command_line(tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "transcript"
    answers = ["officer one here", "officer two here", DICE, "SHARES", "officer one here", "officer two here"]
    done = play(home, SCRIPT, answers, "--development", "--out", str(out))
    assert done.returncode == 0, done.stderr + done.stdout
    shown = json.loads(done.stdout)["transcripts"]
    assert [row["ceremony"] for row in shown] == ["Genesis", "Key check"]
    assert "proved: the shares give the key" in shown[0]["lines"]
    assert len(shown[0]["words"]) == 8
    assert "officer one" not in done.stdout + done.stderr + out.read_text()
    assert "Traceback" not in done.stderr


def test_without_the_flag_a_development_machine_refuses(tmp_path: Path) -> None:
    done = play(tmp_path / "home", SCRIPT, [])
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["family"]) == (3, "Refused")
    assert "locked" not in done.stdout
    assert "Traceback" not in done.stderr


def test_a_bad_script_is_malformed(tmp_path: Path) -> None:
    done = play(tmp_path / "home", "genesis\nfly\n", [], "--development")
    assert (done.returncode, json.loads(done.stdout)["family"]) == (4, "Malformed")
