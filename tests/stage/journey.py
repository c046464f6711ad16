"""One payment all the way on a coin of Bitcoin's family, told as a treasurer would tell it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

from embit import ec, script

from online_builder.key import open_key
from tests.stage.attack import hide_fee, payload_of, resealed, swap_payee
from tests.stage.officer import Seat, Visit, sit
from tests.stage.process import BUILDER, SIGNER, ask

OFFICERS = ("aiko", "ben", "chie")
PAYEES = (("Exchange hot wallet", "1.5"), ("Payroll", "0.25"), ("Supplier", "40"))
MINER = script.p2wpkh(ec.PrivateKey(b"\x4d" * 32)).address({"bech32": "bcrt"})


@dataclass(frozen=True)
class Stage:
    """Where everything of one performance lies."""

    folder: Path

    @property
    def builder(self) -> Path:
        return self.folder / "builder"

    def seat(self, name: str) -> Seat:
        return Seat(name, f"the long passphrase of {name}", self.folder / f"appliance-{name}")


def say(title: str, *lines: str) -> None:
    """One scene: a title and what happened."""
    print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n{title}")
    for line in lines:
        print(textwrap.fill(line, 110, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))


def perform(folder: Path, *, person: bool) -> int:
    """The whole journey in a folder of its own; a `person` may be the officer."""
    began = time.monotonic()
    stage = Stage(folder)
    form_account(stage)
    fund(stage)
    request = propose(stage)
    if person:
        return play(stage, request)
    txid = spend(stage, request)
    attack(stage)
    say(
        f"Done in {time.monotonic() - began:.0f} seconds.",
        f"Confirmed transaction: {txid}",
        f"Pictures of every signer screen, and the frames that crossed the gap: {folder}",
    )
    return 0


def form_account(stage: Stage) -> None:
    """Three appliances make a key each; the account is formed; all four compare words and address."""
    keys = []
    for name in OFFICERS:
        seat = stage.seat(name)
        genesis = ("ceremony", "genesis", "--development", "--officer", name)
        made = ask(SIGNER, seat.home, *genesis, secrets=[seat.passphrase])
        file = stage.folder / f"{name}.key"
        arguments = ("ceremony", "export-key", "--officer", name, "--path", "48h/1h/0h/2h", "--out", file)
        ask(SIGNER, seat.home, *arguments, secrets=[seat.passphrase])
        keys.append((file, made["fingerprint"]))
    say(
        "1. The ceremony",
        "Aiko, Ben and Chie sit in three places, each with an appliance that has never seen a network. Each appliance "
        "made a key of its own; it opens with the officer's passphrase and never leaves. (Here one officer opens it: a "
        "rehearsal, as every screen says. A real appliance makes no key that fewer than two can open.)",
        *(f"{name.capitalize()}: key {mark}" for name, (_, mark) in zip(OFFICERS, keys, strict=True)),
    )
    files = [file for file, _ in keys]
    network = ("--threshold", "2", "--name", "treasury", "--network", "regtest")
    formed = ask(BUILDER, stage.builder, "account", "add", *files, *network)
    descriptor = stage.folder / "treasury.txt"
    ask(BUILDER, stage.builder, "account", "show", "treasury", "--out", descriptor)
    builder_key = ask(BUILDER, stage.builder, "key")["key"]
    for name in OFFICERS:
        home = stage.seat(name).home
        enrolled = ask(SIGNER, home, "account", "add", descriptor, "--network", "regtest")
        if (enrolled["words"], enrolled["addresses"][0]) != (formed["words"], formed["address"]):
            raise SystemExit(f"the appliance of {name} has another account")
        ask(SIGNER, home, "builder", "add", builder_key, "--name", "front-office")
    say(
        "2. The account",
        "From the three public keys they formed one account, \u201ctreasury\u201d: any 2 of 3 can spend. All three "
        "appliances and the online builder show the same words and the same first address:",
        " ".join(formed["words"]),
        formed["address"],
    )


def fund(stage: Stage) -> None:
    """Money arrives on an embedded regtest chain that runs Bitcoin Core's own validation code."""
    address = ask(BUILDER, stage.builder, "address", "treasury")["address"]
    ask(BUILDER, stage.builder, "mine", "2", "--to", address)
    ask(BUILDER, stage.builder, "mine", "100", "--to", MINER)
    held = ask(BUILDER, stage.builder, "balance", "treasury")
    say(
        "3. Funding",
        f"The account holds {held['confirmed'] / 10**8:,.8f} {held['asset']} at height {held['height']}.",
    )


def propose(stage: Stage) -> Path:
    """A payment to three payees, as frames."""
    out = stage.folder / "payment.request"
    payees = [
        script.p2wpkh(ec.PrivateKey(bytes([n + 1]) * 32)).address({"bech32": "bcrt"})
        for n in range(len(PAYEES))
    ]
    wanted = [
        part
        for address, (_, amount) in zip(payees, PAYEES, strict=True)
        for part in ("--to", f"{address}:{amount}")
    ]
    made = ask(
        BUILDER,
        stage.builder,
        "propose",
        "treasury",
        *wanted,
        "--fee-rate",
        "5",
        "--purpose",
        "Monday payments",
        "--out",
        out,
    )
    frames = show(stage, out, "frames-to-the-appliances")
    say(
        "4. The payment",
        "The online builder, which nobody trusts, prepares a payment to three payees:",
        *(
            f"{amount:>10} tBTC to {label}, {address}"
            for (label, amount), address in zip(PAYEES, payees, strict=True)
        ),
        f"It becomes {made['bytes']} bytes in {frames['parts']} QR codes of {frames['modules']} by {frames['modules']} "
        f"modules. The builder's words for it: {' '.join(made['words'])}",
    )
    return out


