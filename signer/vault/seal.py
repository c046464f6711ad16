"""Sealing and opening: an officer's key under his factors, a secret under the officers' shares.

Runs in the child process only. Secrets are bytearrays, wiped when done with (docs/reference/vault-format.md).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.vault.sealed import Credential, SealedSlot, SlotHeader
from signer.vault.shares import combine, split

NONCE_BYTES = 12
KEY_BYTES = 32
_TAG_BYTES = 16
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def wipe(*secrets: bytearray) -> None:
    """Overwrite with zeros."""
    for secret in secrets:
        secret[:] = bytes(len(secret))


def officer_key(
    credential: Credential, passphrase: bytearray, factor: bytearray, device: bytearray
) -> bytearray:
    """The key over an officer's private key: HKDF(Argon2id(passphrase) | factor secret | device secret).

    Wipes the passphrase and the factor secret.
    """
    kdf = credential.kdf
    mixed = bytearray(KEY_BYTES + len(factor) + len(device))
    stretched = memoryview(mixed)[:KEY_BYTES]
    Argon2id(
        salt=credential.salt, length=KEY_BYTES, iterations=kdf.passes, lanes=kdf.lanes, memory_cost=kdf.memory
    ).derive_into(passphrase, stretched)  # type: ignore[arg-type]  # takes any buffer
    stretched.release()
    mixed[KEY_BYTES : KEY_BYTES + len(factor)] = factor
    mixed[KEY_BYTES + len(factor) :] = device
    key = bytearray(KEY_BYTES)
    HKDF(SHA256(), KEY_BYTES, salt=credential.salt, info=b"kinko officer").derive_into(mixed, key)
    wipe(mixed, passphrase, factor)
    return key


def make_credential(
    vault_id: bytes, draft: Credential, passphrase: bytearray, factor: bytearray, device: bytearray
) -> Credential:
    """Give the officer of `draft` (its keys are ignored) a key pair, sealed under his factors."""
    private = X25519PrivateKey.generate()
    plain = bytearray(private.private_bytes_raw())
    made = replace(
        draft,
        salt=os.urandom(16),
        public_key=private.public_key().public_bytes_raw(),
        nonce=os.urandom(NONCE_BYTES),
    )
    key = officer_key(made, passphrase, factor, device)
    sealed = AESGCMSIV(key).encrypt(made.nonce, plain, made.context(vault_id))
    wipe(plain, key)
    return replace(made, sealed=sealed)


def open_credential(
    vault_id: bytes, credential: Credential, passphrase: bytearray, factor: bytearray, device: bytearray
) -> X25519PrivateKey:
    """The private key. Raises VaultError(WRONG_FACTOR) if a factor, or a bit of the credential, is not right."""
    key = officer_key(credential, passphrase, factor, device)
    plain = bytearray(KEY_BYTES)
    try:
        AESGCMSIV(key).decrypt_into(credential.nonce, credential.sealed, credential.context(vault_id), plain)
        return X25519PrivateKey.from_private_bytes(plain)
    except InvalidTag as error:
        raise VaultError(Lock.WRONG_FACTOR, officer=credential.officer.name) from error
    finally:
        wipe(key, plain)


def seal_secret(header: SlotHeader, secret: bytearray) -> SealedSlot:
    """Seal under a fresh random key, and that key's shares to the holders in the header."""
    key = bytearray(os.urandom(KEY_BYTES))
    nonce = os.urandom(NONCE_BYTES)
    context = header.context
    sealed = AESGCMSIV(key).encrypt(nonce, secret, context)
    parts = split(key, header.threshold, len(header.holders), os.urandom)
    shares = tuple(
        _SUITE.encrypt(part, X25519PublicKey.from_public_bytes(public), info=context)
        for part, (_, public) in zip(parts, header.holders, strict=True)
    )
    wipe(key, *parts)
    return SealedSlot(header, shares, nonce, sealed)


def open_secret(slot: SealedSlot, officers: Mapping[str, X25519PrivateKey]) -> bytearray:
    """The secret of a slot, from those of its holders who are there. Raises VaultError(TOO_FEW), Tampered(VAULT)."""
    header, context = slot.header, slot.header.context
    present = [index for index, (name, _) in enumerate(header.holders) if name in officers]
    if len(present) < header.threshold:
        raise VaultError(Lock.TOO_FEW, needed=header.threshold)
    shares: dict[int, bytearray] = {}
    key = bytearray()
    secret = bytearray(len(slot.sealed) - _TAG_BYTES)
    try:
        for index in present[: header.threshold]:
            private = officers[header.holders[index][0]]
            shares[index + 1] = bytearray(_SUITE.decrypt(slot.shares[index], private, info=context))
        key = combine(shares)
        AESGCMSIV(key).decrypt_into(slot.nonce, slot.sealed, context, secret)
    except (InvalidTag, ValueError) as error:
        raise Tampered(Broken.VAULT, what=header.name) from error
    finally:
        wipe(key, *shares.values())
    return secret
