"""What the vault needs of officers' tokens: the port, and a device that has no reader for any."""

from __future__ import annotations

from typing import Protocol

from signer.core.errors import Lock, VaultError
from signer.core.officer import Factor, Holding
from signer.vault.sealed import Credential, SecondFactor


class Equipment(Protocol):
    """Readers and tokens of this device. Raises VaultError(TOKEN) with what it was about."""

    def answer(self, credential: Credential) -> bytearray:
        """The secret of an officer's second factor; empty for one who has none."""

    def enrol(self, officer: str, holding: Holding) -> SecondFactor:
        """Make such a secret on what the officer holds."""

    def make_key(self, token: str, label: str) -> tuple[bytes, bytearray]:
        """A key in a PKCS#11 token: its public key (33 bytes), and what a slot of mode TOKEN seals."""


class Bare:
    """No reader: officers with a passphrase alone are as well served as ever."""

    def answer(self, credential: Credential) -> bytearray:
        if credential.factors != (Factor.PASSPHRASE,):
            raise _no_reader()
        return bytearray()

    def enrol(self, officer: str, holding: Holding) -> SecondFactor:
        raise _no_reader()

    def make_key(self, token: str, label: str) -> tuple[bytes, bytearray]:
        raise _no_reader()


def _no_reader() -> VaultError:
    return VaultError(Lock.TOKEN, what="no reader")
