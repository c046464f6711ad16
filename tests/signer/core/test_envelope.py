"""The request's COSE_Sign1 envelope, and request and response as CBOR."""

import hashlib
import time
import tracemalloc
import zlib
from dataclasses import replace

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from signer.core.envelope import open_sealed, seal
from signer.core.errors import Malformed
from signer.core.request import SpendRequest, SpendResponse
from signer.core.task import Signature

# RFC 8032 section 7.1, test 1.
KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

REQUEST = SpendRequest(
    chain="bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
    account_id=bytes(range(32)),
    payload=b"psbt\xff...",
    proofs=(b"one", b"two"),
    request_id=bytes(16),
    sequence=7,
    created=1_790_000_000,
    expires=1_790_003_600,
    purpose="Salaries, November",
    preparer="dai",
    checkpoints=(),
)


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_an_envelope_opens_to_what_was_sealed():
    sealed = open_sealed(seal(REQUEST.to_bytes(), PUBLIC, KEY.sign))
    assert sealed.verified(verify)
    assert sealed.public_key == PUBLIC
    assert SpendRequest.from_bytes(sealed.payload) == REQUEST


def test_the_envelope_is_cose_sign1_to_a_stranger():
    tag = cbor2.loads(seal(b"x", PUBLIC, KEY.sign))
    assert tag.tag == 18
    protected, _, payload, signature = tag.value
    assert cbor2.loads(protected) == {1: -8, 4: PUBLIC}
    assert verify(PUBLIC, cbor2.dumps(["Signature1", protected, b"", payload]), signature)


@given(st.data())
def test_one_changed_byte_never_verifies(data):
    good = seal(REQUEST.to_bytes(), PUBLIC, KEY.sign)
    at = data.draw(st.integers(0, len(good) - 1))
    bad = good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
    try:
        sealed = open_sealed(bad)
    except Malformed:
        return
    assert not sealed.verified(verify)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data):
    with pytest.raises(Malformed):
        open_sealed(data)
    with pytest.raises(Malformed):
        SpendRequest.from_bytes(data)
    with pytest.raises(Malformed):
        SpendResponse.from_bytes(data)


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "x" * 201},
        {"purpose": "line\nbreak"},
        {"purpose": "right\u202eleft"},
        {"account_id": b"short"},
        {"request_id": bytes(17)},
        {"payload": b""},
        {"created": -1},
        {"sequence": 2**63},
        {"chain": "c" * 65},
        {"checkpoints": (b"",)},
        {"checkpoints": (bytes(4097),)},
        {"checkpoints": (b"x",) * 17},
    ],
)
def test_a_request_out_of_bounds_is_refused(change):
    with pytest.raises(Malformed):
        SpendRequest.from_bytes(replace(REQUEST, **change).to_bytes())


def with_body(body: bytes) -> bytes:
    fields = cbor2.loads(REQUEST.to_bytes())
    return cbor2.dumps(fields | {3: body}, canonical=True)


def test_the_digest_does_not_depend_on_the_compressor():
    body = zlib.decompress(cbor2.loads(REQUEST.to_bytes())[3])
    other = SpendRequest.from_bytes(with_body(zlib.compress(body, 0)))
    assert other == REQUEST
    assert other.digest == REQUEST.digest
    fields = cbor2.loads(REQUEST.to_bytes()) | {3: body}
    assert REQUEST.digest == hashlib.sha256(cbor2.dumps(fields, canonical=True)).digest()


def test_a_bomb_is_refused_before_it_grows():
    bomb = zlib.compress(bytes(512 * 1024 * 1024), 9)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(Malformed):
        SpendRequest.from_bytes(with_body(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 1024 * 1024
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("body", [b"", b"x", zlib.compress(b"\x80"), zlib.compress(b"\x82\x41a\x80") + b"x"])
def test_a_body_that_is_none_is_refused(body):
    with pytest.raises(Malformed):
        SpendRequest.from_bytes(with_body(body))


def test_a_response_round_trip():
    response = SpendResponse(bytes(32), (Signature(0, b"\x02" * 33, b"\x01" * 64),), b"checkpoint")
    assert SpendResponse.from_bytes(response.to_bytes()) == response


def test_another_version_is_refused():
    data = bytearray(SpendResponse(bytes(32), (), b"").to_bytes())
    assert data[2] == 1
    data[2] = 2
    with pytest.raises(Malformed):
        SpendResponse.from_bytes(bytes(data))
