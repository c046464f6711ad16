"""An officer's FIDO2 token as second factor: asked in a child over CTAPHID packets, a token in software at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from signer.core.errors import Lock, VaultError
from signer.core.officer import Factor, Holding, Officer
from signer.core.pin import PinOf
from signer.vault.hardware import Hardware, Readers
from signer.vault.tries import MAX_TRIES
from signer.vault.vault import FileVault
from tests.signer.vault.authenticator import RETRIES, Plugged, Token
from tests.signer.vault.conftest import secret

HELD = (Holding(Factor.FIDO2),)


@dataclass
class Port:
    """Where tokens are plugged in, and the PIN that is typed."""

    path: Path
    pin: str = "1357"
    plugged: Plugged | None = None

    def plug(self, token: Token) -> Token:
        self.pull()
        self.plugged = Plugged(token, self.path)
        return token

    def pull(self) -> None:
        if self.plugged is not None:
            self.plugged.pull()
        self.plugged = None

    def typed(self, of: PinOf, officer: str) -> bytearray:
        assert of is PinOf.FIDO2
        return bytearray(self.pin.encode())


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    made = Port(tmp_path / "hid")
    yield made
    made.pull()


@pytest.fixture
def equipped(home: Path, port: Port) -> FileVault:
    return replace(FileVault.at(home), equipment=Readers.at(home, Hardware(fido2=str(port.path)), port.typed))


def enrol(vault: FileVault) -> None:
    with closing(vault.assembly()) as assembly:
        assembly.appoint(Officer("dai", holds=HELD), secret("dai"))
        assembly.create("his", ("dai",), 1)
        assembly.commit()


def unlock(vault: FileVault, passphrase: str = "dai") -> None:
    with closing(vault.session()) as session:
        session.unlock("dai", secret(passphrase))
        assert session.public_keys("his", [()])


def fails(vault: FileVault, what: str) -> None:
    with pytest.raises(VaultError) as caught:
        unlock(vault)
    assert (caught.value.code, caught.value.details.get("what")) == (Lock.TOKEN, what)


@pytest.mark.parametrize("protocol", [1, 2])
def test_passphrase_token_pin_and_touch_open_it(
    equipped: FileVault, port: Port, home: Path, protocol: int
) -> None:
    token = port.plug(Token(protocol=protocol))
    enrol(equipped)
    unlock(equipped)
    port.plug(token)  # pulled and put back: new session keys
    unlock(equipped)
    with pytest.raises(VaultError, match="wrong-factor"):
        unlock(equipped, "ben")
    with pytest.raises(VaultError, match="no reader"):
        unlock(FileVault.at(home).__class__(home / "vault", equipped.device))
    with closing(equipped.session()) as session:
        session.unlock("ben", secret("ben"))  # who has none needs none


def test_every_way_it_can_fail_is_said_and_costs_no_try(equipped: FileVault, port: Port) -> None:
    token = port.plug(Token())
    enrol(equipped)
    for _ in range(MAX_TRIES):
        port.pin = "9999"
        fails(equipped, "pin")
    port.pin = "1357"
    token.touch = False
    fails(equipped, "not touched")
    token.touch = True
    port.plug(Token())
    fails(equipped, "another token")
    port.pull()
    fails(equipped, "no answer")
    port.plug(token)
    unlock(equipped)


def test_the_token_blocks_its_pin_itself(equipped: FileVault, port: Port) -> None:
    token = port.plug(Token())
    enrol(equipped)
    port.pin = "9999"
    for _ in range(RETRIES - 1):
        fails(equipped, "pin")
    fails(equipped, "PIN blocked")
    port.pin = token.pin
    fails(equipped, "PIN blocked")


def test_a_token_that_answers_something_else_is_a_wrong_try(equipped: FileVault, port: Port) -> None:
    token = port.plug(Token())
    enrol(equipped)
    token.lying = True
    for _ in range(MAX_TRIES):
        with pytest.raises(VaultError, match="wrong-factor"):
            unlock(equipped)
    token.lying = False
    with pytest.raises(VaultError, match="locked-out"):
        unlock(equipped)


@pytest.mark.parametrize(
    ("token", "what"),
    [
        (Token(pin=""), "no PIN is set on it"),
        (Token(secretive=False), "it has no hmac-secret"),
        (Token(touch=False), "not touched"),
    ],
)
def test_what_is_not_enrolled(equipped: FileVault, port: Port, token: Token, what: str) -> None:
    port.plug(token)
    with pytest.raises(VaultError) as caught:
        enrol(equipped)
    assert (caught.value.code, caught.value.details["what"]) == (Lock.TOKEN, what)
    assert "dai" not in {officer.name for officer in equipped.officers()}


def test_nothing_is_plugged_in(home: Path, port: Port) -> None:
    vault = replace(FileVault.at(home), equipment=Readers.at(home, Hardware(), port.typed))
    with pytest.raises(VaultError) as caught:
        enrol(vault)
    assert caught.value.details["what"] == "no FIDO2 token"


def test_another_vault_has_another_secret_of_the_same_token(
    equipped: FileVault, port: Port, tmp_path: Path
) -> None:
    port.plug(Token())
    reader = Readers.at(tmp_path / "other", Hardware(fido2=str(port.path)), port.typed)
    (first,), (second,) = (reader.enrol("dai", HELD, ()) for _ in range(2))
    assert first.secret != second.secret
    assert len(first.secret) == 32
    assert first.hint != second.hint


def test_one_token_is_one_officers(equipped: FileVault, port: Port) -> None:
    """However many others there are: a token takes only so many credentials in one question."""
    his = port.plug(Token())
    enrol(equipped)
    for name in ("emi", "fumi", "goro"):
        port.plug(Token())
        equipped.appoint(Officer(name, holds=HELD), secret(name))
    port.plug(his)
    with pytest.raises(VaultError) as caught:
        equipped.appoint(Officer("hana", holds=HELD), secret("hana"))
    assert (caught.value.code, caught.value.details["what"]) == (Lock.TOKEN, "another officer's token")
    assert "hana" not in {officer.name for officer in equipped.officers()}


def test_who_comes_may_take_over_the_token_of_who_leaves(equipped: FileVault, port: Port) -> None:
    port.plug(Token())
    enrol(equipped)
    with closing(equipped.assembly()) as assembly:
        assembly.unlock("dai", secret("dai"))
        assembly.appoint(Officer("emi", holds=HELD), secret("emi"), leaving="dai")
        assembly.replace_officer("dai", "emi")
        assembly.commit()
    with closing(equipped.session()) as session:
        session.unlock("emi", secret("emi"))
        assert session.public_keys("his", [()])
