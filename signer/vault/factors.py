"""What the vault needs of officers' tokens: the port, and a device that has no reader for any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from signer.core.errors import Lock, VaultError
from signer.core.officer import Factor, Holding
from signer.vault.sealed import Credential, SecondFactor


class Equipment(Protocol):
    """Readers and tokens of this device. Raises VaultError(TOKEN) with what it was about."""

    def answer(self, credential: Credential) -> bytearray:
        """The secrets of what an officer holds, one after the other; empty for one who holds nothing."""

    def enrol(
        self, officer: str, holdings: Sequence[Holding], others: Sequence[Credential]
    ) -> tuple[SecondFactor, ...]:
        """Make such a secret on each thing the officer holds; none of them is one that `others` hold."""

    def make_key(self, token: str, label: str) -> tuple[bytes, bytearray]:
        """A key in a PKCS#11 token: its public key (33 bytes), and what a slot of mode TOKEN seals."""


class Bare:
    """No reader: officers with a passphrase alone are as well served as ever."""

    def answer(self, credential: Credential) -> bytearray:
        if credential.factors != (Factor.PASSPHRASE,):
            raise _no_reader()
        return bytearray()

    def enrol(
        self, officer: str, holdings: Sequence[Holding], others: Sequence[Credential]
    ) -> tuple[SecondFactor, ...]:
        if holdings:
            raise _no_reader()
        return ()

    def make_key(self, token: str, label: str) -> tuple[bytes, bytearray]:
        raise _no_reader()


def joined(secrets: Sequence[bytearray]) -> bytearray:
    """One after the other; wipes them."""
    whole = bytearray(sum(len(secret) for secret in secrets))
    at = 0
    for secret in secrets:
        whole[at : at + len(secret)] = secret
        at += len(secret)
        secret[:] = bytes(len(secret))
    return whole


def hints_of(others: Sequence[Credential], kind: Factor) -> tuple[bytes, ...]:
    """What is known of the tokens of one kind that these officers hold."""
    return tuple(hint for other in others for factor, hint in other.hints if factor is kind)


def _no_reader() -> VaultError:
    return VaultError(Lock.TOKEN, what="no reader")
