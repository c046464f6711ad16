"""The signed head as text: exact form, what verifies, what is refused."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signer.core.checkpoint import Checkpoint, Head, key_hash, sign_head
from signer.core.errors import Malformed
from signer.vault.devices import verify_ed25519

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
HEAD = Head("kinko.device/0123456789abcdef", 7, bytes(32))
TEXT = """old 3
BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=

kinko.device/0123456789abcdef
7
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

"""


def made() -> Checkpoint:
    return sign_head(HEAD, PUBLIC, PRIVATE.sign, 3, (b"\4" * 32,))


def test_the_text_is_that_of_the_specifications() -> None:
    data = made().to_bytes()
    head, signature = data.decode().split("— ")
    assert head == TEXT
    assert signature.startswith("kinko.device/0123456789abcdef ")
    assert Checkpoint.from_bytes(data) == made()


def test_the_example_of_the_signed_note_documentation() -> None:
    """The key and signature in the documentation of golang.org/x/mod/sumdb/note."""
    public = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert key_hash("PeterNeumann", public) == line[:4] == bytes.fromhex("c74f20a3")
    assert verify_ed25519(public, text.encode(), line[4:])


def test_who_signed() -> None:
    checkpoint = made()
    assert checkpoint.signed_by(HEAD.origin, PUBLIC, verify_ed25519)
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert not checkpoint.signed_by(HEAD.origin, other, verify_ed25519)
    assert not checkpoint.signed_by("somebody", PUBLIC, verify_ed25519)
    moved = replace(checkpoint, head=replace(HEAD, size=8))
    assert not moved.signed_by(HEAD.origin, PUBLIC, verify_ed25519)


def test_a_witness_signs_beside_the_device() -> None:
    witness = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
    line = sign_head(HEAD, witness.public_key().public_bytes_raw(), witness.sign).signers[0]
    both = replace(made(), signers=(*made().signers, replace(line, name="witness.example")))
    again = Checkpoint.from_bytes(both.to_bytes())
    assert again.signed_by(HEAD.origin, PUBLIC, verify_ed25519)
    assert len(again.signers) == 2


def good() -> bytes:
    return made().to_bytes()


BAD = {
    "empty": b"",
    "not-utf-8": b"\xff" + good(),
    "no-signature": good().split("— ".encode())[0],
    "no-newline-at-the-end": good()[:-1],
    "leading-zero": good().replace(b"\n7\n", b"\n07\n"),
    "negative-size": good().replace(b"\n7\n", b"\n-7\n"),
    "other-digits": good().replace(b"\n7\n", "\n７\n".encode()),
    "short-root": good().replace(b"AAAA", b"", 1),
    "blank-in-the-name": good().replace(b"kinko.device/", b"kinko device/"),
    "plus-in-the-name": good().replace(b"kinko.device/", b"kinko+device/"),
    "control-character": good().replace(b"kinko.device/", b"kinko\x1b[2J/"),
    "no-old": good().removeprefix(b"old 3\n"),
    "too-long-a-proof": good().replace(
        b"old 3\n", b"old 3\n" + b"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\n" * 64
    ),
    "huge": good() + b"x" * 5000,
    "loose-base64": good().replace(b"AAA=\n", b"AAB=\n"),
    "an-extra-part": good() + b"\nmore\n",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_checkpoint(name: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.from_bytes(BAD[name])


def test_every_cut_is_refused() -> None:
    for length in range(len(good())):
        with pytest.raises(Malformed):
            Checkpoint.from_bytes(good()[:length])
