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

from online_builder.key import open_key
from online_builder.store.sqlite import Store
from signer.chains.utxo.draft import UtxoDraft
from tests.stage.attack import resealed, swap_payee
from tests.stage.cast import Cast, Source, source
from tests.stage.officer import Seat, Visit, sit
from tests.stage.process import BUILDER, SIGNER, ask

OFFICERS = ("aiko", "ben", "chie")
PAYEES = (("Exchange hot wallet", "1.5"), ("Payroll", "0.25"), ("Supplier", "40"))
MINER, SECOND_PAYEE = 0x4D, 0x07


@dataclass(frozen=True)
class Stage:
    """Where everything of one performance lies, and whose it is."""

    folder: Path
    cast: Cast
    source: Source

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


def perform(cast: Cast, folder: Path, *, person: bool) -> int:
    """The whole journey of a coin in a folder of its own; a `person` may be the officer."""
    with source(cast, folder / "node") as chain:
        return journey(Stage(folder, cast, chain), person=person)


def journey(stage: Stage, *, person: bool) -> int:
    """From the ceremony to the refused attacks."""
    began = time.monotonic()
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
        f"Pictures of every signer screen, and the frames that crossed the gap: {stage.folder}",
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
        arguments = ("ceremony", "export-key", "--officer", name, "--path", stage.cast.path, "--out", file)
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
    network = ("--chain", stage.cast.network, "--name", "treasury")
    form = ("--threshold", "2", "--script", stage.cast.form, "--backend", stage.source.backend)
    formed = ask(BUILDER, stage.builder, "account", "add", *files, *network, *form)
    descriptor = stage.folder / "treasury.txt"
    ask(BUILDER, stage.builder, "account", "show", "treasury", "--out", descriptor)
    builder_key = ask(BUILDER, stage.builder, "key")["key"]
    for name in OFFICERS:
        home = stage.seat(name).home
        enrolled = ask(SIGNER, home, "account", "add", descriptor, "--chain", stage.cast.network)
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
    """Money arrives."""
    address = ask(BUILDER, stage.builder, "address", "treasury")["address"]
    mine(stage, 2, address)
    mine(stage, 100, stage.cast.address(MINER))
    held = ask(BUILDER, stage.builder, "balance", "treasury")
    say(
        "3. Funding",
        f"On {stage.source.told}, the account holds {held['confirmed'] / 10**8:,.8f} {held['asset']} at height "
        f"{held['height']}.",
    )


def mine(stage: Stage, count: int, address: str) -> None:
    """By the node where there is one, else on the builder's own chain."""
    if stage.source.node is None:
        ask(BUILDER, stage.builder, "mine", count, "--to", address)
    else:
        stage.source.node.rpc.call("generatetoaddress", count, address)


def propose(stage: Stage) -> Path:
    """A payment to three payees, as frames."""
    out = stage.folder / "payment.request"
    payees = [stage.cast.address(number + 1) for number in range(len(PAYEES))]
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
            f"{amount:>10} {stage.cast.chain.network.asset.ticker} to {label}, {address}"
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
    verdict = verified(stage, collected["id"])
    mine(stage, 1, stage.cast.address(MINER))
    status = ask(BUILDER, stage.builder, "status")["requests"][0]
    say(
        "7. The chain",
        "The builder put the signatures together, had Bitcoin Core's validation code judge the result, and sent it. "
        f"Asked independently, {verdict} accepts it. Transaction {sent['txid']} has {status['confirmations']} "
        "confirmation.",
    )
    return str(sent["txid"])


def verified(stage: Stage, request_id: str) -> str:
    """Who else accepts the finished transaction. Ends the performance where somebody does not."""
    store = Store(stage.builder / "builder.sqlite")
    request = store.request(request_id)
    store.close()
    draft = stage.cast.chain.read(request.draft, request.proofs)
    assert isinstance(draft, UtxoDraft)
    spent = [(coin.output.units, coin.output.script) for coin in draft.coins if coin.output is not None]
    verdict = stage.cast.verify(request.final, spent)
    if verdict.accepted is not True:
        raise SystemExit(f"{verdict.who} refuses the transaction: {verdict.accepted}")
    return verdict.who


async def at_terminal(stage: Stage, name: str, frames: str, label: str = "") -> Visit:
    pictures = stage.folder / f"screens-{label or name}"
    return await sit(
        stage.seat(name), stage.folder / frames, pictures, stage.folder / f"frames-from-{label or name}"
    )


def attack(stage: Stage) -> None:
    """The builder turns: it swaps a payee, and tries what only this coin has. With its own, genuine key."""
    out = stage.folder / "second.request"
    payee = stage.cast.address(SECOND_PAYEE)
    made = ask(BUILDER, stage.builder, "propose", "treasury", "--to", f"{payee}:3", "--out", out)
    key, sealed = open_key(stage.builder / "builder.key"), out.read_bytes()

    swapped = stage.folder / "swapped.request"
    swapped.write_bytes(resealed(sealed, swap_payee, key, os.urandom(16), 1))
    report = ask(SIGNER, stage.seat("ben").home, "review", swapped)
    paid = next(output["address"] for output in report["spend"]["outputs"] if output["role"] == "payee")
    say(
        "8. An attack: the payee is swapped after the officers agreed",
        f"They agreed on the words {' '.join(made['words'])}. Now Ben's appliance shows",
        f"{' '.join(report['words'])}, and a payment to {paid}. Ben declines.",
    )

    lying = stage.folder / "lying.request"
    lying.write_bytes(resealed(sealed, stage.cast.attack.bend, key, os.urandom(16), 2))
    show(stage, lying, "frames-of-the-attack")
    visit = asyncio.run(at_terminal(stage, "ben", "frames-of-the-attack", "attack"))
    report = ask(SIGNER, stage.seat("ben").home, "review", lying, expect=3)
    stops = {f["code"]: f["sentence"] for f in report["findings"] if f["severity"] == "STOP"}
    if not visit.refused or not stage.cast.attack.codes & stops.keys():
        raise SystemExit("the appliance did not refuse")
    say(
        f"9. An attack: {stage.cast.attack.told}",
        "Ben's appliance refused before anybody could approve:",
        *stops.values(),
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
