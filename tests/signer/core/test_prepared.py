"""Ceremony scripts as signed notes: who signed exactly this text."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signer.core.cosignature import Witness
from signer.core.errors import Bad, Malformed
from signer.core.policyfile import read_policy, write_policy
from signer.core.prepared import MAX_PREPARED, Prepared, Preparer, read_prepared
from signer.vault.devices import verify_ed25519

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
HANA = Preparer("hana@kinko", KEY.public_key().public_bytes_raw())
JUN = Preparer("jun@kinko", OTHER.public_key().public_bytes_raw())
TEXT = "# Genesis of the first device\n\nwitness hana\ngenesis\n"
SIGNED = Prepared(TEXT).sign(HANA, KEY.sign)


def test_the_signed_note_of_c2sp_is_read() -> None:
    """https://c2sp.org/signed-note, the example of golang.org/x/mod/sumdb/note: PeterNeumann's key and note."""
    key = Preparer.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
        "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6"
        "RyyBwJnAM=\n"
    )
    assert read_prepared(note.encode()).signed_by(key, verify_ed25519)
    assert read_prepared(note.encode()).to_bytes() == note.encode()
    assert key.text == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_only_who_signed_exactly_this_text() -> None:
    both = read_prepared(SIGNED.sign(JUN, OTHER.sign).to_bytes())
    assert both.signed_by(HANA, verify_ed25519)
    assert both.signed_by(JUN, verify_ed25519)
    assert both.digest == Prepared(TEXT).digest == SIGNED.digest
    assert not SIGNED.signed_by(JUN, verify_ed25519)
    assert not SIGNED.signed_by(Preparer("hana@kinko", JUN.public_key), verify_ed25519)
    assert not SIGNED.signed_by(Preparer("jun@kinko", HANA.public_key), verify_ed25519)
    changed = read_prepared(SIGNED.to_bytes().replace(b"witness hana", b"witness kana"))
    assert not changed.signed_by(HANA, verify_ed25519)
    assert len(SIGNED.sign(HANA, KEY.sign).signers) == 1


@pytest.mark.parametrize("place", range(0, len(SIGNED.to_bytes()), 7))
def test_a_flipped_bit_is_no_signature(place: int) -> None:
    data = bytearray(SIGNED.to_bytes())
    data[place] ^= 1
    try:
        read = read_prepared(bytes(data))
    except Malformed:
        return
    assert not read.signed_by(HANA, verify_ed25519)


@pytest.mark.parametrize(
    "text",
    ["genesis\n", "cosignature/v1\ntime 1\n", "# no end", "# a\x1b[2J\n", "# a\u2028wipe a b\n", "# a\r\n"],
)
def test_what_is_no_script_is_not_signed(text: str) -> None:
    """Above all nothing that the same key might say of a journal."""
    with pytest.raises(Malformed):
        Prepared(text).sign(HANA, KEY.sign)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff", Bad.ENCODING),
        (b"#" * (MAX_PREPARED + 1), Bad.TOO_LARGE),
        ("# a\n\n— hana@kinko\n".encode(), Bad.SIGNATURE),
        ("# a\n\n— hana@kinko ????\n".encode(), Bad.ENCODING),
        (("# a\n\n" + "— h AAAAAAA=\n" * 17).encode(), Bad.TOO_MANY),
        ((TEXT + "\n— h AAAAAAA=\nwipe a b\n").encode(), Bad.SIGNATURE),
    ],
)
def test_what_is_no_signed_script(data: bytes, code: Bad) -> None:
    with pytest.raises(Malformed) as caught:
        read_prepared(data)
    assert caught.value.code is code


def policy(*keys: str) -> bytes:
    rows = ",".join(f'{{"key":"{key}"}}' for key in keys)
    clause = f'{{"applies_to":"*","tiers":[],"scripts":[{{"preparers":[{rows}]}}]}}'
    return f'{{"version":1,"delay":0,"clauses":[{clause}]}}'.encode()


def test_a_policy_names_preparers() -> None:
    read = read_policy(policy(HANA.text, JUN.text))
    assert read_policy(write_policy(read)) == read
    witness = Witness(HANA.name, HANA.public_key).text
    for bad in (policy(), policy("hana"), policy(HANA.text[:-4] + "AAA="), policy(witness)):
        with pytest.raises(Malformed):
            read_policy(bad)
