"""The tree of RFC 6962: its published hashes, and proofs that hold exactly where they should."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core import merkle
from signer.core.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
)

#: The eight leaves and the roots after each that the test suite of google/certificate-transparency publishes.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(bytes([index])) for index in range(count)]


def test_the_published_roots() -> None:
    tree = Frontier()
    assert tree.root == hashlib.sha256().digest() == merkle.root_of([])
    hashes = []
    for text, root in zip(LEAVES, ROOTS, strict=True):
        hashes.append(leaf_hash(bytes.fromhex(text)))
        tree = tree.add(hashes[-1])
        assert tree.root.hex() == root == merkle.root_of(hashes).hex()


@given(st.integers(0, 70), st.integers(0, 70))
def test_consistency(old: int, more: int) -> None:
    all_of_them = leaves(old + more)
    proof = consistency_proof(all_of_them, old)
    before, after = merkle.root_of(all_of_them[:old]), merkle.root_of(all_of_them)
    assert is_consistent(old, before, old + more, after, proof)
    wrong = hashlib.sha256(b"wrong").digest()
    assert not is_consistent(old, wrong, old + more, after, proof)
    if old:  # every tree begins with nothing, whatever its root
        assert not is_consistent(old, before, old + more, wrong, proof)
    assert not is_consistent(old, before, old + more, after, [*proof, wrong])
    if proof:
        assert not is_consistent(old, before, old + more, after, proof[:-1])
        assert not is_consistent(old, before, old + more, after, [*proof[:-1], wrong])


@given(st.integers(1, 70), st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    all_of_them = leaves(size)
    proof, root = inclusion_proof(all_of_them, index), merkle.root_of(all_of_them)
    assert is_included(all_of_them[index], index, size, root, proof)
    assert not is_included(leaf_hash(b"other"), index, size, root, proof)
    assert not is_included(all_of_them[index], index, size, root, [*proof, root])
    other = (index + 1) % size
    if other != index:
        assert not is_included(all_of_them[index], other, size, root, proof)


@pytest.mark.parametrize("old", [-1, 4])
def test_no_proof_of_what_is_not_there(old: int) -> None:
    with pytest.raises(ValueError, match="old"):
        consistency_proof(leaves(3), old)
    with pytest.raises(ValueError, match="index"):
        inclusion_proof(leaves(3), old)
    assert not is_consistent(old, bytes(32), 3, bytes(32), [])
    assert not is_included(bytes(32), old, 3, bytes(32), [])
