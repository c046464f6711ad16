"""The journal format does not change under us: the published vector, by the product and by the verifier."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signer.core.checkpoint import Head, sign_head
from signer.core.event import Event, EventKind
from signer.core.merkle import consistency_proof, leaf_hash, root_of
from signer.core.record import Record
from signer.journal import verifier

LINES = [
    line.split(None, 1)
    for line in (Path(__file__).parents[2] / "vectors" / "journal" / "two-records.txt")
    .read_text()
    .splitlines()
    if not line.startswith("#")
]
EVENTS = [
    Event(EventKind.REVIEWED, 1_700_000_000, ("aiko",), bytes(32), (("account", "treasury"),)),
    Event(EventKind.SIGNED, 1_700_000_060, ("aiko", "ben"), b"\x11" * 32, (("units", "5"),)),
]


def named(name: str) -> list[str]:
    return [value for key, value in LINES if key == name]


def test_the_product_writes_it() -> None:
    records = [Record(number, event).to_bytes() for number, event in enumerate(EVENTS)]
    assert [record.hex() for record in records] == named("record")
    assert [Record.from_bytes(record).event for record in records] == EVENTS
    leaves = [leaf_hash(record) for record in records]
    assert [leaf.hex() for leaf in leaves] == named("leaf")
    assert root_of(leaves).hex() == named("root")[0]
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(named("seed")[0]))
    public = private.public_key().public_bytes_raw()
    assert public.hex() == named("public")[0]
    head = Head("kinko.device/56475aa75463474c", 2, root_of(leaves))
    made = sign_head(head, public, private.sign, 1, tuple(consistency_proof(leaves, 1)))
    assert made.to_bytes().decode().replace("\n", "|") == named("head")[0]


def test_the_verifier_reads_it() -> None:
    note = ("old 0||" + named("head")[0].split("||", 1)[1]).replace("|", "\n").encode()
    parts = [bytes.fromhex(named("public")[0]), note, *(bytes.fromhex(record) for record in named("record"))]
    data = verifier.MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    kinds = [record["kind"] for record in verifier.verify(data, parts[0])]
    assert kinds == ["reviewed", "signed"]
