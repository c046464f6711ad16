"""What is announced to a NIS1 node, and what a node tells of a transaction: read into values, and hashed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from online_builder.backends.rest import Answer
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Reason
from signer.chains.nem.address import address_of, keccak_256
from signer.chains.nem.models import (
    Change,
    Core,
    Head,
    Message,
    Modification,
    Mosaic,
    Multisig,
    Transaction,
    Transfer,
    Type,
)
from signer.chains.nem.network import MAX_CHANGES, MAX_COSIGNERS, MAX_MOSAICS, SUPPLY, Params
from signer.chains.nem.read import read_transaction
from signer.core import codec
from signer.core.errors import Bad, Malformed

#: A namespace or a mosaic; a mosaic's name may have single spaces in it (NIS, MosaicId).
NAME: Final = re.compile(r"[a-z0-9'_.\-]+(?: [a-z0-9'_\-]+)*", re.ASCII)
_MAX_QUANTITY: Final = 9_000_000_000_000_000
_ADDRESS: Final = re.compile(r"[A-Z2-7]{40}", re.ASCII)
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to announce: its bytes and signature."""

    data: bytes
    signature: bytes

    @property
    def signer(self) -> bytes:
        """The public key, after type, version, timestamp and its own length."""
        return self.data[16:48]


@dataclass(frozen=True, slots=True)
class Order:
    """What is announced: a transaction, and in `parts` that and the cosignatures on it."""

    transaction: Transaction
    parts: tuple[Part, ...]

    @property
    def core(self) -> Core:
        return self.transaction.inner if isinstance(self.transaction, Multisig) else self.transaction

    @property
    def txid(self) -> str:
        return keccak_256(self.transaction.to_bytes()).hex()

    @property
    def inner(self) -> str:
        return keccak_256(self.core.to_bytes()).hex()

    def address(self, params: Params) -> str:
        return address_of(params, self.core.head.signer)

    def ask(self, params: Params) -> str:
        return f"{self.txid}:{self.inner}:{self.address(params)}"


def read_order(params: Params, tx: bytes) -> Order:
    """`[[data, signature], ...]` in CBOR, as `NemDraft.finish` makes it. Raises NOT_ACCEPTED."""
    try:
        rows = codec.decode(tx)
        parts = tuple(_part(row) for row in rows) if isinstance(rows, list) else ()
        if not parts:
            raise Malformed(Bad.EMPTY, what="nem order")
        return Order(read_transaction(params, parts[0].data), parts)
    except Malformed as error:
        raise BuilderError(Trouble.NOT_ACCEPTED, reason=Reason.MALFORMED.value, text="") from error


def _part(row: object) -> Part:
    match row:
        case [bytes(data), bytes(signature)] if len(data) >= 48 and len(signature) == 64:
            return Part(data, signature)
        case _:
            raise Malformed(Bad.FIELD, what="nem order")


def mosaic_name(part: Answer) -> str:
    """`namespace:name` of a mosaic id. Raises BACKEND_GARBLED."""
    return f"{part.text('namespaceId', NAME)}:{part.text('name', NAME)}"


def told_hash(params: Params, told: Answer) -> str | None:
    """The hash of a transfer or modification that is told without one; None for any other type."""
    kind = told.integer("type", 0, 0xFFFF)
    if kind not in (Type.TRANSFER, Type.COSIGNATORIES):
        return None
    version = told.integer("version", -(2**31), 2**31 - 1) & 0xFF
    head = Head(
        Type(kind),
        version,
        params.byte,
        told.integer("timeStamp", 0, 2**32 - 1),
        told.key("signer"),
        told.integer("fee", 0, SUPPLY),
        told.integer("deadline", 0, 2**32 - 1),
    )
    made = _transfer(head, told) if kind == Type.TRANSFER else _modification(head, told)
    return keccak_256(made.to_bytes()).hex()


def _transfer(head: Head, told: Answer) -> Transfer:
    note = told.optional_map("message")
    message = None
    if note is not None and note.full("payload"):
        message = Message(note.integer("type", 1, 2), bytes.fromhex(note.text("payload", _HEX)))
    mosaics = tuple(_mosaic(row) for row in told.rows("mosaics", MAX_MOSAICS, optional=True))
    return Transfer(
        head, told.text("recipient", _ADDRESS), told.integer("amount", 0, 2**63 - 1), message, mosaics
    )


def _mosaic(row: Answer) -> Mosaic:
    namespace, _, name = mosaic_name(row.map("mosaicId")).partition(":")
    return Mosaic(namespace, name, row.integer("quantity", 0, _MAX_QUANTITY))


def _modification(head: Head, told: Answer) -> Modification:
    changes = tuple(
        Change(row.key("cosignatoryAccount"), row.integer("modificationType", 1, 2) == 1)
        for row in told.rows("modifications", MAX_CHANGES, optional=True)
    )
    threshold = told.optional_map("minCosignatories")
    relative = threshold.integer("relativeChange", -MAX_COSIGNERS, MAX_COSIGNERS) if threshold else None
    return Modification(head, changes, relative)
