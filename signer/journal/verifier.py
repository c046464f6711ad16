"""Verifies an exported journal: one file, the standard library and `cryptography` only, nothing else of this house.

    python verifier.py EXPORT [--key HEX] [--seen CHECKPOINT]... [--witness KEY]... [--list]

EXPORT is what `kinko-signer journal export` wrote. --key is the journal's public key as the genesis transcript has it:
without it the file is only shown to agree with itself. --seen is any checkpoint kept from earlier, e.g. out of a
response: it must be the beginning of this journal. --witness is the verifier key of somebody who cosigns checkpoints
(C2SP tlog-cosignature): his cosignatures in the journal are checked with it, and at least one must be there. Exit
status 0: everything adds up; 1: it does not; 2: usage.

Deliberately a second writing of the format in docs/reference/journal-format.md, not a use of the first.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAGIC = b"kinko journal 1\n"
NAMES = ("version", "number", "at", "kind", "officers", "subject", "details")


class Wrong(ValueError):
    """Something does not add up; the text says what."""


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, level by level; a lone node at the end of a level moves up as it is."""
    if not leaves:
        return hashlib.sha256().digest()
    while len(leaves) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + leaves[i] + leaves[i + 1]).digest() for i in range(0, len(leaves) - 1, 2)
        ]
        leaves = pairs + leaves[2 * len(pairs) :]
    return leaves[0]


def parts(data: bytes) -> list[bytes]:
    """The public key, the checkpoint and the records of an export."""
    if not data.startswith(MAGIC):
        raise Wrong("this is no journal export")
    found: list[bytes] = []
    at = len(MAGIC)
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if at + 4 > len(data) or end > len(data):
            raise Wrong(f"the file ends in the middle of part {len(found)}")
        found.append(data[at + 4 : end])
        at = end
    if len(found) < 2 or len(found[0]) != 32:
        raise Wrong("the file has no key or no signed head")
    return found


