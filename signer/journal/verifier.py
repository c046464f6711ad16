"""Verifies an exported journal: one file, the standard library and `cryptography` only, nothing else of this house.

    python verifier.py EXPORT [--key HEX] [--seen CHECKPOINT]... [--list]

EXPORT is what `kinko-signer journal export` wrote. --key is the journal's public key as the genesis transcript has it:
without it the file is only shown to agree with itself. --seen is any checkpoint kept from earlier, e.g. out of a
response: it must be the beginning of this journal. Exit status 0: everything adds up; 1: it does not; 2: usage.

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
    return [_record(number, record) for number, record in enumerate(records)]  # 6: each one is in its place


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
    parser.add_argument("--list", action="store_true", help="print every record as one line of JSON")
    given = parser.parse_args()
    try:
        records = verify(
            given.export.read_bytes(), given.key, tuple(path.read_bytes() for path in given.seen)
        )
    except (Wrong, OSError) as error:
        print(f"WRONG: {error}", file=sys.stderr)
        return 1
    if given.list:
        for record in records:
            print(json.dumps(record, default=bytes.hex, ensure_ascii=False))
    known = (
        "by the key given"
        if given.key
        else "but nobody said by which key: compare it with the genesis transcript"
    )
    print(f"{len(records)} records, whole and signed, {known}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
