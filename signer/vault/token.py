"""A PKCS#11 token: a secp256k1 key that never leaves it, and the device secret wrapped by one that never does.

Runs in children only, one at a time: the library keeps state, and a token that was pulled comes back only in a fresh
process. Two mechanisms are used, which real tokens share: ECDSA on a digest, and AES key wrap (RFC 3394). A token
makes signatures with random numbers of its own, of high S half of the time: they are put in order and then verified
by another library before anybody sees them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import coincurve
import pkcs11
from pkcs11.exceptions import PinIncorrect, PinLocked, PKCS11Error
from pkcs11.util.ec import encode_named_curve_parameters

from signer.core.errors import Lock, VaultError
from signer.core.slot import KeyForm
from signer.core.task import Algorithm, Signature, Task
from signer.vault.tokenkey import TokenPlace, TokenSecret, token_fingerprint
from signer.vault.verify import verify_signature

SECP256K1 = encode_named_curve_parameters("1.3.132.0.10")
SECRET_BYTES = 32
#: A session object whose value may be read: the device secret on its way through.
_LOOSE = MappingProxyType(
    {pkcs11.Attribute.TOKEN: False, pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False}
)
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_TRIES = 64


@contextmanager
def opened(place: TokenPlace, pin: str, *, writing: bool = False) -> Iterator[pkcs11.Session]:
    """A session logged in. Every way a token can fail is VaultError(TOKEN) with what it was about."""
    try:
        token = pkcs11.lib(place.library).get_token(token_label=place.token)
        with token.open(rw=writing, user_pin=pin) as session:
            yield session
    except (PinIncorrect, PinLocked) as error:
        raise VaultError(Lock.TOKEN, what="pin") from error
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise VaultError(Lock.TOKEN, what=type(error).__name__) from error


def make_key(place: TokenPlace, pin: str) -> bytes:
    """Generate a key pair in the token that is never given out; returns the public key, 33 bytes."""
    with opened(place, pin, writing=True) as session:
        _absent(session, pkcs11.ObjectClass.PRIVATE_KEY, place.label)
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: SECP256K1}, local=True
        )
        private = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        public, _ = parameters.generate_keypair(store=True, label=place.label, private_template=private)
        point = bytes(public[pkcs11.Attribute.EC_POINT])
    return coincurve.PublicKey(point[2:] if len(point) == 67 else point).format()


def make_secret(place: TokenPlace, pin: str, known: Sequence[str] = ()) -> tuple[bytes, bytes]:
    """A wrapping key in the token, and 32 random bytes: themselves, and wrapped for the disk.

    `known` are the device's label for such a key, and those of other officers' keys: it must have none of them.
    """
    with opened(place, pin, writing=True) as session:
        for label in known:
            if _present(session, pkcs11.ObjectClass.SECRET_KEY, label):
                mine = "the device's own token" if label == known[0] else "another officer's card"
                raise VaultError(Lock.TOKEN, what=mine)
        _absent(session, pkcs11.ObjectClass.SECRET_KEY, place.label)
        kept = {
            pkcs11.Attribute.SENSITIVE: True,
            pkcs11.Attribute.EXTRACTABLE: False,
            pkcs11.Attribute.WRAP: True,
            pkcs11.Attribute.UNWRAP: True,
        }
        wrapping: Any = session.generate_key(
            pkcs11.KeyType.AES, 256, label=place.label, store=True, template=kept
        )
        secret = os.urandom(SECRET_BYTES)
        plain = session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.GENERIC_SECRET,
                pkcs11.Attribute.VALUE: secret,
                **_LOOSE,
            }
        )
        return secret, bytes(wrapping.wrap_key(plain, mechanism=pkcs11.Mechanism.AES_KEY_WRAP))


def read_secret_of(place: TokenPlace, pin: str, blob: bytes) -> bytes:
    """The device secret out of its wrapping."""
    with opened(place, pin) as session:
        wrapping: Any = session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=place.label)
        plain = wrapping.unwrap_key(
            pkcs11.ObjectClass.SECRET_KEY,
            pkcs11.KeyType.GENERIC_SECRET,
            blob,
            mechanism=pkcs11.Mechanism.AES_KEY_WRAP,
            template=dict(_LOOSE),
        )
        secret = bytes(plain[pkcs11.Attribute.VALUE])
    if len(secret) != SECRET_BYTES:
        raise VaultError(Lock.TOKEN, what="secret")
    return secret


def drop_secret(place: TokenPlace, pin: str) -> None:
    """Destroy the wrapping key: what it wrapped is gone."""
    with opened(place, pin, writing=True) as session:
        session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=place.label).destroy()


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The key behind a slot of mode TOKEN. One key, no tree: its path is empty."""

    secret: TokenSecret

    @property
    def fingerprint(self) -> bytes:
        return token_fingerprint(self.secret.public)

    def public_key(self, path: tuple[int, ...], form: KeyForm) -> str:
        if path or form is not KeyForm.SECP256K1:
            raise VaultError(Lock.NO_KEY)
        return self.secret.public.hex()

    def sign(self, task: Task) -> bytes:
        """64 bytes, low-S and low-R, verified here. Raises VaultError: NO_KEY, TOKEN."""
        if task.origin.path or task.public_key != self.secret.public or task.algorithm is not Algorithm.ECDSA:
            raise VaultError(Lock.NO_KEY)
        with opened(self.secret.place, self.secret.pin) as session:
            private: Any = session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.secret.place.label
            )
            for _ in range(_TRIES):
                data = _ordered(bytes(private.sign(task.message, mechanism=pkcs11.Mechanism.ECDSA)))
                if verify_signature(task, Signature(task.index, task.public_key, data)):
                    return data
        raise VaultError(Lock.TOKEN, what="signature")


def _absent(session: pkcs11.Session, kind: pkcs11.ObjectClass, label: str) -> None:
    if _present(session, kind, label):
        raise VaultError(Lock.EXISTS, name=label)


def _present(session: pkcs11.Session, kind: pkcs11.ObjectClass, label: str) -> bool:
    wanted = {pkcs11.Attribute.CLASS: kind, pkcs11.Attribute.LABEL: label}
    return any(True for _ in session.get_objects(wanted))


def _ordered(data: bytes) -> bytes:
    """The same signature with low S."""
    if len(data) != 64:
        raise VaultError(Lock.TOKEN, what="signature")
    s = int.from_bytes(data[32:], "big")
    return data[:32] + min(s, _ORDER - s if s < _ORDER else s).to_bytes(32, "big")
