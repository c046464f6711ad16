"""Tokens as a user meets them: real commands in processes of their own, SoftHSM2 behind them, a payment to the end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from embit import ec, script

from signer.core.errors import ExitStatus
from tests.signer.vault.authenticator import Plugged, Token
from tests.stage.process import BUILDER, ask

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"
PIN, FIDO_PIN = "246810", "1357924680"
PAYEE = script.p2wpkh(ec.PrivateKey(b"\x11" * 32)).address({"bech32": "bcrt"})
MINER = script.p2wpkh(ec.PrivateKey(b"\x4d" * 32)).address({"bech32": "bcrt"})

pytestmark = [
    pytest.mark.hsm,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (Path(LIBRARY).exists() and shutil.which("softhsm2-util")), reason="SoftHSM2 is not installed"
    ),
]


@dataclass
class Cabinet:
    """SoftHSM2 tokens by label, each of which can be pulled and put back."""

    folder: Path
    pocket: Path
    places: dict[str, Path] = field(default_factory=dict)

    def make(self, label: str) -> None:
        before = set(self.folder.iterdir())
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN]
        subprocess.run([*command, "--so-pin", "13579135"], check=True, capture_output=True, timeout=60)
        (self.places[label],) = set(self.folder.iterdir()) - before

    def pull(self, label: str) -> None:
        shutil.move(self.places[label], self.pocket / label)

    def put_back(self, label: str) -> None:
        shutil.move(self.pocket / label, self.places[label])


@pytest.fixture
def cabinet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cabinet:
    made = Cabinet(tmp_path / "tokens", tmp_path / "pocket")
    made.folder.mkdir()
    made.pocket.mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(
        f"directories.tokendir = {made.folder}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    for label in ("device", "cosigner", "aiko"):
        made.make(label)
    return made


def lines(texts: Sequence[str]) -> int:
    """A descriptor that gives these lines and ends."""
    read_end, write_end = os.pipe()
    os.write(write_end, "".join(f"{text}\n" for text in texts).encode())
    os.close(write_end)
    return read_end


def kinko(
    home: Path, *arguments: object, officers: Sequence[str] = (), pins: Sequence[str] = (), expect: int = 0
) -> dict:
    """One command; the officers' passphrases and the PINs come on descriptors of their own."""
    secrets, typed = lines([f"passphrase of {name}" for name in officers]), lines(pins)
    command = [sys.executable, "-m", "signer", "--home", str(home), "--json", "--pin-fd", str(typed)]
    command += [str(part) for part in arguments]
    for name in officers:
        command += ["--officer", name]
    if officers:
        command += ["--secret-fd", str(secrets)]
    done = subprocess.run(
        command,
        pass_fds=(secrets, typed),
        capture_output=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    os.close(secrets)
    os.close(typed)
    assert done.returncode == expect, (command, done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr
    return dict(json.loads(done.stdout))


def home_with(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "hardware.toml").write_text(text)
    return folder


HARDWARE = f'[device]\nsecret = "token"\ntoken = "device"\n\n[tokens]\nlibrary = "{LIBRARY}"\n'
#: From the first unit on two officers, each of whom knows and holds.
POLICY = {
    "version": 1,
    "delay": 0,
    "clauses": [
        {
            "applies_to": "*",
            "tiers": [{"units": 0, "approvals": 2}],
            "fee": [{"units": 200_000, "hundredths": 100, "rate": 300_000}],
            "factors": [{"kinds": 2}],
        }
    ],
}


@dataclass(frozen=True)
class Treasury:
    """A 2-of-2 account: one key in a token, one below a seed on another device; funded, and a payment proposed.

    At the token: aiko with a card, ben with a FIDO2 token, chie with a passphrase alone.
    """

    token_home: Path
    seed_home: Path
    builder: Path
    request: Path
    fido: Plugged


@pytest.fixture
def treasury(tmp_path: Path, cabinet: Cabinet) -> Iterator[Treasury]:
    fido = Plugged(Token(pin=FIDO_PIN), tmp_path / "hid")
    token_home = home_with(tmp_path / "token", f'{HARDWARE}\n[fido2]\ndevice = "{fido.path}"\n')
    seed_home = tmp_path / "seed"
    builder, files = tmp_path / "builder", [tmp_path / "one.key", tmp_path / "two.key"]
    made = kinko(
        token_home, "ceremony", "genesis", "--threshold", 2, "--token", "cosigner", "--holds", "aiko=card:aiko",
        "--holds", "ben=fido2", officers=["aiko", "ben", "chie"], pins=[PIN, PIN, FIDO_PIN, PIN],
    )  # fmt: skip
    kinko(token_home, "ceremony", "export-key", "--out", files[0], officers=["aiko", "chie"], pins=[PIN, PIN])
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(POLICY))
    kinko(
        token_home,
        "ceremony",
        "policy",
        policy,
        "--development",
        officers=["ben", "chie"],
        pins=[PIN, FIDO_PIN],
    )
    kinko(seed_home, "ceremony", "genesis", "--development", officers=["dai"])
    kinko(seed_home, "ceremony", "export-key", "--path", "48h/1h/0h/2h", "--out", files[1], officers=["dai"])
    network = ("--threshold", "2", "--name", "treasury", "--network", "regtest")
    formed = ask(BUILDER, builder, "account", "add", *files, *network)
    descriptor = tmp_path / "treasury.txt"
    ask(BUILDER, builder, "account", "show", "treasury", "--out", descriptor)
    assert made["fingerprint"] in descriptor.read_text()
    key = ask(BUILDER, builder, "key")["key"]
    for home, pins in ((token_home, [PIN]), (seed_home, [])):
        enrolled = kinko(home, "account", "add", descriptor, "--network", "regtest", pins=pins)
        assert (enrolled["words"], enrolled["addresses"][0]) == (formed["words"], formed["address"])
        kinko(home, "builder", "add", key, "--name", "front-office", pins=pins)
    ask(BUILDER, builder, "mine", "3", "--to", formed["address"])
    ask(BUILDER, builder, "mine", "100", "--to", MINER)
    request = tmp_path / "payment.request"
    ask(BUILDER, builder, "propose", "treasury", "--to", f"{PAYEE}:60", "--fee-rate", "5", "--out", request)
    yield Treasury(token_home, seed_home, builder, request, fido)
    fido.pull()


def test_from_a_key_in_a_token_to_a_confirmed_payment(
    treasury: Treasury, cabinet: Cabinet, tmp_path: Path
) -> None:
    home, request, answer = treasury.token_home, treasury.request, tmp_path / "one.response"
    sign = ("sign", request, "--out", answer)
    report = kinko(home, "review", request, pins=[PIN])
    assert report["verdict"]["allowed"]
    assert len(report["spend"]["inputs"]) == 2

    for officers in (["chie", "aiko"], ["aiko", "chie"]):  # knows a passphrase, holds nothing
        refused = kinko(home, *sign, officers=officers, pins=[PIN, PIN], expect=ExitStatus.REFUSED)
        assert [finding["code"] for finding in refused["findings"]] == ["factors-few"]
    both, pins = ["aiko", "ben"], [PIN, PIN, FIDO_PIN]
    cabinet.pull("cosigner")  # the token with the key
    refused = kinko(home, *sign, officers=both, pins=pins, expect=ExitStatus.VAULT)
    assert (refused["family"], refused["error"]) == ("VaultError", "token")
    assert not answer.exists()
    cabinet.put_back("cosigner")
    cabinet.pull("aiko")  # an officer's card
    refused = kinko(home, *sign, officers=both, pins=pins, expect=ExitStatus.VAULT)
    assert refused["error"] == "token"
    cabinet.put_back("aiko")
    wrong = "999999"
    for typed in ([PIN, wrong], [PIN], [wrong], [PIN, PIN, wrong]):  # the last one is of the FIDO2 token
        refused = kinko(home, *sign, officers=both, pins=typed, expect=ExitStatus.VAULT)
        assert refused["error"] == "token"
    treasury.fido.token.touch = False
    refused = kinko(home, *sign, officers=both, pins=pins, expect=ExitStatus.VAULT)
    assert "not touched" in refused["sentence"]
    treasury.fido.token.touch = True
    assert not answer.exists()

    signed = kinko(home, *sign, officers=both, pins=pins)
    assert signed["signatures"] == 2
    collected = ask(BUILDER, treasury.builder, "collect", answer, expect=ExitStatus.INCOMPLETE)["requests"][0]
    assert len(collected["signed"]) == 1
    other = tmp_path / "two.response"
    kinko(treasury.seed_home, "sign", request, "--out", other, officers=["dai"])
    complete = ask(BUILDER, treasury.builder, "collect", other)["requests"][0]
    ask(BUILDER, treasury.builder, "broadcast", complete["id"])  # judged by Bitcoin Core's own validation
    ask(BUILDER, treasury.builder, "mine", "1", "--to", MINER)
    assert ask(BUILDER, treasury.builder, "status")["requests"][0]["confirmations"] == 1

    assert kinko(home, "journal", "verify", pins=[PIN])["sound"]
    exported = tmp_path / "journal.bin"
    kinko(home, "journal", "export", "--out", exported, pins=[PIN])
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file()) + exported.read_bytes()
    assert PIN.encode() not in data
    assert FIDO_PIN.encode() not in data


