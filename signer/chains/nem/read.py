"""Bytes to NEM transactions: strict, bounded, and re-encoded to be sure that nothing was overlooked."""

from __future__ import annotations

import re

from signer.chains.nem.address import parse_address
from signer.chains.nem.draft import FORM, NemDraft
from signer.chains.nem.models import (
    Change,
    Core,
    Head,
    Message,
    Modification,
    Mosaic,
    Multisig,
    Other,
    Transaction,
    Transfer,
    Type,
)
from signer.chains.nem.modify import in_order
from signer.chains.nem.network import MAX_CHANGES, MAX_COSIGNERS, MAX_MESSAGE, MAX_MOSAICS, Params
from signer.chains.utxo.cursor import Cursor
from signer.core import codec
from signer.core.errors import Bad, Malformed

MAX_TRANSACTION = 16 * 1024  # bytes; the largest transaction of NIS1 is far below

_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,145}", re.ASCII)
_NAME = re.compile(r"(?=.{1,32}\Z)[a-z0-9][a-z0-9'_\-]*(?: [a-z0-9'_\-]+)*", re.ASCII)
_MAX_MOSAIC = 9_000_000_000_000_000


def read(params: Params, payload: bytes, proofs: tuple[bytes, ...]) -> NemDraft:
    """A payload of `[form, wrapper, [[public key, signature], ...]]`, in the house's CBOR. Raises Malformed.

    Proofs mean nothing here: NEM's amounts are in the transaction itself.
    """
    if proofs:
        raise Malformed(Bad.FIELD, what="proofs")
    match codec.decode(payload):
        case [int(form), bytes(raw), list(pairs)] if form == FORM:
            outer = read_transaction(params, raw)
            return NemDraft(params, outer, _signatures(pairs))
        case _:
            raise Malformed(Bad.FIELD, what="nem payload")


def read_transaction(params: Params, raw: bytes) -> Transaction:
    """Exactly one transaction in its non-verifiable form. Raises Malformed."""
    if len(raw) > MAX_TRANSACTION:
        raise Malformed(Bad.TOO_LARGE, what="nem transaction", limit=MAX_TRANSACTION)
    cursor = Cursor(raw, "nem transaction")
    head = _head(params, cursor)
    made: Transaction
    if head.type is Type.MULTISIG:
        if head.version != 1:
            raise Malformed(Bad.UNSUPPORTED, what="nem version")
        made = Multisig(head, _inner(params, _sized(cursor, MAX_TRANSACTION)))
    else:
        made = _simple(params, head, cursor)
    cursor.done()
    if made.to_bytes() != raw:
        raise Malformed(Bad.ENCODING, what="nem transaction")
    return made


def _inner(params: Params, raw: bytes) -> Core:
    cursor = Cursor(raw, "nem inner transaction")
    head = _head(params, cursor)
    if head.type in (Type.MULTISIG, Type.COSIGNATURE):
        raise Malformed(Bad.TOO_DEEP, what="nem multisig")
    made = _simple(params, head, cursor)
    cursor.done()
    return made


def _simple(params: Params, head: Head, cursor: Cursor) -> Core:
    if head.type is Type.TRANSFER:
        return _transfer(params, head, cursor)
    if head.type is Type.COSIGNATORIES:
        return _modification(params, head, cursor)
    return Other(head, cursor.take(cursor.end - cursor.at))


def _head(params: Params, cursor: Cursor) -> Head:
    number = cursor.number(4)
    try:
        kind = Type(number)
    except ValueError as error:
        raise Malformed(Bad.UNSUPPORTED, what=f"nem type {number:#06x}") from error
    version, reserved, network = cursor.number(1), cursor.number(2), cursor.number(1)
    if reserved:
        raise Malformed(Bad.FIELD, what="nem version")
    if network != params.byte:
        raise Malformed(Bad.NETWORK, what="nem transaction")
    timestamp = cursor.number(4)
    signer = _sized(cursor, 32)
    if len(signer) != 32:
        raise Malformed(Bad.FIELD, what="nem signer")
    return Head(kind, version, network, timestamp, signer, cursor.number(8), cursor.number(4))


