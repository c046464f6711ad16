"""A FIDO2 token in software: CTAP 2.1 over CTAPHID packets on a local socket, as much of it as hmac-secret needs.

Written from the specification (CTAP 2.1, FIDO Alliance, June 2021), and independent of the library that the product
asks it with, but for that library's CBOR. PIN protocols 1 and 2, makeCredential, getAssertion, getInfo, clientPIN.
Credentials are wrapped into their ids: the token stores nothing but its master key, its PIN and its retry counter.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fido2 import cbor

PACKET, BROADCAST = 64, 0xFFFFFFFF
INIT, CBOR, ERROR, KEEPALIVE = 0x86, 0x90, 0xBF, 0xBB
OK, MISSING, DENIED, NO_CREDENTIALS = 0x00, 0x14, 0x27, 0x2E
PIN_INVALID, PIN_BLOCKED, PIN_AUTH_INVALID, PIN_NOT_SET, NEEDS_PIN = 0x31, 0x32, 0x33, 0x35, 0x36
RETRIES = 8
LIST, LIMIT = 2, 0x15  # credentials of one question (maxCredentialCountInList)


class Failure(Exception):
    """A CTAP status."""


@dataclass
class Token:
    """What survives being unplugged. `touch` is whether its user touches it, `secretive` whether it has hmac-secret."""

    pin: str = "1357"
    protocol: int = 2
    touch: bool = True
    secretive: bool = True
    lying: bool = False
    retries: int = RETRIES
    master: bytes = field(default_factory=lambda: os.urandom(32))


class Plugged:
    """The token while it is plugged in: listens at a socket until it is pulled."""

    def __init__(self, token: Token, path: Path) -> None:
        self.token, self.path = token, path
        self.agreement = ec.generate_private_key(ec.SECP256R1())
        self.pin_token = os.urandom(32)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def pull(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()
        self.path.unlink()

    # --- CTAPHID (section 11.2) ------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(30)
                while self._packet(connection):
                    pass

    def _packet(self, connection: socket.socket) -> bool:
        first = connection.recv(PACKET)
        if len(first) != PACKET:
            return False
        channel, command, length = struct.unpack_from(">IBH", first)
        data, count = first[7:], 0
        while len(data) < length:
            following = connection.recv(PACKET)
            assert struct.unpack_from(">IB", following) == (channel, count)
            data, count = data + following[5:], count + 1
        data = data[:length]
        if command == INIT and channel == BROADCAST:
            self._answer(
                connection, channel, INIT, data[:8] + struct.pack(">IBBBBB", 0x1001, 2, 1, 0, 0, 0x0C)
            )
        elif command == CBOR and channel == 0x1001:
            if data[0] in (1, 2):
                self._answer(connection, channel, KEEPALIVE, b"\x02")
            self._answer(connection, channel, CBOR, self._command(data))
        else:
            self._answer(connection, channel, ERROR, b"\x01")
        return True

    def _answer(self, connection: socket.socket, channel: int, command: int, data: bytes) -> None:
        packets = [struct.pack(">IBH", channel, command, len(data)) + data[:57]]
        rest = data[57:]
        while rest:
            packets.append(struct.pack(">IB", channel, len(packets) - 1) + rest[:59])
            rest = rest[59:]
        for packet in packets:
            connection.sendall(packet.ljust(PACKET, b"\0"))

    # --- CTAP2 -----------------------------------------------------------------------------------------------------

    def _command(self, data: bytes) -> bytes:
        parameters = cbor.decode(data[1:]) if len(data) > 1 else {}
        verbs = {1: self._make, 2: self._assert, 4: self._info, 6: self._client_pin}
        if data[0] not in verbs:
            return b"\x01"
        try:
            return bytes([OK]) + cbor.encode(verbs[data[0]](parameters))
        except Failure as failure:
            return bytes([failure.args[0]])
        except KeyError:
            return bytes([MISSING])

    def _info(self, _: dict) -> dict:
        return {
            1: ["FIDO_2_0", "FIDO_2_1"],
            2: ["credProtect", "hmac-secret"] if self.token.secretive else ["credProtect"],
            3: bytes(16),
            4: {"rk": False, "up": True, "clientPin": bool(self.token.pin), "pinUvAuthToken": True},
            5: 1200,
            6: [self.token.protocol],
            7: LIST,
        }

    def _make(self, given: dict) -> dict:
        self._verify(given[1], given.get(8))
        self._touched()
        private = ec.generate_private_key(ec.SECP256R1())
        relying_party = hashlib.sha256(given[2]["id"].encode()).digest()
        scalar = private.private_numbers().private_value.to_bytes(32, "big")
        nonce = os.urandom(12)
        made = nonce + AESGCM(self.token.master).encrypt(nonce, scalar + os.urandom(32), relying_party)
        point = private.public_key().public_numbers()
        key = cbor.encode(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )
        extensions = {name: given.get(6, {})[name] for name in given.get(6, {}) if name in self._info({})[2]}
        data = relying_party + bytes([0x01 | 0x04 | 0x40 | 0x80]) + bytes(4) + bytes(16)
        data += struct.pack(">H", len(made)) + made + key + cbor.encode(extensions)
        return {1: "none", 2: data, 3: {}}

    def _assert(self, given: dict) -> dict:
        self._verify(given[2], given.get(6))
        relying_party = hashlib.sha256(given[1].encode()).digest()
        if len(given[3]) > LIST:
            raise Failure(LIMIT)
        for row in given[3]:
            try:
                plain = AESGCM(self.token.master).decrypt(row["id"][:12], row["id"][12:], relying_party)
            except (InvalidTag, ValueError):
                continue
            touched = given.get(5, {}).get("up", True)  # "up" false asks for no touch (6.2.1)
            if touched:
                self._touched()
            private = ec.derive_private_key(int.from_bytes(plain[:32], "big"), ec.SECP256R1())
            flags = (0x01 if touched else 0) | 0x04
            if "hmac-secret" in given.get(4, {}):
                output = cbor.encode({"hmac-secret": self._secret(given[4]["hmac-secret"], plain[32:])})
                data = relying_party + bytes([flags | 0x80]) + bytes(4) + output
            else:
                data = relying_party + bytes([flags]) + bytes(4)
            signature = private.sign(data + given[2], ec.ECDSA(hashes.SHA256()))
            return {1: {"type": "public-key", "id": row["id"]}, 2: data, 3: signature}
        raise Failure(NO_CREDENTIALS)

    def _secret(self, asked: dict, random: bytes) -> bytes:
        """Section 12.5: HMAC of the salts under the credential's own random bytes."""
        shared = self._shared(asked[1])
        if not hmac.compare_digest(asked[3], self._mac(shared, asked[2])):
            raise Failure(PIN_AUTH_INVALID)
        salt = self._decrypt(shared, asked[2])
        if self.token.lying:
            return self._encrypt(shared, os.urandom(32))
        return self._encrypt(shared, hmac.digest(random, salt, "sha256"))

    def _verify(self, digest: bytes, proof: bytes | None) -> None:
        if proof is None:
            raise Failure(NEEDS_PIN)
        if not hmac.compare_digest(proof, self._mac(self.pin_token, digest)):
            raise Failure(PIN_AUTH_INVALID)

    def _touched(self) -> None:
        if not self.token.touch:
            raise Failure(DENIED)

    # --- clientPIN (section 6.5) -----------------------------------------------------------------------------------

    def _client_pin(self, given: dict) -> dict:
        match given[2]:
            case 1:
                return {3: self.token.retries}
            case 2:
                point = self.agreement.public_key().public_numbers()
                return {
                    1: {1: 2, 3: -25, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
                }
            case 5 | 9:
                return {2: self._pin_token(given)}
        raise Failure(0x3E)

    def _pin_token(self, given: dict) -> bytes:
        if not self.token.pin:
            raise Failure(PIN_NOT_SET)
        if not self.token.retries:
            raise Failure(PIN_BLOCKED)
        shared = self._shared(given[3])
        self.token.retries -= 1
        if self._decrypt(shared, given[6]) != hashlib.sha256(self.token.pin.encode()).digest()[:16]:
            self.agreement = ec.generate_private_key(ec.SECP256R1())
            raise Failure(PIN_INVALID if self.token.retries else PIN_BLOCKED)
        self.token.retries = RETRIES
        self.pin_token = os.urandom(32)
        return self._encrypt(shared, self.pin_token)

    def _shared(self, peer: dict) -> bytes:
        x, y = (int.from_bytes(peer[name], "big") for name in (-2, -3))
        point = self.agreement.exchange(
            ec.ECDH(), ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        )
        if self.token.protocol == 1:
            return hashlib.sha256(point).digest()
        return b"".join(
            HKDF(hashes.SHA256(), 32, bytes(32), info).derive(point)
            for info in (b"CTAP2 HMAC key", b"CTAP2 AES key")
        )

    def _mac(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key[:32], data, "sha256")[: 16 if self.token.protocol == 1 else 32]

    def _decrypt(self, shared: bytes, data: bytes) -> bytes:
        nonce, data = (bytes(16), data) if self.token.protocol == 1 else (data[:16], data[16:])
        opening = Cipher(algorithms.AES(shared[-32:]), modes.CBC(nonce)).decryptor()
        return opening.update(data) + opening.finalize()

    def _encrypt(self, shared: bytes, data: bytes) -> bytes:
        nonce = bytes(16) if self.token.protocol == 1 else os.urandom(16)
        sealing = Cipher(algorithms.AES(shared[-32:]), modes.CBC(nonce)).encryptor()
        sealed = sealing.update(data) + sealing.finalize()
        return sealed if self.token.protocol == 1 else nonce + sealed
