"""Sealing itself, in this process: what is wiped, what each factor is worth."""

from __future__ import annotations

import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signer.core.errors import Lock, Tampered, VaultError
from signer.core.officer import Factor, Officer
from signer.vault.seal import make_credential, officer_key, open_credential, open_secret, seal_secret
from signer.vault.sealed import Credential, Kdf, Mode, SealedSlot, SlotHeader

VAULT = bytes(16)
DEVICE = bytes(range(32))
DRAFT = Credential(
    Officer("aiko"), Kdf(), bytes(16), (Factor.PASSPHRASE,), b"", bytes(32), bytes(12), bytes(48)
)


def test_passphrase_and_factor_are_wiped() -> None:
    passphrase, factor = bytearray(b"a passphrase"), bytearray(b"of a token")
    officer_key(DRAFT, passphrase, factor, bytearray(DEVICE))
    assert not any(passphrase)
    assert not any(factor)


def test_every_factor_is_needed() -> None:
    made = make_credential(VAULT, DRAFT, bytearray(b"a passphrase"), bytearray(b"token"), bytearray(DEVICE))
    opened = open_credential(VAULT, made, bytearray(b"a passphrase"), bytearray(b"token"), bytearray(DEVICE))
    assert opened.public_key().public_bytes_raw() == made.public_key
    for passphrase, factor, device, vault in (
        (b"a passphrasf", b"token", DEVICE, VAULT),
        (b"a passphrase", b"tokem", DEVICE, VAULT),
        (b"a passphrase", b"", DEVICE, VAULT),
        (b"a passphrase", b"token", DEVICE[::-1], VAULT),
        (b"a passphrase", b"token", DEVICE, b"\1" * 16),
    ):
        with pytest.raises(VaultError) as caught:
            open_credential(vault, made, bytearray(passphrase), bytearray(factor), bytearray(device))
        assert caught.value.code is Lock.WRONG_FACTOR


def sealed(threshold: int, count: int) -> tuple[SealedSlot, dict[str, X25519PrivateKey]]:
    keys = {f"officer {index}": X25519PrivateKey.generate() for index in range(count)}
    holders = tuple((name, key.public_key().public_bytes_raw()) for name, key in keys.items())
    header = SlotHeader(VAULT, 1, "main", Mode.WRAPPED, b"abcd", threshold, bytes(32), holders)
    return seal_secret(header, bytearray(b"the secret")), keys


def test_any_quorum_opens_and_no_smaller_one() -> None:
    slot, keys = sealed(3, 5)
    for count in range(6):
        for names in itertools.combinations(keys, count):
            present = {name: keys[name] for name in names}
            if count >= 3:
                assert open_secret(slot, present) == b"the secret"
            else:
                with pytest.raises(VaultError) as caught:
                    open_secret(slot, present)
                assert caught.value.code is Lock.TOO_FEW


def test_a_strangers_key_under_an_officers_name_opens_nothing() -> None:
    slot, keys = sealed(2, 3)
    with pytest.raises(Tampered):
        open_secret(slot, {**keys, "officer 0": X25519PrivateKey.generate()})


def test_no_two_seals_are_alike() -> None:
    one, two = sealed(1, 1)[0], sealed(1, 1)[0]
    assert one.nonce != two.nonce
    assert one.sealed != two.sealed
