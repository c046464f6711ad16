"""XEM cold and multisig: Coincheck's lesson as a story, from an account with one key to a payment that two signed."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from online_builder.key import open_key
from online_builder.store.sqlite import Store
from signer.chains.nem.models import Change, Modification, Mosaic, Multisig, Transfer, Type
from signer.chains.nem.network import MODIFICATION_FEE
from signer.chains.registry import find_chain
from signer.core import codec
from signer.core.request import SpendRequest
from tests.oracles.node.ask import ask_nem
from tests.stage.attack import resealed
from tests.stage.journey import say
from tests.stage.nis_server import Node, nis, told
from tests.stage.officer import Seat, Visit, sit
from tests.stage.process import BUILDER, SIGNER, ask
from tests.vectors import nem_workshop as w

OFFICERS = ("aiko", "ben", "chie")
CHAIN = find_chain("nem", "testnet")
PAYEE, THIEF = w.address(w.PAYEE).decode(), w.address(w.STRANGER).decode()
OWN_PATH, COSIGNER_PATH = "44h/1h/9h/0h/0h", "44h/1h/0h/0h/0h"


@dataclass(frozen=True)
class Stage:
    """Where everything lies, and the node."""

    folder: Path
    node: Node
    url: str

    @property
    def builder(self) -> Path:
        return self.folder / "builder"

    def seat(self, name: str) -> Seat:
        return Seat(name, f"the long passphrase of {name}", self.folder / f"appliance-{name}")

    def post(self, path: str, **body: object) -> dict:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


def perform(folder: Path, *, person: bool) -> int:
    """The whole journey. A `person` is told which command makes him the officer: there is one account for all."""
    if person:
        raise SystemExit("make play is for Bitcoin")
    folder.mkdir(parents=True)
    node = Node()
    with nis(node) as url:
        return journey(Stage(folder, node, url))


def journey(stage: Stage) -> int:
    began = time.monotonic()
    form_account(stage)
    convert(stage)
    txid = pay(stage)
    attack(stage)
    say(
        f"Done in {time.monotonic() - began:.0f} seconds.",
        f"Confirmed transaction: {txid}",
        f"Pictures of every signer screen, and the frames that crossed the gap: {stage.folder}",
    )
    return 0


def export(stage: Stage, name: str, path: str, file: Path) -> Path:
    seat = stage.seat(name)
    how = ("--path", path, "--form", "ed25519-keccak", "--out", file)
    ask(SIGNER, seat.home, "ceremony", "export-key", "--officer", name, *how, secrets=[seat.passphrase])
    return file


def form_account(stage: Stage) -> None:
    """Three appliances make a key each, one of them the account's own as well."""
    for name in OFFICERS:
        seat = stage.seat(name)
        ask(
            SIGNER,
            seat.home,
            "ceremony",
            "genesis",
            "--development",
            "--officer",
            name,
            secrets=[seat.passphrase],
        )
    files = [export(stage, "aiko", OWN_PATH, stage.folder / "treasury.key")]
    files += [export(stage, name, COSIGNER_PATH, stage.folder / f"{name}.key") for name in OFFICERS]
    form = (
        "--threshold",
        "2",
        "--name",
        "treasury",
        "--chain",
        "nem:testnet",
        "--backend",
        f"nis:{stage.url}",
    )
    formed = ask(BUILDER, stage.builder, "account", "add", *files, *form)
    text = stage.folder / "treasury.txt"
    ask(BUILDER, stage.builder, "account", "show", "treasury", "--out", text)
    key = ask(BUILDER, stage.builder, "key")["key"]
    for name in OFFICERS:
        home = stage.seat(name).home
        enrolled = ask(SIGNER, home, "account", "add", text, "--chain", "nem:testnet")
        if (enrolled["words"], enrolled["addresses"][0]) != (formed["words"], formed["address"]):
            raise SystemExit(f"the appliance of {name} has another account")
        ask(SIGNER, home, "builder", "add", key, "--name", "front-office")
    stage.post("/local/fund", address=formed["address"], units=523_000_000_000_000)
    held = ask(BUILDER, stage.builder, "balance", "treasury")
    say(
        "1. The account",
        "In January 2018, 523 million XEM lay in one hot wallet under one key, and were gone in minutes. Here "
        "Aiko, Ben and "
        "Chie each made a key on an appliance that has never seen a network, and Aiko's made the account's own "
        "as well. "
        "All three appliances and the online builder show the same words and the same address:",
        " ".join(formed["words"]),
        formed["address"],
        f"It holds {held['confirmed'] / 10**6:,.6f} {held['asset']}, and one key could still spend all of it.",
    )


