"""Cosignatures of witnesses: the numbers of C2SP and of others who write them, and what does not count."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signer.core.checkpoint import Checkpoint, Head, Signer, sign_head
from signer.core.cosignature import Witness, cosign, cosigned_at
from signer.core.errors import Malformed

# github.com/transparency-dev/formats, note/note_cosigv1_test.go: a native cosignature/v1 verifier key.
NATIVE = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
WITNESS = Witness("witness.example/w1", PUBLIC)
DEVICE = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
HEAD = Head("kinko.device/56475aa75463474c", 7, hashlib.sha256(b"root").digest())


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.fixture
def checkpoint() -> Checkpoint:
    return sign_head(HEAD, DEVICE.public_key().public_bytes_raw(), DEVICE.sign)


def test_the_verifier_key_of_another_implementation() -> None:
    read = Witness.parse(NATIVE)
    assert (read.name, read.key_hash.hex(), read.text) == ("remora.n621.de", "da77ade7", NATIVE)


def test_the_line_is_written_as_the_specification_has_it(checkpoint: Checkpoint) -> None:
    """Written a second time here, from the text of the specification."""
    at = 1_679_315_147
    line = cosign(checkpoint, WITNESS, KEY.sign, at).to_bytes().decode().splitlines()[-1]
    dash, name, blob = line.split(" ")
    data = base64.b64decode(blob)
    assert (dash, name) == ("—", "witness.example/w1")
    assert data[:4] == hashlib.sha256(b"witness.example/w1\n\x04" + PUBLIC).digest()[:4]
    assert data[4:12] == bytes.fromhex("000000006418 50cb".replace(" ", ""))
    body = f"{HEAD.origin}\n7\n{base64.b64encode(HEAD.root).decode()}\n"
    KEY.public_key().verify(data[12:], f"cosignature/v1\ntime {at}\n{body}".encode())


def test_it_survives_the_way_and_the_newest_counts(checkpoint: Checkpoint) -> None:
    once = cosign(checkpoint, WITNESS, KEY.sign, 1000)
    twice = Checkpoint.from_bytes(cosign(once, WITNESS, KEY.sign, 2000).to_bytes())
    assert len(twice.signers) == 2
    assert cosigned_at(twice, WITNESS, verify) == 2000
    assert twice.signed_by(HEAD.origin, DEVICE.public_key().public_bytes_raw(), verify)
    assert cosigned_at(checkpoint, WITNESS, verify) is None


def test_what_does_not_count(checkpoint: Checkpoint) -> None:
    good = cosign(checkpoint, WITNESS, KEY.sign, 1000)
    other = replace(good, head=replace(HEAD, size=8))
    line = good.signers[-1]
    later = Signer(line.name, line.key_hash, (2000).to_bytes(8, "big") + line.signature[8:])
    far = Signer(line.name, line.key_hash, b"\xff" * 8 + line.signature[8:])
    short = Signer(line.name, line.key_hash, line.signature[:-1])
    bare = Signer(line.name, line.key_hash, KEY.sign(HEAD.text.encode()))
    for wrong in (other, *(replace(good, signers=(item,)) for item in (later, far, short, bare))):
        assert cosigned_at(wrong, WITNESS, verify) is None
    assert cosigned_at(good, Witness("witness.example/w2", PUBLIC), verify) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "remora.n621.de",
        NATIVE.replace("da77ade7", "da77ade8"),
        NATIVE.replace("+BOvN", "+AevN"),
        NATIVE[:-4],
        NATIVE.replace("remora", "re mora"),
        "+" + NATIVE,
        "x" * 500 + NATIVE[14:],
    ],
)
def test_verifier_keys_that_are_none(text: str) -> None:
    with pytest.raises(Malformed):
        Witness.parse(text)
