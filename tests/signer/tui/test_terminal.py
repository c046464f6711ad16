"""The whole program in a real terminal: frames as images in, an officer's keys, a code on the screen out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import wallycore as wally

from signer.ceremony.reception import Receiver, Said
from signer.chains.registry import find_chain
from signer.wire.values import Kind, Payload
from tests.signer.tui.terminal import Terminal
from tests.stage.process import SIGNER, run
from tests.vectors.workshop import Cosigner, Group, Pay, back, book, coin, p2wpkh

pytestmark = pytest.mark.slow

PASSPHRASES = {
    "aiko": "correct horse battery",
    "ben": "staple of a library",
    "chie": "tree of some wisdom",
}
QUORUM = ("aiko", "ben")
CHAIN = find_chain("bitcoin", "regtest")


@dataclass(frozen=True)
class OnDevice(Cosigner):
    """A cosigner of whom only the exported key expression is known: `[fingerprint/path]xpub`."""

    text: str = ""

    @property
    def expression(self) -> str:
        return self.text

    @property
    def xpub(self) -> str:
        return self.text.split("]")[1]

    @property
    def fingerprint(self) -> bytes:
        return bytes.fromhex(self.text[1:9])

    def public(self, *tail: int) -> bytes:
        node = wally.bip32_key_from_base58(self.xpub)
        child = wally.bip32_key_from_parent_path(node, list(tail), wally.BIP32_FLAG_KEY_PUBLIC)
        return bytes(wally.bip32_key_get_pub_key(child))


@dataclass(frozen=True)
class Stage:
    """An appliance with a key and an account, and a payment as frames in a folder."""

    home: Path
    frames: Path
    group: Group


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("terminal")
    home, frames = folder / "treasury-a", folder / "frames"
    officers = [part for name in PASSPHRASES for part in ("--officer", name)]
    secrets = list(PASSPHRASES.values())
    run(SIGNER, home, "ceremony", "genesis", *officers, "--threshold", 2, secrets=secrets)
    exported = folder / "key"
    path = ("--path", "48h/1h/0h/2h", "--out", exported)
    run(SIGNER, home, "ceremony", "export-key", *officers, *path, secrets=secrets)
    group = Group(cosigners=(OnDevice(1, text=exported.read_text().strip()), Cosigner(2), Cosigner(3)))
    (folder / "account").write_text(group.descriptor)
    run(
        SIGNER, home, "account", "add", folder / "account", "--name", "treasury", "--chain", "bitcoin:regtest"
    )
    coins = [coin(group, f"c{n}", 20_000_000, 0, n) for n in range(2)]
    pays = [Pay(15_000_000, p2wpkh("supplier")), back(group, 24_990_000, 1, 0)]
    (folder / "payment.psbt").write_bytes(book(coins, pays).to_bytes())
    run(SIGNER, home, "show", folder / "payment.psbt", "--format", "ur", "--frames", frames)
    return Stage(home, frames, group)


@pytest.fixture
def terminal(stage: Stage, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    size, term = getattr(request, "param", ((100, 30), "tmux-256color"))
    arguments = ("-m", "signer", "--home", stage.home, "--camera", stage.frames)
    started = Terminal.start(tmp_path, size, arguments, term)
    yield started
    started.end()


def read_to_the_end(terminal: Terminal) -> str:
    """Space, page after page, until everything was shown."""
    for _ in range(60):
        shown = terminal.screen()
        if "Everything has been shown" in shown:
            return shown
        terminal.press("Space")
        time.sleep(0.2)
    raise AssertionError(terminal.screen())


@pytest.mark.parametrize(
    "terminal", [((80, 24), "tmux-256color"), ((160, 45), "linux")], indirect=True, ids=["80x24", "linux"]
)
def test_an_officer_signs_in_a_real_terminal(stage: Stage, terminal: Terminal) -> None:
    terminal.wait("What do you want to do?", "bitcoin regtest", "aiko, ben, chie")
    terminal.press("s")
    terminal.wait("2 Review", "0.15000000 tBTC")
    terminal.press("a")
    read_to_the_end(terminal)
    terminal.press("a")
    for name in QUORUM:
        terminal.wait("Choose yourself")
        terminal.press("Enter")
        terminal.wait(f"Passphrase of {name}")
        terminal.write(PASSPHRASES[name])
    shown = terminal.wait("Press S to sign")
    assert not any(passphrase in shown for passphrase in PASSPHRASES.values())
    terminal.press("s")
    terminal.wait("Step 5 of 5", "Signatures made: 2")
    answer = collect(terminal)
    account = CHAIN.enrol(stage.group.descriptor, "treasury")
    report = CHAIN.read(answer.data, ()).inspect(account)
    assert [origin.fingerprint for origin in report.signed] == [stage.group.cosigners[0].fingerprint]
    terminal.press("Enter")
    terminal.wait("Has the builder read everything?")
    terminal.press("y")
    terminal.wait("What do you want to do?")
    run(SIGNER, stage.home, "journal", "verify")


def collect(terminal: Terminal) -> Payload:
    """Read codes from the cells until the answer is whole."""
    receiver = Receiver(frozenset(Kind))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        text = terminal.code()
        heard = receiver.feed(text) if text else None
        if heard is not None and heard.said is Said.DONE and heard.read is not None:
            return heard.read.payload
        time.sleep(0.05)
    raise AssertionError(terminal.screen())


def test_a_wrong_passphrase_is_counted_by_the_real_vault(stage: Stage, terminal: Terminal) -> None:
    terminal.wait("What do you want to do?")
    terminal.press("s")
    terminal.wait("2 Review")
    read_to_the_end(terminal)
    terminal.press("a")
    terminal.wait("Choose yourself")
    terminal.press("Enter")
    terminal.wait("Passphrase of aiko")
    terminal.write("this is not it at all")
    terminal.wait("That was not right for aiko. Tries left:")
    terminal.press("F10")
    terminal.wait("Decline this payment?")
    terminal.press("y")
    terminal.wait("Declined")
    terminal.press("Enter")
    terminal.wait("What do you want to do?")
    terminal.press("q")
    end = time.monotonic() + 10
    while terminal.alive() and time.monotonic() < end:
        time.sleep(0.1)
    assert not terminal.alive()
