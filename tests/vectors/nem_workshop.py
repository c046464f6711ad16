"""NEM transactions packed field by field and signed with libsodium, without the code under test."""

from __future__ import annotations

import struct

import cbor2
import nacl.bindings as sodium
import sha3
import wallycore

TEST, MAIN = 0x98, 0x68
NOW = 350_000_000  # seconds of NEM's epoch
DAY = 86_400


class Key:
    """A key pair from one repeated byte."""

    def __init__(self, number: int) -> None:
        digest = sha3.keccak_512(bytes([number]) * 32).digest()
        scalar = bytearray(digest[:32])
        scalar[0] &= 0xF8
        scalar[31] = scalar[31] & 0x7F | 0x40
        self._scalar, self._prefix = bytes(scalar), digest[32:]
        self.public = sodium.crypto_scalarmult_ed25519_base_noclamp(self._scalar)

    def sign(self, message: bytes) -> bytes:
        nonce = sodium.crypto_core_ed25519_scalar_reduce(sha3.keccak_512(self._prefix + message).digest())
        point = sodium.crypto_scalarmult_ed25519_base_noclamp(nonce)
        digest = sha3.keccak_512(point + self.public + message).digest()
        challenge = sodium.crypto_core_ed25519_scalar_reduce(digest)
        product = sodium.crypto_core_ed25519_scalar_mul(challenge, self._scalar)
        return point + sodium.crypto_core_ed25519_scalar_add(nonce, product)


VAULT, AIKO, BEN, CHIE, STRANGER, PAYEE = (Key(number) for number in range(1, 7))
COSIGNERS = (AIKO, BEN, CHIE)


def keccak(data: bytes) -> bytes:
    return bytes(sha3.keccak_256(data).digest())


def address(key: Key, network: int = TEST) -> bytes:
    return address_of_key(key.public, network)


def address_of_key(public: bytes, network: int = TEST) -> bytes:
    body = bytes([network]) + bytes(wallycore.ripemd160(keccak(public)))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    number = int.from_bytes(body + keccak(body)[:4], "big")
    return "".join(alphabet[number >> (5 * place) & 31] for place in reversed(range(40))).encode()


def sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def head(
    kind: int,
    signer: Key,
    fee: int,
    *,
    version: int = 1,
    network: int = TEST,
    made: int = NOW,
    life: int = 4 * 3600,
) -> bytes:
    start = struct.pack("<IBHBI", kind, version, 0, network, made)
    return start + sized(signer.public) + struct.pack("<QI", fee, made + life)


def message(text: bytes, kind: int = 1) -> bytes:
    return struct.pack("<I", kind) + sized(text)


def mosaic(namespace: bytes, name: bytes, quantity: int) -> bytes:
    return sized(sized(sized(namespace) + sized(name)) + struct.pack("<Q", quantity))


def transfer(
    *,
    to: bytes | None = None,
    amount: int = 25_000_000,
    fee: int = 50_000,
    signer: Key = VAULT,
    note: bytes = b"",
    mosaics: tuple[bytes, ...] | None = None,
    network: int = TEST,
    life: int = 4 * 3600,
) -> bytes:
    version = 1 if mosaics is None else 2
    body = head(0x0101, signer, fee, version=version, network=network, life=life)
    body += sized(to or address(PAYEE)) + struct.pack("<Q", amount) + sized(note)
    return body if mosaics is None else body + struct.pack("<I", len(mosaics)) + b"".join(mosaics)


def wrap(
    inner: bytes,
    *,
    initiator: Key = AIKO,
    fee: int = 150_000,
    network: int = TEST,
    life: int = 4 * 3600,
    version: int = 1,
) -> bytes:
    return head(0x1004, initiator, fee, network=network, life=life, version=version) + sized(inner)


def cosignature(inner: bytes, signer: Key) -> bytes:
    return head(0x1002, signer, 150_000) + sized(sized(keccak(inner))) + sized(address(VAULT))


def payload(outer: bytes, *signed: tuple[Key, bytes], form: int = 1) -> bytes:
    pairs = sorted([key.public, signature] for key, signature in signed)
    return cbor2.dumps([form, outer, pairs], canonical=True)


def terms(threshold: int = 2, coin: int = 1) -> str:
    keys = "".join(
        f",[{number:08x}/44h/{coin}h/0h/0h/0h]{key.public.hex()}" for number, key in enumerate(COSIGNERS, 1)
    )
    return f"nem-multisig({threshold},{VAULT.public.hex()}{keys})"