def plain(text: str) -> bytes:
    """Base 64 in its one spelling: the bits that the last letter does not need are zero."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(text)
    return data


def head(note: bytes, key: bytes) -> tuple[str, int, bytes]:
    """Name, size and root of a checkpoint that this key signed (C2SP tlog-checkpoint, signed-note)."""
    try:
        _, text, lines = note.decode().split("\n\n")
        name, size, encoded = text.split("\n")
        wanted = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
        for line in lines.splitlines():
            dash, signer, blob = line.split(" ")
            data = plain(blob)
            if (dash, signer, data[:4]) == ("—", name, wanted):
                Ed25519PublicKey.from_public_bytes(key).verify(data[4:], text.encode() + b"\n")
                return name, int(size), plain(encoded)
    except (ValueError, binascii.Error) as error:
        raise Wrong("a checkpoint is not readable") from error
    except InvalidSignature as error:
        raise Wrong("the signature on a checkpoint is not valid") from error
    raise Wrong("a checkpoint is not signed by this journal's key")


def verify(data: bytes, key: bytes = b"", seen: tuple[bytes, ...] = ()) -> list[dict[str, object]]:
    """The records of an export that adds up. Raises Wrong."""
    own_key, note, *records = parts(data)
    if key and key != own_key:  # 1: whose journal it is
        raise Wrong("the journal is signed by another key than the one given")
    if not note.startswith(b"old 0\n\n"):
        raise Wrong("the head in the file is not that of an export")
    name, size, signed_root = head(note, own_key)  # 2: the head is signed
    leaves = [hashlib.sha256(b"\x00" + record).digest() for record in records]
    if size != len(records):  # 3: nothing cut, nothing added
        raise Wrong(f"the signed head counts {size} records, the file has {len(records)}")
    if root(leaves) != signed_root:  # 4: nothing edited, nothing moved
        raise Wrong("the records are not those the signed head stands for")
    for checkpoint in seen:  # 5: the same history as was seen before
        old_name, old_size, old_root = head(checkpoint, own_key)
        if old_name != name or old_size > size or root(leaves[:old_size]) != old_root:
            raise Wrong(
                f"the journal does not continue the checkpoint over {old_size} records: rolled back or forked"
            )
    found = [_record(number, record) for number, record in enumerate(records)]  # 6: each one is in its place
    _witnessed(found, leaves)  # 7: what witnesses cosigned is this history
    return found


def cosigned(data: bytes, records: list[dict[str, object]], verifier_key: str) -> tuple[int, int]:
    """How many records this witness has cosigned at most, and when. Raises Wrong for a false or missing word of his."""
    own_key, note, *_ = parts(data)
    origin, name, key = head(note, own_key)[0], *_witness(verifier_key)
    best = (-1, -1)
    for size, said, subject in _words(records, name):
        body = (
            f"cosignature/v1\ntime {said['time']}\n{origin}\n{size}\n{base64.b64encode(subject).decode()}\n"
        )
        try:
            key.verify(plain(said["signature"]), body.encode())
            best = max(best, (size, int(said["time"])))
        except (InvalidSignature, KeyError, ValueError, binascii.Error) as error:
            raise Wrong(f"the cosignature of {name} over {size} records is not valid") from error
    if best[0] < 0:
        raise Wrong(f"{name} has cosigned nothing in this journal")
    return best


def _witness(text: str) -> tuple[str, Ed25519PublicKey]:
    """NAME+HASH+BASE64 (C2SP signed-note), of the kind that cosigns."""
    try:
        name, shown, encoded = text.strip().split("+", 2)
        data = plain(encoded)
        wanted = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex()
        if len(data) == 33 and data[0] == 4 and shown == wanted:
            return name, Ed25519PublicKey.from_public_bytes(data[1:])
    except (ValueError, binascii.Error) as error:
        raise Wrong("a witness's key is not readable") from error
    raise Wrong("a witness's key is not readable")


def _words(records: list[dict[str, object]], name: str = "") -> list[tuple[int, dict[str, str], bytes]]:
    """Size, details and root of every cosignature, or of those under a name."""
    found = []
    for record in records:
        details, subject = record["details"], record["subject"]
        if record["kind"] == "witnessed" and isinstance(details, list) and isinstance(subject, bytes):
            said = {str(row[0]): str(row[1]) for row in details}
            size = said.get("size", "")
            if not size.isascii() or not size.isdigit():
                raise Wrong(f"record {record['number']} is not readable")
            if name in ("", said.get("name")):
                found.append((int(size), said, subject))
    return found


def _witnessed(records: list[dict[str, object]], leaves: list[bytes]) -> None:
    """Every head that was cosigned is the head over the beginning of this journal."""
    wanted = {size: subject for size, _, subject in _words(records)}
    for size, said, subject in _words(records):
        if size > len(leaves) or wanted[size] != subject:
            raise Wrong(f"{said.get('name')} cosigned another history of {size} records")
    peaks: list[tuple[int, bytes]] = []  # roots of full subtrees, by their height
    for size in range(len(leaves) + 1):
        if size:
            height, node = 0, leaves[size - 1]
            while peaks and peaks[-1][0] == height:
                node = hashlib.sha256(b"\x01" + peaks.pop()[1] + node).digest()
                height += 1
            peaks.append((height, node))
        if size in wanted and _join(peaks) != wanted[size]:
            raise Wrong(f"a witness cosigned another history of {size} records")


def _join(peaks: list[tuple[int, bytes]]) -> bytes:
    if not peaks:
        return hashlib.sha256().digest()
    node = peaks[-1][1]
    for _, peak in reversed(peaks[:-1]):
        node = hashlib.sha256(b"\x01" + peak + node).digest()
    return node


def _record(number: int, data: bytes) -> dict[str, object]:
    value, end = _cbor(data, 0)
    if end != len(data) or not isinstance(value, dict) or list(value) != list(range(7)):
        raise Wrong(f"record {number} is not readable")
    named = dict(zip(NAMES, value.values(), strict=True))
    if (named["version"], named["number"]) != (1, number):
        raise Wrong(f"record {number} says it is another one")
    return named


def _cbor(data: bytes, at: int, depth: int = 0) -> tuple[object, int]:
    """One item of the CBOR that records use (RFC 8949): integers, byte and text strings, lists, maps."""
    if at >= len(data) or depth > 8:
        raise Wrong("a record is not readable")
    major, count, at = data[at] >> 5, data[at] & 31, at + 1
    if count >= 24:
        width = 1 << count - 24 if count < 28 else 0
        count, at = int.from_bytes(data[at : at + width], "big"), at + width
    if major == 0:
        return count, at
    if major == 1:
        return -1 - count, at
    if major in (2, 3):
        if at + count > len(data):
            raise Wrong("a record is not readable")
        piece = data[at : at + count]
        return (piece if major == 2 else piece.decode("utf-8", "replace")), at + count
    if major in (4, 5) and count <= len(data):
        items = []
        for _ in range(count * (major - 3)):
            item, at = _cbor(data, at, depth + 1)
            items.append(item)
        return (items if major == 4 else dict(zip(items[::2], items[1::2], strict=True))), at
    raise Wrong("a record is not readable")


def main() -> int:
    """The command line described above."""
    parser = argparse.ArgumentParser(description="Verify an exported Kinko journal.")
    parser.add_argument("export", type=Path)
    parser.add_argument(
        "--key", type=bytes.fromhex, default=b"", help="the journal's public key, 64 hex digits"
    )
    parser.add_argument(
        "--seen", type=Path, action="append", default=[], help="a checkpoint kept from earlier"
    )
    parser.add_argument(
        "--witness", action="append", default=[], help="verifier key of a witness, NAME+HASH+BASE64"
    )
    parser.add_argument("--list", action="store_true", help="print every record as one line of JSON")
    given = parser.parse_args()
    try:
        data = given.export.read_bytes()
        records = verify(data, given.key, tuple(path.read_bytes() for path in given.seen))
        heard = [(text.partition("+")[0], *cosigned(data, records, text)) for text in given.witness]
    except (Wrong, OSError) as error:
        print(f"WRONG: {error}", file=sys.stderr)
        return 1
    if given.list:
        for record in records:
            print(json.dumps(record, default=bytes.hex, ensure_ascii=False))
    for name, size, at in heard:
        print(f"{name} has cosigned {size} records, at {at} (Unix seconds)", file=sys.stderr)
    known = (
        "by the key given"
        if given.key
        else "but nobody said by which key: compare it with the genesis transcript"
    )
    print(f"{len(records)} records, whole and signed, {known}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
