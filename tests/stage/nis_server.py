"""A small NIS1 node: it judges signatures, times, fees and multisig rules as the real one does, and makes blocks.

It takes transactions apart by itself, without the code under test. A bad verdict is remembered by the transaction's
hash, which leaves the signature out, for ten minutes. Its own
paths: POST /local/fund, /local/mine, /local/mosaic.

    python -m tests.stage.nis_server PORT
"""

from __future__ import annotations

import json
import math
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import nacl.bindings as sodium
import nacl.exceptions
import sha3

from tests.vectors.nem_workshop import TEST, address_of_key, keccak

EPOCH = 1_427_587_585
REMEMBERED = 600  # seconds that a bad verdict is kept
DAY = 86_400
TRANSFER, MODIFICATION, COSIGNATURE, MULTISIG = 0x0101, 0x1001, 0x1002, 0x1004
UNIT = 50_000
CODES = {
    "NEUTRAL": 0, "SUCCESS": 1, "FAILURE_UNKNOWN": 2, "FAILURE_PAST_DEADLINE": 3, "FAILURE_FUTURE_DEADLINE": 4,
    "FAILURE_INSUFFICIENT_BALANCE": 5, "FAILURE_HASH_EXISTS": 7, "FAILURE_SIGNATURE_NOT_VERIFIABLE": 8,
    "FAILURE_TIMESTAMP_TOO_FAR_IN_PAST": 9, "FAILURE_TIMESTAMP_TOO_FAR_IN_FUTURE": 10,
    "FAILURE_ENTITY_UNUSABLE_OUT_OF_SYNC": 12, "FAILURE_INSUFFICIENT_FEE": 17, "FAILURE_WRONG_NETWORK": 20,
    "FAILURE_MULTISIG_NOT_A_COSIGNER": 71, "FAILURE_MULTISIG_INVALID_COSIGNERS": 72,
    "FAILURE_MULTISIG_NO_MATCHING_MULTISIG": 73, "FAILURE_TRANSACTION_NOT_ALLOWED_FOR_MULTISIG": 74,
    "FAILURE_MULTISIG_ALREADY_A_COSIGNER": 75, "FAILURE_MULTISIG_MODIFICATION_MULTIPLE_DELETES": 77,
    "FAILURE_MULTISIG_MIN_COSIGNATORIES_OUT_OF_RANGE": 82, "FAILURE_MOSAIC_DIVISIBILITY_VIOLATED": 148,
}  # fmt: skip


HASHES_KEPT = 36 * 3600  # seconds: the node's own default for hashes that can be asked about
HASH_LOOKUP = 1  # a bit of the node's features
WAITING_TOLD = 25


class Refusal(Exception):
    """Why the node takes a transaction no further: a name of CODES."""