def convert(stage: Stage) -> None:
    """The account becomes multisig: its own key signs, each cosignatory consents."""
    out = stage.folder / "convert.request"
    made = ask(BUILDER, stage.builder, "change", "treasury", "--purpose", "2 of 3 from today", "--out", out)
    for name in OFFICERS:
        seat, answer = stage.seat(name), stage.folder / f"{name}.consent"
        review = ask(SIGNER, seat.home, "review", out)
        ask(SIGNER, seat.home, "sign", out, "--officer", name, "--out", answer, secrets=[seat.passphrase])
        ask(BUILDER, stage.builder, "collect", answer, expect=0 if name == "chie" else 7)
    ask(BUILDER, stage.builder, "broadcast", made["id"])
    stage.post("/local/mine")
    ask(BUILDER, stage.builder, "status")
    told = next(f["sentence"] for f in review["findings"] if f["code"] == "account-converted")
    say(
        "2. It becomes multisig",
        f"The builder asked for it with the words {' '.join(made['words'])}. Every appliance compared the keys "
        "with those "
        "that its officer enrolled, and said:",
        told,
        "The account's own key signed, and each cosignatory consented: a key that nobody holds would lock the "
        "account for "
        "ever. The node took it; the one key alone can spend nothing any more.",
    )


def pay(stage: Stage) -> str:
    """A payment at two terminals, over pixels."""
    out = stage.folder / "payment.request"
    mark = ask(SIGNER, stage.seat("aiko").home, "account", "show", "treasury")
    first = next(k[1:9] for k in mark["keys"] if (stage.folder / "aiko.key").read_text().strip() == k)
    what = (
        "--to",
        f"{PAYEE}:250000",
        "--message",
        "refill 17",
        "--purpose",
        "Monday refill",
        "--initiator",
        first,
    )
    made = ask(BUILDER, stage.builder, "propose", "treasury", *what, "--expires", "6", "--out", out)
    frames = ask(BUILDER, stage.builder, "show", out, "--frames", stage.folder / "frames-to-the-appliances")
    say(
        "3. The payment",
        f"The online builder, which nobody trusts, prepares 250,000 tXEM to the hot wallet, {PAYEE}, with a message. "
        f"It becomes {made['bytes']} bytes in {frames['parts']} QR code(s), with the words "
        f"{' '.join(made['words'])}.",
    )
    collected: dict = {}
    for number, name in enumerate(("aiko", "chie"), 4):
        visit = asyncio.run(at_terminal(stage, name, "frames-to-the-appliances"))
        answer = stage.folder / f"{name}.response"
        ask(BUILDER, stage.builder, "scan", "--camera", stage.folder / f"frames-from-{name}", "--out", answer)
        expect = 0 if name == "chie" else 7
        collected = ask(BUILDER, stage.builder, "collect", answer, expect=expect)["requests"][0]
        part = "the multisig transaction itself" if name == "aiko" else "a cosignature over its inner hash"
        say(
            f"{number}. {name.capitalize()} signs",
            f"The appliance read the codes as pictures and showed the payment, its message, its fee and the time "
            "left, with "
            f"the words {' '.join(visit.words)}. {name.capitalize()} approved, and the appliance signed {part}. "
            "The builder "
            f"verified it: {len(collected['signed'])} of {collected['threshold']} signatures.",
        )
    sent = ask(BUILDER, stage.builder, "broadcast", collected["id"])
    ask(BUILDER, stage.builder, "broadcast", collected["id"])
    stage.post("/local/mine")
    status = ask(BUILDER, stage.builder, "status")["requests"][0]
    count = verified(stage, collected["id"])
    held = stage.node.holder(PAYEE).balance
    if status["state"] != "confirmed" or held != 250_000_000_000:
        raise SystemExit("the payment did not arrive")
    say(
        "6. The chain",
        "The builder verified every signature before it announced them, because a node remembers a bad verdict "
        "for ten "
        "minutes; then it announced them twice, which harms nothing. The node, which checks signatures, "
        "deadlines, fees and "
        f"the rules of multisig, put them into a block. npm nem-sdk makes the same bytes of all {count} and "
        "verifies them. "
        f"Transaction {sent['txid']} has {status['confirmations']} confirmation, and the hot wallet "
        f"{held / 10**6:,.6f} tXEM.",
    )
    return str(sent["txid"])


