"""Deterministic CBOR: one spelling only (RFC 8949 section 4.2), and bounds."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.codec import MAX_BYTES, decode, encode
from signer.core.errors import Malformed

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=40)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 300), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_encoded_is_decoded(value):
    assert decode(encode(value)) == value


# RFC 8949 appendix A, the rows within our types.
@pytest.mark.parametrize(
    ("value", "hexed"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (1000, "1903e8"),
        (1000000000000, "1b000000e8d4a51000"),
        (-1, "20"),
        (-1000, "3903e7"),
        (b"\x01\x02\x03\x04", "4401020304"),
        ("IETF", "6449455446"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        ({1: 2, 3: 4}, "a201020304"),
        (None, "f6"),
    ],
)
def test_rfc_8949_appendix_a(value, hexed):
    assert encode(value).hex() == hexed
    assert decode(bytes.fromhex(hexed)) == value


@pytest.mark.parametrize(
    "hexed",
    [
        "1800",  # an integer longer than need be
        "a203040102",  # keys out of order
        "a201020102",  # a key twice
        "9f01ff",  # indefinite length
        "0000",  # something after the end
        "c001",  # a tag
        "fb3ff0000000000000",  # a float
        "a1616101",  # a text key
        "f7",  # undefined
        "",  # nothing
        "19",  # cut
        "9bffffffffffffffff",  # a list of 2^64 - 1
        "5bffffffffffffffff",  # a string of 2^64 - 1
    ],
)
def test_a_second_spelling_is_refused(hexed):
    with pytest.raises(Malformed):
        decode(bytes.fromhex(hexed))


def test_deep_nesting_is_refused():
    with pytest.raises(Malformed):
        decode(b"\x81" * 5000 + b"\x00")


def test_size_is_bounded():
    with pytest.raises(Malformed):
        decode(encode(bytes(MAX_BYTES)))


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data):
    try:
        value = decode(data)
    except Malformed:
        return
    assert cbor2.dumps(value, canonical=True) == data
