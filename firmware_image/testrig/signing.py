"""A payment signed on the image: codes before its camera, an officer's keys on its line, an answer on its screen.

The builder reads that answer from pictures of the screen; Bitcoin Core's own validation code judges the transaction.
"""

from __future__ import annotations

import io
import tarfile
import time
from pathlib import Path
from typing import Final

import zxingcpp
from feed import Feeder, codes, noise
from machine import PATIENCE, Bench, Board, Failed, copy
from PIL import Image

from signer.ceremony.reception import Receiver, Said
from signer.wire.values import Kind
from tests.signer.tui.terminal import Terminal
from tests.stage.cast import BITCOIN, Source
from tests.stage.journey import MINER, Stage, form_account, fund, mine, propose, show, verified
from tests.stage.process import BUILDER, ask

FRAMES: Final = "frames-to-the-appliances"


class Payment:
    """A builder, three appliances' homes, an account with money, and a request that waits."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder, BITCOIN, Source("embedded:"))
        folder.mkdir(parents=True, exist_ok=True)
        form_account(self.stage)
        fund(self.stage)
        self.request = propose(self.stage)

    def home(self, name: str) -> bytes:
        """An officer's appliance as the rig hands it to a new device."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for path in sorted(self.stage.seat(name).home.iterdir()):
                archive.add(path, path.name, filter=_belongs_to_signer)
        return packed.getvalue()

    def collect(self, name: str, frames: Path, *, more: bool) -> dict:
        """Hand the answer's pictures to the builder's own camera; what it says of the request then."""
        answer = frames.with_suffix(".response")
        ask(BUILDER, self.stage.builder, "scan", "--camera", frames, "--out", answer)
        return ask(BUILDER, self.stage.builder, "collect", answer, expect=7 if more else 0)["requests"][0]

    def another(self) -> Path:
        """The frames of a second request."""
        out = self.stage.folder / "second.request"
        payment = (
            "--to",
            f"{self.stage.cast.address(MINER)}:0.5",
            "--fee-rate",
            "5",
            "--purpose",
            "Tuesday",
            "--out",
            out,
        )
        ask(BUILDER, self.stage.builder, "propose", "treasury", *payment)
        show(self.stage, out, "second-frames")
        return self.stage.folder / "second-frames"

    def send(self, request: str) -> int:
        """Broadcast, have it judged from outside too, mine; the confirmations."""
        ask(BUILDER, self.stage.builder, "broadcast", request)
        verified(self.stage, request)
        mine(self.stage, 1, self.stage.cast.address(MINER))
        return int(ask(BUILDER, self.stage.builder, "status")["requests"][0]["confirmations"])


def _belongs_to_signer(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 1000
    member.uname = member.gname = ""
    return member


def sign(board: Board, passphrase: str, answer: Path) -> float:
    """From the home screen to the answer's pictures in a folder; seconds from the camera's start to the review."""
    terminal = board.terminal
    terminal.press("s")
    began = time.monotonic()
    board.wait("2 Review", "Monday payments")
    took = time.monotonic() - began
    terminal.press("a")
    _read_to_the_end(terminal)
    terminal.press("a")
    board.wait("Choose yourself")
    terminal.press("Enter")
    board.wait("Passphrase of")
    terminal.write(passphrase)
    board.wait("Press S to sign")
    terminal.press("s")
    board.wait("Step 5 of 5", "Signatures made")
    _film(terminal, answer)
    return took


def _read_to_the_end(terminal: Terminal) -> None:
    for _ in range(600):
        if "Everything has been shown" in terminal.screen():
            return
        terminal.press("Space")
        time.sleep(0.5)
    raise Failed(f"the review never ended: {terminal.screen()}")


def _film(terminal: Terminal, folder: Path) -> None:
    """Photograph the codes until they are whole."""
    folder.mkdir(parents=True, exist_ok=True)
    receiver = Receiver(frozenset(Kind))
    end = time.monotonic() + PATIENCE
    for number in range(1 << 30):
        picture = terminal.picture()
        found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
        if found:
            Image.fromarray(picture).save(folder / f"screen-{number:04d}.png")
            if receiver.feed(bytes(found[0].bytes)).said is Said.DONE:
                return
        if time.monotonic() > end:
            break
        time.sleep(0.1)
    raise Failed(f"the answer never became whole: {terminal.screen()}")


def _payment(bench: Bench) -> Payment:
    """A stage of its own: what one check signs must not be signed already in another."""
    return Payment(bench.folder / f"payment-{len(list(bench.folder.glob('payment-*')))}")


def check_signing(bench: Bench) -> str:
    """Two of three sign, each on an image of its own; the transaction is confirmed."""
    payment = _payment(bench)
    told: list[str] = []
    for name, serial in (("aiko", "10000000aaaa0001"), ("chie", "10000000aaaa0003")):
        frames = bench.folder / f"answer-{name}"
        with Board(bench, bench.card(f"signing-{name}"), serial, home=payment.home(name)) as board:
            feeder = Feeder(board.port("kinko.camera"), codes(payment.stage.folder / FRAMES))
            board.wait("What do you want to do?", "treasury")
            took = sign(board, payment.stage.seat(name).passphrase, frames)
            told.append(
                f"{name}: review {took:.0f} s after S, {feeder.sent} frames, {board.memory()[0]} MiB in use"
            )
        collected = payment.collect(name, frames, more=name == "aiko")
        told.append(f"{len(collected['signed'])} of {collected['threshold']}")
    confirmed = payment.send(collected["id"])
    if confirmed != 1:
        raise Failed(f"{confirmed} confirmations")
    return "; ".join([*told, "judged by the consensus engine, confirmed"])


def check_flood(bench: Bench) -> str:
    """A camera that floods with noise is borne, and a code that comes after it is read."""
    payment = _payment(bench)
    with Board(bench, bench.card("flood"), home=payment.home("ben")) as board:
        feeder = Feeder(board.port("kinko.camera"), noise(1))
        board.wait("What do you want to do?", "treasury")
        board.terminal.press("s")
        time.sleep(40)
        flooded, used = feeder.sent, board.memory()[0]
        feeder.show(codes(payment.stage.folder / FRAMES))
        board.wait("2 Review", "Monday payments")
        return f"{flooded} frames of noise in 40 s, {used} MiB in use, then the request was read"


def check_rollback(bench: Bench) -> str:
    """Yesterday's card: the next request carries what the builder has seen, and locks the device."""
    payment = _payment(bench)
    card, older = bench.card("rolled"), bench.folder / "older.img"
    with Board(bench, card, home=payment.home("aiko")) as board:
        board.wait("What do you want to do?", "treasury")
        time.sleep(5)
    copy(card, older)
    frames = bench.folder / "answer-rolled"
    with Board(bench, card) as board:
        Feeder(board.port("kinko.camera"), codes(payment.stage.folder / FRAMES))
        board.wait("What do you want to do?", "treasury")
        sign(board, payment.stage.seat("aiko").passphrase, frames)
    payment.collect("aiko", frames, more=True)
    again = payment.another()
    for name, state, words in (("new", card, "2 Review"), ("old", older, "does not add up")):
        with Board(bench, state) as board:
            Feeder(board.port("kinko.camera"), codes(again))
            board.wait("What do you want to do?", "treasury")
            board.terminal.press("s")
            try:
                board.wait(words)
            except Failed as error:
                raise Failed(f"the {name} card: {error}") from error
    return "the newest card reviews the next request; an older one says that its journal does not add up, and locks"