def test_what_the_file_must_not_say(tmp_path: Path, cabinet: Cabinet) -> None:
    wrong = {
        "library": HARDWARE.replace("/usr/lib/softhsm", str(tmp_path)),
        "climbing": HARDWARE.replace("/usr/lib/softhsm/", "/usr/lib/../../home/"),
        "unknown": HARDWARE + '[door]\nopen = "yes"\n',
        "no token": HARDWARE.replace('token = "device"\n', ""),
        "command": '[device]\nsecret = "tpm"\n[tpm]\ntcti = "cmd:touch /tmp/x"\n',
        "number": "[device]\nsecret = 3\n",
        "other": '[device]\nsecret = "cloud"\n',
        "no toml": "[device",
        "deep": "a=" + "[" * 4000,
    }
    for name, text in wrong.items():
        home = home_with(tmp_path / name.replace(" ", "-"), text)
        refused = kinko(home, "journal", "verify", pins=[PIN], expect=ExitStatus.MALFORMED)
        assert "hardware.toml" in refused["sentence"], name
        assert not (home / "device").exists()


def test_a_home_does_not_change_its_keeper(tmp_path: Path, cabinet: Cabinet) -> None:
    home = home_with(tmp_path / "home", '[device]\nsecret = "file"\n')
    kinko(home, "journal", "verify")
    (home / "hardware.toml").write_text(HARDWARE)
    refused = kinko(home, "journal", "verify", pins=[PIN], expect=ExitStatus.VAULT)
    assert "made with: file" in refused["sentence"]


def test_no_library_no_token(tmp_path: Path) -> None:
    refused = kinko(
        tmp_path / "home", "ceremony", "genesis", "--development", "--token", "cosigner",
        officers=["aiko"], pins=[PIN], expect=ExitStatus.VAULT,
    )  # fmt: skip
    assert "tokens.library" in refused["sentence"]
    for holds in ("aiko=card", "aiko=", "aiko", "=fido2", "aiko=card:"):
        kinko(
            tmp_path / "home", "ceremony", "genesis", "--development", "--holds", holds,
            officers=["aiko"], expect=ExitStatus.MALFORMED,
        )  # fmt: skip
    kinko(
        tmp_path / "home", "ceremony", "genesis", "--development", "--holds", "ben=fido2",
        officers=["aiko"], expect=ExitStatus.VAULT,
    )  # fmt: skip
