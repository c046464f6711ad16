"""The child that asks a FIDO2 token for its hmac-secret (CTAP 2.1, 12.5), offline: a salt in, 32 bytes out.

The bytes depend on the credential, on the salt, and on the token having verified its user: it is asked only after its
PIN (or fingerprint), and answers only to a touch. A token that verifies nobody is not enrolled.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin
from fido2.hid import ConnectionFailure, CtapHidDevice, list_descriptors, open_connection
from fido2.hid.base import CtapHidConnection, HidDescriptor
from fido2.webauthn import AuthenticatorData

from signer.core.codec import decode, encode
from signer.core.errors import KinkoError, Lock, Malformed, Tampered, VaultError
from signer.core.fields import Fields
from signer.vault.child import read_secret
from signer.vault.fidokey import MAX_CREDENTIAL, SALT_BYTES, SECRET_BYTES
from signer.vault.frames import PipeClosed, receive_frame, send_frame
from signer.vault.hardening import harden
from signer.vault.protocol import Op, Status, error_answer, row_of

#: The relying party of every credential made here: no web site is, nor can become, one of this name.
RELYING_PARTY = "kinko.invalid"
_SECRET = "hmac-secret"
_PROTECT, _USER_VERIFIED = "credProtect", 3
_ES256: Final = MappingProxyType({"type": "public-key", "alg": -7})
_PACKET = 64
MAX_TAKEN = 64
_SILENCE = 45.0
_ERR = CtapError.ERR
_MEANINGS: Final = MappingProxyType(
    {
        _ERR.PIN_INVALID: "pin",
        _ERR.PIN_POLICY_VIOLATION: "pin",
        _ERR.PIN_AUTH_INVALID: "pin",
        _ERR.PIN_BLOCKED: "PIN blocked",
        _ERR.PIN_AUTH_BLOCKED: "PIN blocked until it is plugged in again",
        _ERR.PIN_NOT_SET: "no PIN is set on it",
        _ERR.UV_BLOCKED: "fingerprint blocked",
        _ERR.UV_INVALID: "fingerprint",
        _ERR.NO_CREDENTIALS: "another token",
        _ERR.INVALID_CREDENTIAL: "another token",
        _ERR.OPERATION_DENIED: "not touched",
        _ERR.USER_ACTION_TIMEOUT: "not touched",
        _ERR.ACTION_TIMEOUT: "not touched",
        _ERR.KEEPALIVE_CANCEL: "not touched",
        _ERR.UP_REQUIRED: "not touched",
        _ERR.KEY_STORE_FULL: "it is full",
    }
)


class _SocketConnection(CtapHidConnection):
    """Packets of CTAPHID over a local socket: a token in software, for rehearsals and tests."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(_SILENCE)
        self._socket.connect(path)

    def read_packet(self) -> bytes:
        packet = self._socket.recv(_PACKET)
        if len(packet) != _PACKET:
            raise ConnectionFailure("gone")
        return packet

    def write_packet(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        self._socket.close()


@contextmanager
def opened(device: str) -> Iterator[Ctap2]:
    """The token. Every way it can fail is VaultError(TOKEN) with what it was about."""
    try:
        hid = _hid(device)
        try:
            yield Ctap2(hid)
        finally:
            hid.close()
    except CtapError as error:
        raise _failed(_MEANINGS.get(error.code, f"CTAP {int(error.code):#04x}")) from error
    except (ConnectionFailure, OSError) as error:
        raise _failed("no answer") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _failed("malformed answer") from error


def _hid(device: str) -> CtapHidDevice:
    if device and stat.S_ISSOCK(Path(device).stat().st_mode):
        return CtapHidDevice(
            HidDescriptor(device, 0, 0, _PACKET, _PACKET, None, None), _SocketConnection(device)
        )
    found = [item for item in list_descriptors() if device in ("", item.path)]  # type: ignore[no-untyped-call]  # fido2 has no types there
    if len(found) != 1:
        raise _failed("several FIDO2 tokens" if found else "no FIDO2 token")
    return CtapHidDevice(found[0], open_connection(found[0]))  # type: ignore[no-untyped-call]  # fido2 has no types there


@dataclass(frozen=True, slots=True)
class _Question:
    """One question to the token, with the PIN as it was typed."""

    ctap: Ctap2
    pin: str

    def enrol(self, officer: str) -> bytes:
        """Make a credential that the token keeps for itself inside the id it gives out; that id."""
        info = self.ctap.info
        if _SECRET not in info.extensions:
            raise _failed("it has no hmac-secret")
        extensions: dict[str, object] = {_SECRET: True}
        if _PROTECT in info.extensions:
            extensions[_PROTECT] = _USER_VERIFIED
        client, proof, digest = self._verified(ClientPin.PERMISSION.MAKE_CREDENTIAL)
        made = self.ctap.make_credential(
            digest,
            {"id": RELYING_PARTY, "name": "Kinko"},
            {"id": os.urandom(16), "name": officer, "displayName": officer},
            [_ES256],
            extensions=extensions,
            pin_uv_param=proof,
            pin_uv_protocol=client.protocol.VERSION,
        ).auth_data
        granted = made.extensions or {}
        if made.credential_data is None or granted.get(_SECRET) is not True:
            raise _failed("it has no hmac-secret")
        return bytes(made.credential_data.credential_id)

    def has_one_of(self, credentials: Sequence[bytes]) -> bool:
        """Whether the token knows one of these: asked silently, as many at a time as it takes (CTAP 2.1, 6.2)."""
        most = max(1, self.ctap.info.max_creds_in_list or 1)
        for start in range(0, len(credentials), most):
            client, proof, digest = self._verified(ClientPin.PERMISSION.GET_ASSERTION)
            rows: list[Mapping[str, object]] = [
                {"type": "public-key", "id": known} for known in credentials[start : start + most]
            ]
            try:
                self.ctap.get_assertion(
                    RELYING_PARTY,
                    digest,
                    rows,
                    options={"up": False},
                    pin_uv_param=proof,
                    pin_uv_protocol=client.protocol.VERSION,
                )
            except CtapError as error:
                if error.code != CtapError.ERR.NO_CREDENTIALS:
                    raise
            else:
                return True
        return False

    def answer(self, credential: bytes, salt: bytes) -> bytes:
        client, proof, digest = self._verified(ClientPin.PERMISSION.GET_ASSERTION)
        protocol = client.protocol
        agreed = self.ctap.client_pin(protocol.VERSION, ClientPin.CMD.GET_KEY_AGREEMENT)
        ours, shared = protocol.encapsulate(agreed[ClientPin.RESULT.KEY_AGREEMENT])
        hidden = protocol.encrypt(shared, salt)
        asked: dict[int, object] = {1: ours, 2: hidden, 3: protocol.authenticate(shared, hidden)}
        if protocol.VERSION > 1:
            asked[4] = protocol.VERSION
        data = self.ctap.get_assertion(
            RELYING_PARTY,
            digest,
            [{"type": "public-key", "id": credential}],
            extensions={_SECRET: asked},
            pin_uv_param=proof,
            pin_uv_protocol=protocol.VERSION,
        ).auth_data
        if not (data.flags & AuthenticatorData.FLAG.UP and data.flags & AuthenticatorData.FLAG.UV):
            raise _failed("not touched")
        secret = protocol.decrypt(shared, (data.extensions or {})[_SECRET])
        if len(secret) != SECRET_BYTES:
            raise _failed("malformed answer")
        return secret

    def _verified(self, permission: ClientPin.PERMISSION) -> tuple[ClientPin, bytes, bytes]:
        """Have the token verify its user; the proof for a fresh digest that stands for the client's data."""
        options = self.ctap.info.options
        client = ClientPin(self.ctap)
        if options.get("uv") and options.get("pinUvAuthToken"):
            token = client.get_uv_token(permission, RELYING_PARTY)
        elif options.get("clientPin"):
            token = client.get_pin_token(self.pin, permission, RELYING_PARTY)
        else:
            raise _failed("no PIN is set on it")
        digest = os.urandom(32)
        return client, client.protocol.authenticate(token, digest), digest


def _failed(what: str) -> VaultError:
    return VaultError(Lock.TOKEN, what=what)


def answer_one() -> object:
    """Read one question and its PIN, ask the token."""
    fields = row_of(decode(bytes(receive_frame(0))), 6)
    op, device, officer = fields.integer(0), fields.text(1, 100), fields.text(2, 32)
    credential, salt = fields.octets(3, MAX_CREDENTIAL), fields.octets(4, SALT_BYTES, SALT_BYTES)
    pin = read_secret().decode("utf-8", "replace")
    with opened(device) as ctap:
        question = _Question(ctap, pin)
        if op == Op.FIDO_ENROL:
            taken = Fields("token", dict(enumerate(fields.items_of(5, MAX_TAKEN))))
            if question.has_one_of([taken.octets(place, MAX_CREDENTIAL) for place in taken.items]):
                raise _failed("another officer's token")
            made = question.enrol(officer)
            return [made, question.answer(made, salt)]
        return question.answer(credential, salt)


def ask_main() -> int:
    """The child of one question."""
    try:
        harden()
        try:
            answer = encode([Status.DONE, answer_one()])
        except (VaultError, Tampered) as error:
            answer = error_answer(error)
        send_frame(1, answer)
    except (PipeClosed, Malformed, KinkoError, OSError, ValueError):
        return 1
    return 0