def _transfer(params: Params, head: Head, cursor: Cursor) -> Transfer:
    if head.version not in (1, 2):
        raise Malformed(Bad.UNSUPPORTED, what="nem version")
    recipient = _ascii(_sized(cursor, 40))
    if parse_address(params, recipient) != recipient:
        raise Malformed(Bad.ADDRESS, what="nem address")
    amount = cursor.number(8)
    message = _message(_sized(cursor, MAX_MESSAGE + 8))
    mosaics = _mosaics(cursor) if head.version == 2 else ()
    return Transfer(head, recipient, amount, message, mosaics)


def _modification(params: Params, head: Head, cursor: Cursor) -> Modification:
    """In the order a node puts them into before it looks at the signature: additions first, each by address."""
    if head.version not in (1, 2):
        raise Malformed(Bad.UNSUPPORTED, what="nem version")
    count = cursor.number(4)
    if count > MAX_CHANGES:
        raise Malformed(Bad.TOO_MANY, what="nem cosignatories", limit=MAX_CHANGES)
    changes = tuple(_change(Cursor(_sized(cursor, 40), "nem cosignatory")) for _ in range(count))
    if len({change.key for change in changes}) != len(changes):
        raise Malformed(Bad.DUPLICATE, what="nem cosignatory")
    if changes != in_order(params, changes):
        raise Malformed(Bad.ENCODING, what="nem cosignatories")
    relative = _relative(_sized(cursor, 4)) if head.version == 2 else None
    return Modification(head, changes, relative)


def _change(cursor: Cursor) -> Change:
    kind, key = cursor.number(4), _sized(cursor, 32)
    cursor.done()
    if kind not in (1, 2) or len(key) != 32:
        raise Malformed(Bad.VALUE, what="nem cosignatory")
    return Change(key, kind == 1)


def _relative(data: bytes) -> int:
    if len(data) != 4:
        raise Malformed(Bad.FIELD, what="nem threshold")
    return int.from_bytes(data, "little", signed=True)


def _message(raw: bytes) -> Message | None:
    if not raw:
        return None
    cursor = Cursor(raw, "nem message")
    kind = cursor.number(4)
    if kind not in (Message.PLAIN, Message.ENCRYPTED):
        raise Malformed(Bad.UNSUPPORTED, what="nem message")
    message = Message(kind, _sized(cursor, MAX_MESSAGE))
    cursor.done()
    return message


def _mosaics(cursor: Cursor) -> tuple[Mosaic, ...]:
    count = cursor.number(4)
    if count > MAX_MOSAICS:
        raise Malformed(Bad.TOO_MANY, what="nem mosaics", limit=MAX_MOSAICS)
    items = tuple(_mosaic(Cursor(_sized(cursor, 256), "nem mosaic")) for _ in range(count))
    if len({item.id for item in items}) != len(items):
        raise Malformed(Bad.DUPLICATE, what="nem mosaic")
    return items


def _mosaic(cursor: Cursor) -> Mosaic:
    names = Cursor(_sized(cursor, 200), "nem mosaic")
    namespace, name = _ascii(_sized(names, 146)), _ascii(_sized(names, 32))
    names.done()
    if _NAMESPACE.fullmatch(namespace) is None or _NAME.fullmatch(name) is None:
        raise Malformed(Bad.FIELD, what="nem mosaic")
    quantity = cursor.number(8)
    cursor.done()
    if quantity > _MAX_MOSAIC:
        raise Malformed(Bad.VALUE, what="nem mosaic")
    return Mosaic(namespace, name, quantity)


def _signatures(pairs: list[object]) -> tuple[tuple[bytes, bytes], ...]:
    if len(pairs) > MAX_COSIGNERS + 1:  # and the account's own
        raise Malformed(Bad.TOO_MANY, what="nem signatures", limit=MAX_COSIGNERS)
    found: list[tuple[bytes, bytes]] = []
    for pair in pairs:
        match pair:
            case [bytes(key), bytes(data)] if len(key) == 32 and len(data) == 64:
                found.append((key, data))
            case _:
                raise Malformed(Bad.FIELD, what="nem signature")
    keys = [key for key, _ in found]
    if keys != sorted(set(keys)):
        raise Malformed(Bad.DUPLICATE, what="nem signature")
    return tuple(found)


def _sized(cursor: Cursor, limit: int) -> bytes:
    size = cursor.number(4)
    if size > limit:
        raise Malformed(Bad.TOO_LARGE, what=cursor.what, limit=limit)
    return cursor.take(size)


def _ascii(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed(Bad.ENCODING, what="nem text") from error