def verified(stage: Stage, request_id: str) -> int:
    """How many announced transactions nem-sdk accepted: all, or the performance ends."""
    store = Store(stage.builder / "builder.sqlite")
    final = store.request(request_id).final
    store.close()
    rows = [told(stage.node, data, signature) for data, signature in codec.decode(final)]
    verdicts = ask_nem(rows)
    if verdicts != [True] * len(rows):
        raise SystemExit(f"nem-sdk refuses the transaction: {verdicts}")
    return len(rows)


async def at_terminal(stage: Stage, name: str, frames: str) -> Visit:
    pictures = stage.folder / f"screens-{name}"
    return await sit(stage.seat(name), stage.folder / frames, pictures, stage.folder / f"frames-from-{name}")


def attack(stage: Stage) -> None:
    """The builder turns: it swaps payee and mosaic, and wants a thief among the keys. With its own, genuine key."""
    out = stage.folder / "second.request"
    made = ask(BUILDER, stage.builder, "propose", "treasury", "--to", f"{PAYEE}:300", "--out", out)
    key, sealed = open_key(stage.builder / "builder.key"), out.read_bytes()

    swapped = stage.folder / "swapped.request"
    swapped.write_bytes(resealed(sealed, swap_payee, key, os.urandom(16), 1))
    report = ask(SIGNER, stage.seat("ben").home, "review", swapped)
    say(
        "7. An attack: the payee is swapped after the officers agreed",
        f"They agreed on the words {' '.join(made['words'])}. Now Ben's appliance shows",
        f"{' '.join(report['words'])}, and a payment to {report['spend']['outputs'][0]['address']}. Ben declines.",
    )

    for number, (bend, name, title) in enumerate(
        (
            (add_thief, "cosignatory-foreign", "a thief among the cosignatories"),
            (swap_mosaic, "mosaic-refused", "a mosaic that calls itself xem"),
        ),
        8,
    ):
        lying = stage.folder / f"{name}.request"
        lying.write_bytes(resealed(sealed, bend, key, os.urandom(16), number))
        report = ask(SIGNER, stage.seat("ben").home, "review", lying, expect=3)
        stops = [f for f in report["findings"] if f["severity"] == "STOP"]
        if name not in {finding["code"] for finding in stops}:
            raise SystemExit("the appliance did not refuse")
        say(f"{number}. An attack: {title}", "Ben's appliance refused:", *(f["sentence"] for f in stops))


def _bent(request: SpendRequest, bend: Callable[[Multisig], Multisig]) -> SpendRequest:
    form, _, pairs = codec.decode(request.payload)
    outer = CHAIN.read(request.payload, ()).outer
    return replace(request, payload=codec.encode([form, bend(outer).to_bytes(), pairs]))


def swap_payee(request: SpendRequest) -> SpendRequest:
    def bend(outer: Multisig) -> Multisig:
        assert isinstance(outer.inner, Transfer)
        return replace(outer, inner=replace(outer.inner, recipient=THIEF))

    return _bent(request, bend)


def swap_mosaic(request: SpendRequest) -> SpendRequest:
    """As much of a worthless mosaic goes, as if the payee were to be fooled."""

    def bend(outer: Multisig) -> Multisig:
        assert isinstance(outer.inner, Transfer)
        head = replace(outer.inner.head, version=2)
        fake = Mosaic("shop", "xem", outer.inner.amount)
        return replace(outer, inner=replace(outer.inner, head=head, amount=1_000_000, mosaics=(fake,)))

    return _bent(request, bend)


def add_thief(request: SpendRequest) -> SpendRequest:
    """The transfer becomes a change of the account's keys."""

    def bend(outer: Multisig) -> Multisig:
        head = replace(outer.inner.head, type=Type.COSIGNATORIES, version=2, fee=MODIFICATION_FEE)
        return replace(outer, inner=Modification(head, (Change(w.STRANGER.public, adds=True),), -1))

    return _bent(request, bend)
