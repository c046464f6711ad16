"""NEM's official vectors: a few carried as numbers, all of them where KINKO_VECTORS or ../shared/vectors has them.

Source: symbol/symbol tests/vectors/nem and NemProject/nem-test-vectors.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from signer.chains.nem.address import address_of
from signer.chains.nem.models import Multisig, Type
from signer.chains.nem.network import NETWORKS
from signer.chains.nem.read import read_transaction
from signer.chains.nem.signature import is_signature
from signer.vault.edwards import public_of, sign

MAIN, TEST = NETWORKS
VECTORS = Path(os.environ.get("KINKO_VECTORS", Path(__file__).parents[5] / "shared" / "vectors")) / "nem"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the official vectors are not here")

#: Row 1 of 1.test-address.json and of 2.test-sign.json.
KEY = "C5F54BA980FCBB657DBAAA42700539B207873E134D2375EFEAB5F1AB52F87844"
SIGNED = (
    "8a558c728c21c126181e5e654b404a45b4f0137ce88177435a69978cc6bec1f4",
    "8ce03cd60514233b86789729102ea09e867fc6d964dea8c2018ef7d0a2e0e24bf7e348e917116690b9",
    "d9cec0cc0e3465fab229f8e1d6db68ab9cc99a18cb0435f70deb6100948576cd"
    "5c0aa1feb550bdd8693ef81eb10a556a622db1f9301986827b96716a7134230c",
)


def rows(name: str) -> list[dict[str, str]]:
    """In the folder itself, or where a clone of the sources has it (crypto, models)."""
    (file,) = VECTORS.rglob(name)
    read = json.loads(file.read_text("utf-8"))
    assert isinstance(read, list)
    return read


def unsigned(raw: bytes) -> bytes:
    """Cut the 68 bytes of signature out of the verifiable form; of a wrapper also the cosignatures at its end."""
    bare = raw[:48] + raw[116:]
    if int.from_bytes(raw[:4], "little") != Type.MULTISIG:
        return bare
    return bare[: 64 + int.from_bytes(bare[60:64], "little")]


def test_an_address_of_the_vectors() -> None:
    assert address_of(MAIN, bytes.fromhex(KEY)) == "NDD2CT6LQLIYQ56KIXI3ENTM6EK3D44P5JFXJ4R4"
    assert address_of(TEST, bytes.fromhex(KEY)) == "TDD2CT6LQLIYQ56KIXI3ENTM6EK3D44P5KZPFMK2"


def test_a_signature_of_the_vectors() -> None:
    key, message, signature = (bytes.fromhex(text) for text in SIGNED)
    assert is_signature(key, message, signature)
    assert not is_signature(key, message + b"\0", signature)
    assert not is_signature(bytes(32), message, signature)


@needs_vectors
def test_every_address() -> None:
    for row in rows("1.test-address.json"):
        key = bytes.fromhex(row["publicKey"])
        assert address_of(MAIN, key) == row["address_Public"]
        assert address_of(TEST, key) == row["address_PublicTest"]


@needs_vectors
def test_every_key() -> None:
    """As the child makes them: the SDK writes private keys the other way round."""
    for row in rows("1.test-keys.json"):
        assert public_of(bytearray.fromhex(row["privateKey"])[::-1]).hex() == row["publicKey"].lower()


@needs_vectors
def test_every_signature_is_made() -> None:
    for row in rows("2.test-sign.json"):
        key = bytearray.fromhex(row["privateKey"])[::-1]
        assert sign(key, bytes.fromhex(row["data"])).hex() == row["signature"].lower()


@needs_vectors
def test_every_signature() -> None:
    for row in rows("2.test-sign.json"):
        key, message, signature = (bytes.fromhex(row[name]) for name in ("publicKey", "data", "signature"))
        assert is_signature(key, message, signature)
        assert not is_signature(key, message, bytes([signature[0] ^ 1]) + signature[1:])


@needs_vectors
def test_every_transaction_is_read_and_written_back() -> None:
    wrapped = 0
    for row in rows("transactions.json"):
        raw = unsigned(bytes.fromhex(row["payload"]))
        transaction = read_transaction(TEST, raw)
        assert transaction.to_bytes() == raw, row["test_name"]
        wrapped += isinstance(transaction, Multisig)
    assert wrapped >= 20