class Fault(Exception):
    """An HTTP status and what the node says with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Bytes:
    """Little-endian fields, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise Refusal("FAILURE_UNKNOWN")
        self.at += size
        return self.data[self.at - size : self.at]

    def four(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def eight(self) -> int:
        return int(struct.unpack("<Q", self.take(8))[0])

    def sized(self) -> bytes:
        size = self.four()
        return b"" if size == 0xFFFFFFFF else self.take(size)


@dataclass
class Entity:
    """A transaction taken apart; `inner` only of a multisig one, `about` only of a cosignature (an inner hash)."""

    kind: int
    version: int
    network: int
    made: int
    signer: bytes
    fee: int
    deadline: int
    raw: bytes
    signature: bytes = b""
    recipient: str = ""
    amount: int = 0
    message: tuple[int, bytes] | None = None
    mosaics: list[tuple[str, int]] = field(default_factory=list)
    changes: list[tuple[int, bytes]] = field(default_factory=list)
    relative: int = 0
    inner: Entity | None = None
    about: bytes = b""
    signed: dict[bytes, Entity] = field(default_factory=dict)
    height: int = 0
    id: int = 0
    mined_at: float = 0

    @property
    def hash(self) -> bytes:
        return keccak(self.raw)

    @property
    def core(self) -> Entity:
        return self.inner or self


def parse(raw: bytes) -> Entity:
    cursor = Bytes(raw)
    kind, version, network = cursor.four(), cursor.take(1)[0], (cursor.take(2), cursor.take(1)[0])[1]
    made, signer, fee, deadline = cursor.four(), cursor.sized(), cursor.eight(), cursor.four()
    entity = Entity(kind, version, network, made, signer, fee, deadline, raw)
    if kind == TRANSFER:
        entity.recipient, entity.amount = cursor.sized().decode(), cursor.eight()
        if note := cursor.sized():
            part = Bytes(note)
            entity.message = (part.four(), part.sized())
        for _ in range(cursor.four() if version == 2 else 0):
            part = Bytes(cursor.sized())
            name = Bytes(part.sized())
            entity.mosaics.append((f"{name.sized().decode()}:{name.sized().decode()}", part.eight()))
    elif kind == MODIFICATION:
        for _ in range(cursor.four()):
            part = Bytes(cursor.sized())
            entity.changes.append((part.four(), part.sized()))
        if version == 2:
            (entity.relative,) = struct.unpack("<i", cursor.sized())
    elif kind == MULTISIG:
        entity.inner = parse(cursor.sized())
    elif kind == COSIGNATURE:
        entity.about, entity.recipient = Bytes(cursor.sized()).sized(), cursor.sized().decode()
    else:
        raise Refusal("FAILURE_UNKNOWN")
    if cursor.at != len(raw):
        raise Refusal("FAILURE_UNKNOWN")
    return entity


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """S B = R + k A."""
    if len(signature) != 64 or len(key) != 32 or not sodium.crypto_core_ed25519_is_valid_point(key):
        return False
    k = sodium.crypto_core_ed25519_scalar_reduce(sha3.keccak_512(signature[:32] + key + message).digest())
    try:
        left = sodium.crypto_scalarmult_ed25519_base_noclamp(signature[32:])
        right = sodium.crypto_scalarmult_ed25519_noclamp(k, key)
        return bool(sodium.crypto_core_ed25519_sub(left, right) == signature[:32])
    except nacl.exceptions.CryptoError:
        return False


@dataclass
class Holder:
    """One account of the chain."""

    address: str
    balance: int = 0
    key: bytes = b""
    cosigners: list[bytes] = field(default_factory=list)
    minimum: int = 0
    mosaics: dict[str, int] = field(default_factory=dict)

    @property
    def needed(self) -> int:
        return self.minimum or len(self.cosigners)


class Node:
    """The chain and what waits."""

    def __init__(self, network: int = TEST, clock=time.time) -> None:
        self.network, self.clock = network, clock
        self.height = 1
        self.holders: dict[str, Holder] = {}
        self.waiting: dict[bytes, Entity] = {}
        self.chain: dict[bytes, Entity] = {}
        self.verdicts: dict[bytes, tuple[float, str]] = {}
        self.definitions: dict[str, dict] = {"nem:xem": {"divisibility": 6, "supply": 8_999_999_999}}
        self.lock = threading.Lock()
        self.announced = 0
        self.features = HASH_LOOKUP

    # --- the clock, the accounts

    def now(self) -> int:
        return int(self.clock()) - EPOCH

    def holder(self, address: str) -> Holder:
        return self.holders.setdefault(address, Holder(address))

    def of_key(self, key: bytes) -> Holder:
        holder = self.holder(address_of_key(key, self.network).decode())
        holder.key = key
        return holder

    # --- announcing

    def announce(self, data: bytes, signature: bytes) -> dict:
        with self.lock:
            self.announced += 1
            try:
                entity = parse(data)
                entity.signature = signature
                message = self._take(entity)
            except Refusal as refusal:
                return _verdict(str(refusal), b"")
            except (struct.error, UnicodeDecodeError, IndexError):
                return _verdict("FAILURE_UNKNOWN", b"")
            inner = entity.inner.hash if entity.inner else b""
            return _verdict(message, entity.hash, inner)

    def _take(self, entity: Entity) -> str:
        known = self.verdicts.get(entity.hash)
        if known and self.clock() - known[0] < REMEMBERED:
            raise Refusal(known[1])
        there = {
            digest for e in (*self.chain.values(), *self.waiting.values()) for digest in (e.hash, e.core.hash)
        }
        if there & {
            entity.hash,
            entity.core.hash,
        }:  # also of what is inside (NIS, BatchUniqueHashTransactionValidator)
            return "NEUTRAL"
        try:
            self._judge(entity)
        except Refusal as refusal:
            self.verdicts[entity.hash] = (self.clock(), str(refusal))
            raise
        if entity.kind == COSIGNATURE:
            self.waiting[entity.about].signed[entity.signer] = entity
        else:
            self.waiting[entity.core.hash] = entity
        return "SUCCESS"

    def _judge(self, entity: Entity) -> None:
        if not verifies(entity.signer, entity.raw, entity.signature):
            raise Refusal("FAILURE_SIGNATURE_NOT_VERIFIABLE")
        for part in [entity] + ([entity.inner] if entity.inner else []):
            self._judge_times(part)
            if part.fee < self._least(part):
                raise Refusal("FAILURE_INSUFFICIENT_FEE")
            order = [f"{name} : {units}" for name, units in part.mosaics]
            if order != sorted(order) or (part.message is not None and not part.message[1]):
                raise Refusal(
                    "FAILURE_SIGNATURE_NOT_VERIFIABLE"
                )  # it writes them otherwise, and then verifies
        match entity.kind:
            case 0x1004:
                self._judge_multisig(entity)
            case 0x1002:
                self._judge_cosignature(entity)
            case _:
                if self.of_key(entity.signer).cosigners:
                    raise Refusal("FAILURE_TRANSACTION_NOT_ALLOWED_FOR_MULTISIG")
        if entity.core.kind == MODIFICATION:
            self._changed(entity.core)
        if entity.kind != COSIGNATURE:
            self._judge_funds(entity)

    def _judge_times(self, part: Entity) -> None:
        if part.network != self.network:
            raise Refusal("FAILURE_WRONG_NETWORK")
        if part.deadline < self.now():
            raise Refusal("FAILURE_PAST_DEADLINE")
        if part.deadline <= part.made:
            raise Refusal("FAILURE_PAST_DEADLINE")
        if part.deadline > part.made + DAY:
            raise Refusal("FAILURE_FUTURE_DEADLINE")
        if part.made > self.now() + 10:
            raise Refusal("FAILURE_TIMESTAMP_TOO_FAR_IN_FUTURE")

    def _judge_multisig(self, entity: Entity) -> None:
        account = self.of_key(entity.core.signer)
        if entity.signer not in account.cosigners:
            raise Refusal("FAILURE_MULTISIG_NOT_A_COSIGNER")

    def _judge_cosignature(self, entity: Entity) -> None:
        found = self.waiting.get(entity.about)
        if found is None or found.kind != MULTISIG:
            raise Refusal("FAILURE_MULTISIG_NO_MATCHING_MULTISIG")
        account = self.of_key(found.core.signer)
        if entity.signer not in account.cosigners or entity.recipient != account.address:
            raise Refusal("FAILURE_MULTISIG_NOT_A_COSIGNER")

    def _judge_funds(self, entity: Entity) -> None:
        account = self.of_key(entity.core.signer)
        fees = entity.fee + (entity.inner.fee if entity.inner else 0)
        moved = self._moves(entity.core)
        for _, name, units in self._levies(entity.core):
            moved[name] = moved.get(name, 0) + units
        if account.balance < fees + moved.pop("nem:xem", 0):
            raise Refusal("FAILURE_INSUFFICIENT_BALANCE")
        if any(account.mosaics.get(name, 0) < units for name, units in moved.items()):
            raise Refusal("FAILURE_INSUFFICIENT_BALANCE")
        if entity.core.mosaics and entity.core.amount % 1_000_000:
            raise Refusal("FAILURE_MOSAIC_DIVISIBILITY_VIOLATED")

    def _moves(self, core: Entity) -> dict[str, int]:
        if core.kind != TRANSFER:
            return {}
        if core.version == 1 or not core.mosaics:
            return {"nem:xem": core.amount}
        return {name: quantity * core.amount // 1_000_000 for name, quantity in core.mosaics}

    def _levies(self, core: Entity) -> list[tuple[str, str, int]]:
        """Recipient, mosaic and units of what issuers take (NIS: a share is in 1/10,000)."""
        taken = []
        for name, units in self._moves(core).items():
            if levy := self.definitions.get(name, {}).get("levy"):
                share = units * levy["fee"] // 10_000 if levy["type"] == 2 else levy["fee"]
                taken.append((levy["recipient"], ":".join(levy["mosaicId"].values()), share))
        return taken

    def _least(self, part: Entity) -> int:
        if part.kind == MODIFICATION:
            return 10 * UNIT
        if part.kind != TRANSFER:
            return 3 * UNIT
        note = len(part.message[1]) // 32 + 1 if part.message else 0
        if part.version == 1 or not part.mosaics:
            return UNIT * (note + min(25, max(1, part.amount // 1_000_000 // 10_000)))
        return UNIT * (
            note + sum(self._mosaic_steps(n, q * part.amount // 1_000_000) for n, q in part.mosaics)
        )

    def _mosaic_steps(self, name: str, units: int) -> int:
        """NIS, FeeUnitAwareTransactionFeeCalculator."""
        if name not in self.definitions:
            raise Refusal("FAILURE_UNKNOWN")
        decimals, supply = self.definitions[name]["divisibility"], self.definitions[name]["supply"]
        if decimals == 0 and supply <= 10_000:
            return 1
        total = supply * 10**decimals
        steps = min(25, max(1, 8_999_999_999 * units // total // 10_000))
        return max(1, steps - int(0.8 * math.log(9_000_000_000_000_000 // total)))

    def _changed(self, core: Entity) -> tuple[list[bytes], int]:
        """The cosignatories and minimum that a modification leads to."""
        account = self.of_key(core.signer)
        keys, gone = list(account.cosigners), [key for what, key in core.changes if what == 2]
        if len(gone) > 1:
            raise Refusal("FAILURE_MULTISIG_MODIFICATION_MULTIPLE_DELETES")
        for what, key in core.changes:
            if what == 1 and (key in keys or key == core.signer):
                raise Refusal("FAILURE_MULTISIG_ALREADY_A_COSIGNER")
            if what == 2 and key not in keys:
                raise Refusal("FAILURE_MULTISIG_NOT_A_COSIGNER")
            keys = [*keys, key] if what == 1 else [k for k in keys if k != key]
        minimum = account.minimum + core.relative
        if not 0 <= minimum <= len(keys) <= 32:
            raise Refusal("FAILURE_MULTISIG_MIN_COSIGNATORIES_OUT_OF_RANGE")
        ordered = sorted(core.changes, key=lambda c: (c[0], address_of_key(c[1], self.network)))
        if ordered != core.changes:  # the node puts them in order, and then the signature is over other bytes
            raise Refusal("FAILURE_SIGNATURE_NOT_VERIFIABLE")
        return keys, minimum

    # --- blocks

    def mine(self) -> int:
        """One block with everything that is complete; what is past its deadline is forgotten."""
        with self.lock:
            self.height += 1
            for inner, entity in list(self.waiting.items()):
                if entity.deadline < self.now():
                    del self.waiting[inner]
                elif self._complete(entity):
                    del self.waiting[inner]
                    self._apply(entity)
            return self.height

    def _complete(self, entity: Entity) -> bool:
        """NIS, MultisigSignaturesPresentValidator: who is removed does not count."""
        if entity.kind != MULTISIG:
            return True
        account = self.of_key(entity.core.signer)
        gone = {key for what, key in entity.core.changes if what == 2}
        signers = {entity.signer, *entity.signed} - gone
        if account.minimum in (0, len(account.cosigners)):
            return signers == set(account.cosigners) - gone
        return len(signers) >= account.minimum

    def _apply(self, entity: Entity) -> None:
        entity.height, entity.mined_at = self.height, self.clock()
        self.chain[entity.hash] = entity
        entity.id = 1_000 + len(self.chain)
        account, core = self.of_key(entity.core.signer), entity.core
        account.balance -= entity.fee + (entity.inner.fee if entity.inner else 0)
        account.balance -= sum(part.fee for part in entity.signed.values())
        if core.kind == MODIFICATION:
            account.cosigners, account.minimum = self._changed(core)
        moves = [(core.recipient, name, units) for name, units in self._moves(core).items()]
        for recipient, name, units in moves + self._levies(core):
            for holder, change in ((account, -units), (self.holder(recipient), units)):
                if name == "nem:xem":
                    holder.balance += change
                else:
                    holder.mosaics[name] = holder.mosaics.get(name, 0) + change

    # --- what it tells

    def get(self, path: str, query: dict[str, str]) -> object:
        with self.lock:
            return self._get(path, query)

    def _get(self, path: str, query: dict[str, str]) -> object:
        address = query.get("address", "").replace("-", "")
        match path:
            case "/heartbeat":
                return {"code": 1, "type": 2, "message": "ok"}
            case "/node/info":
                signed = self.network - 256 if self.network > 127 else self.network
                return {
                    "metaData": {
                        "networkId": signed,
                        "version": "0.6.101",
                        "features": self.features,
                        "application": None,
                    }
                }
            case "/chain/height":
                return {"height": self.height}
            case "/time-sync/network-time":
                millis = int((self.clock() - EPOCH) * 1000)
                return {"sendTimeStamp": millis, "receiveTimeStamp": millis}
            case "/account/get":
                return self._account(self.holder(address))
            case "/account/unconfirmedTransactions":
                found = [e for e in self.waiting.values() if self._touches(e, address)][-WAITING_TOLD:]
                return {
                    "data": [
                        {
                            "meta": {"data": e.inner.hash.hex() if e.inner else None},
                            "transaction": self._told(e),
                        }
                        for e in found
                    ]
                }
            case "/account/transfers/all" | "/account/transfers/incoming" | "/account/transfers/outgoing":
                return {"data": [self._mined(e) for e in self._page(address, query)]}
            case "/transaction/get":
                return self._mined(self._by_hash(query.get("hash", "")))
            case "/mosaic/supply" if query.get("mosaicId") in self.definitions:
                name = query["mosaicId"]
                return {"mosaicId": _mosaic_id(name), "supply": self.definitions[name]["supply"]}
            case "/account/mosaic/owned":
                own = {"nem:xem": self.holder(address).balance, **self.holder(address).mosaics}
                return {
                    "data": [{"mosaicId": _mosaic_id(name), "quantity": units} for name, units in own.items()]
                }
            case "/account/mosaic/owned/definition":
                own = {"nem:xem", *self.holder(address).mosaics} & self.definitions.keys()
                return {"data": [self._definition(name) for name in sorted(own)]}
            case "/mosaic/definition" if query.get("mosaicId") in self.definitions:
                return self._definition(query["mosaicId"])
            case _:
                return None

    def _by_hash(self, text: str) -> Entity:
        if not self.features & HASH_LOOKUP:
            raise Fault(500, "this node does not support transaction lookup using a hash")
        entity = self.chain.get(bytes.fromhex(text))
        if entity is None or self.clock() - entity.mined_at > HASHES_KEPT:
            raise Fault(400, "Hash was not found in cache")
        return entity

    def _page(self, address: str, query: dict[str, str]) -> list[Entity]:
        """Newest first, below an id; by a hash only where that is remembered."""
        found = sorted((e for e in self.chain.values() if self._touches(e, address)), key=lambda e: -e.id)
        below = self._by_hash(query["hash"]).id if "hash" in query else int(query.get("id", 2**62))
        size = int(query.get("pageSize", 25))
        if not 5 <= size <= 100:
            raise Fault(400, "page size must be between 5 and 100")
        return [e for e in found if e.id < below][:size]

    def _definition(self, name: str) -> dict:
        terms = self.definitions[name]
        values = {
            "divisibility": terms["divisibility"],
            "initialSupply": terms.get("initial", terms["supply"]),
        }
        rows = [{"name": key, "value": str(value)} for key, value in values.items()]
        return {
            "id": _mosaic_id(name),
            "properties": rows,
            "levy": terms.get("levy", {}),
            "description": name,
        }

    def _touches(self, entity: Entity, address: str) -> bool:
        signer = address_of_key(entity.core.signer, self.network).decode()
        return address in (signer, entity.core.recipient)

    def _account(self, holder: Holder) -> dict:
        account = {
            "address": holder.address, "balance": holder.balance, "vestedBalance": holder.balance, "importance": 0.0,
            "publicKey": holder.key.hex() or None, "label": None, "harvestedBlocks": 0,
            "multisigInfo": {"cosignatoriesCount": len(holder.cosigners), "minCosignatories": holder.minimum}
            if holder.cosigners else {},
        }  # fmt: skip
        rows = [
            {"address": address_of_key(k, self.network).decode(), "publicKey": k.hex()}
            for k in holder.cosigners
        ]
        meta = {"cosignatories": rows, "cosignatoryOf": [], "status": "LOCKED", "remoteStatus": "INACTIVE"}
        return {"account": account, "meta": meta}

    def _mined(self, entity: Entity) -> dict:
        meta = {"height": entity.height, "id": entity.id, "hash": {"data": entity.hash.hex()}}
        meta["innerHash"] = {"data": entity.inner.hash.hex()} if entity.inner else {}
        return {"meta": meta, "transaction": self._told(entity)}

    def _told(self, e: Entity) -> dict:
        told: dict = {
            "type": e.kind, "version": struct.unpack("<i", bytes([e.version, 0, 0, e.network]))[0], "timeStamp": e.made,
            "signer": e.signer.hex(), "fee": e.fee, "deadline": e.deadline,
        }  # fmt: skip
        if e.signature:
            told["signature"] = e.signature.hex()
        if e.kind == TRANSFER:
            note = {"type": e.message[0], "payload": e.message[1].hex()} if e.message else {}
            told |= {"recipient": e.recipient, "amount": e.amount, "message": note}
            if e.version == 2:
                told["mosaics"] = [
                    {"mosaicId": _mosaic_id(name), "quantity": units} for name, units in e.mosaics
                ]
        if e.kind == COSIGNATURE:
            told |= {"otherHash": {"data": e.about.hex()}, "otherAccount": e.recipient}
        if e.kind == MODIFICATION:
            rows = [{"modificationType": what, "cosignatoryAccount": key.hex()} for what, key in e.changes]
            told["modifications"] = rows
            if e.version == 2:
                told["minCosignatories"] = {"relativeChange": e.relative}
        if e.inner:
            told |= {
                "otherTrans": self._told(e.inner),
                "signatures": [self._told(s) for s in e.signed.values()],
            }
        return told


def _mosaic_id(name: str) -> dict:
    return dict(zip(("namespaceId", "name"), name.split(":"), strict=True))


def _verdict(message: str, digest: bytes, inner: bytes = b"") -> dict:
    hashes = {
        "transactionHash": {"data": digest.hex()},
        "innerTransactionHash": {"data": inner.hex()} if inner else {},
    }
    return {"type": 1, "code": CODES[message], "message": message, **hashes}


def told(node: Node, data: bytes, signature: bytes) -> dict:
    """A transaction as the node tells it, with its bytes and signature: what nem-sdk is asked about."""
    entity = node._told(parse(data))
    for part in (entity, entity.get("otherTrans", {})):
        if part.get("message") == {}:
            part["message"] = {"type": 1, "payload": ""}  # nem-sdk knows no transfer without
    return {"entity": entity, "data": data.hex(), "signature": signature.hex()}


def _local(node: Node, path: str, body: dict) -> object:
    match path:
        case "/local/mine":
            return {"height": node.mine()}
        case "/local/fund":
            node.holder(body["address"]).balance += int(body["units"])
            return {"balance": node.holder(body["address"]).balance}
        case "/local/mosaic":
            node.definitions[body["name"]] = {
                key: body[key] for key in ("divisibility", "supply", "levy") if key in body
            }
            node.holder(body["address"]).mosaics[body["name"]] = int(body["units"])
            return {}
        case _:
            return None


def serve(node: Node, port: int = 0) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            try:
                self._answer(node.get(parts.path, query))
            except Fault as fault:
                self._fail(fault)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            if self.path == "/transaction/announce":
                data, signature = bytes.fromhex(body["data"]), bytes.fromhex(body["signature"])
                self._answer(node.announce(data, signature))
            else:
                self._answer(_local(node, self.path, body))

        def _fail(self, fault: Fault) -> None:
            said = {
                "timeStamp": node.now(),
                "error": "Error",
                "message": fault.message,
                "status": fault.status,
            }
            self._answer(said, fault.status)

        def _answer(self, value: object, status: int = 200) -> None:
            if value is None:
                self._fail(Fault(404, "not found"))
                return
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


@contextmanager
def nis(node: Node) -> Iterator[str]:
    """Serve until the block ends; yields the URL."""
    server = serve(node)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)


if __name__ == "__main__":
    running = serve(Node(), int(sys.argv[1]) if len(sys.argv) > 1 else 7890)
    print(f"http://127.0.0.1:{running.server_port}", flush=True)
    running.serve_forever()
