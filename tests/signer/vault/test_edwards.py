"""NEM's keys and signatures: the network's own vectors, the derivation of its SDK, and the child that makes them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from signer.core.account import parse_path
from signer.core.errors import Lock, VaultError
from signer.core.slot import KeyForm
from signer.core.task import Algorithm, Signature, Task
from signer.vault.edwards import child_of, is_right, public_of, root_of, sign
from signer.vault.session import ChildSession
from signer.vault.verify import verify_signature
from tests.signer.vault.conftest import SEED

LINES = (Path(__file__).parents[2] / "vectors" / "nem" / "sign.txt").read_text().splitlines()
VECTORS = [
    [bytes.fromhex(part.replace("-", "")) for part in line.split()] for line in LINES if line[0] != "#"
]
PATH = parse_path("44h/43h/0h/0h/0h")
#: symbol-sdk-python 3.3, Bip32Node(b"ed25519-keccak seed", seed of BIP 32's test vector 2), 44'/43'/0'/0'/0'.
PUBLIC = "01562740af1a9cde01f36915c64c40207d052ef24226f0aa1b560b12ba03f9b8"


def test_the_networks_vectors() -> None:
    assert len(VECTORS) == 20
    for private, public, data, signature in VECTORS:
        key = bytearray(private[::-1])
        assert public_of(key) == public
        assert sign(key, data) == signature
        assert is_right(public, data, signature)


def test_what_is_not_right() -> None:
    _, public, data, signature = VECTORS[0]
    order = 2**252 + 27742317777372353535851937790883648493
    high = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    for changed in (
        signature[:32] + high,
        signature[:63],
        bytes(64),
        b"\xff" * 64,
        signature[:32] + bytes(32),
    ):
        assert not is_right(public, data, changed)
    for place in range(64):
        spoiled = bytearray(signature)
        spoiled[place] ^= 1
        assert not is_right(public, data, bytes(spoiled))
    assert not is_right(public, data + b"x", signature)
    assert not is_right(VECTORS[1][1], data, signature)
    assert not is_right(b"\xff" * 32, data, signature)


def test_the_derivation_of_the_sdk() -> None:
    assert public_of(child_of(root_of(bytearray(SEED)), PATH)).hex() == PUBLIC
    with pytest.raises(VaultError) as caught:
        child_of(root_of(bytearray(SEED)), parse_path("44h/43h/0h/0h/0"))
    assert caught.value.code is Lock.NO_KEY


def test_the_child_signs_for_nem(unlocked: Callable[..., ChildSession]) -> None:
    with closing(unlocked("aiko", "ben")) as session:
        (key,) = session.public_keys("main", [PATH], KeyForm.ED25519_KECCAK)
        assert key.key == PUBLIC
        task = Task(
            0, key.origin, bytes.fromhex(PUBLIC), Algorithm.ED25519_KECCAK, b"a whole transaction" * 20
        )
        (signature,) = session.sign([task])
    assert verify_signature(task, signature)
    assert not verify_signature(replace(task, message=b"another"), signature)
    assert not verify_signature(task, Signature(0, task.public_key, bytes(64)))


def test_a_key_of_another_curve_is_no_key_for_it(unlocked: Callable[..., ChildSession]) -> None:
    with closing(unlocked("aiko", "ben")) as session:
        (key,) = session.public_keys("main", [PATH], KeyForm.ED25519_KECCAK)
        with pytest.raises(VaultError) as caught:
            session.sign([Task(0, key.origin, b"\2" * 32, Algorithm.ED25519_KECCAK, b"x")])
    assert caught.value.code is Lock.NO_KEY