def show(stage: Stage, file: Path, name: str) -> dict:
    return ask(BUILDER, stage.builder, "show", file, "--frames", stage.folder / name)


def spend(stage: Stage, request: Path) -> str:
    """Two officers at two appliances; then back to the builder and to the chain."""
    collected: dict = {}
    for number, name in enumerate(("aiko", "chie"), 5):
        visit = asyncio.run(at_terminal(stage, name, "frames-to-the-appliances"))
        response = stage.folder / f"{name}.response"
        back = ask(
            BUILDER,
            stage.builder,
            "scan",
            "--camera",
            stage.folder / f"frames-from-{name}",
            "--out",
            response,
        )
        expect = 0 if name == "chie" else 7
        collected = ask(BUILDER, stage.builder, "collect", response, expect=expect)["requests"][0]
        say(
            f"{number}. {name.capitalize()} signs",
            f"The appliance read the codes as pictures, worked out the payment by itself and showed it, with the words "
            f"{' '.join(visit.words)}. {name.capitalize()} read it to the end, approved with the passphrase, and the "
            f"appliance signed. Its answer, {back['bytes']} bytes, went back as {visit.shown} QR code(s) on its own "
            f"screen. The builder verified it: {len(collected['signed'])} of {collected['threshold']} signatures.",
        )
    sent = ask(BUILDER, stage.builder, "broadcast", collected["id"])
    ask(BUILDER, stage.builder, "mine", "1", "--to", MINER)
    status = ask(BUILDER, stage.builder, "status")["requests"][0]
    say(
        "7. The chain",
        "The builder put the signatures together, had Bitcoin Core's validation code judge the result, and sent it. "
        f"Transaction {sent['txid']} has {status['confirmations']} confirmation.",
    )
    return str(sent["txid"])


async def at_terminal(stage: Stage, name: str, frames: str, label: str = "") -> Visit:
    pictures = stage.folder / f"screens-{label or name}"
    return await sit(
        stage.seat(name), stage.folder / frames, pictures, stage.folder / f"frames-from-{label or name}"
    )


def attack(stage: Stage) -> None:
    """The builder turns: it swaps a payee, and it lies about an amount. With its own, genuine key."""
    out = stage.folder / "second.request"
    payee = script.p2wpkh(ec.PrivateKey(b"\x07" * 32)).address({"bech32": "bcrt"})
    made = ask(BUILDER, stage.builder, "propose", "treasury", "--to", f"{payee}:3", "--out", out)
    key, sealed = open_key(stage.builder / "builder.key"), out.read_bytes()
    payload = payload_of(sealed)

    swapped = stage.folder / "swapped.request"
    swapped.write_bytes(resealed(sealed, swap_payee(payload), key, os.urandom(16), 1))
    report = ask(SIGNER, stage.seat("ben").home, "review", swapped)
    paid = next(output["address"] for output in report["spend"]["outputs"] if output["role"] == "payee")
    say(
        "8. An attack: the payee is swapped after the officers agreed",
        f"They agreed on the words {' '.join(made['words'])}. Now Ben's appliance shows",
        f"{' '.join(report['words'])}, and a payment to {paid}. Ben declines.",
    )

    lying = stage.folder / "lying.request"
    lying.write_bytes(resealed(sealed, hide_fee(payload), key, os.urandom(16), 2))
    show(stage, lying, "frames-of-the-attack")
    visit = asyncio.run(at_terminal(stage, "ben", "frames-of-the-attack", "attack"))
    report = ask(SIGNER, stage.seat("ben").home, "review", lying, expect=3)
    stops = [finding["sentence"] for finding in report["findings"] if finding["severity"] == "STOP"]
    if not visit.refused or not stops:
        raise SystemExit("the appliance did not refuse")
    say(
        "9. An attack: an input is said to be worth half of what it is, so that the other half would go to the miner",
        "Ben's appliance refused before anybody could approve:",
        *stops,
    )


def play(stage: Stage, request: Path) -> int:
    """The same, but a person sits at the appliance."""
    seat = stage.seat("aiko")
    say(
        "Now you are Aiko.",
        "Press S to scan: the codes of the payment are already in front of the camera. Compare the words, read to the "
        "end, approve, sign. The passphrase is:",
        seat.passphrase,
    )
    if sys.stdin.isatty():
        input("  Enter starts the appliance. ")
    command = [sys.executable, "-m", SIGNER, "--home", str(seat.home)]
    command += ["--camera", str(stage.folder / "frames-to-the-appliances")]
    return subprocess.run(command, check=False).returncode
