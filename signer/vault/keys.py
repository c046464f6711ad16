"""A BIP 32 tree in the child: public keys, and every signature made twice and compared.

RFC 6979 makes signatures repeatable, and so one flipped bit between two of the same message gives the key away: what
differs is thrown away. Parents are kept, so that a thousand inputs of one branch cost one step each.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import wallycore as wally

from signer.core.account import HARDENED
from signer.core.errors import Lock, VaultError
from signer.core.slot import KeyForm
from signer.core.task import Algorithm, Task
from signer.vault.edwards import child_of, public_of
from signer.vault.edwards import root_of as edwards_root
from signer.vault.edwards import sign as edwards_sign
from signer.vault.seal import wipe

SEED_BYTES = 64
MAX_DEPTH = 10
_PRIVATE = wally.BIP32_FLAG_KEY_PRIVATE
MAX_GRIND = 256  # nonces tried for a low R; half of them have one
_TEST_COIN = 1 + HARDENED


@dataclass(slots=True)
class KeyTree:
    """The keys below one seed. Raises VaultError(NO_KEY) for paths that lead nowhere."""

    fingerprint: bytes
    _parents: dict[tuple[int, ...], _Parent] = field(repr=False)
    _edwards: bytearray = field(repr=False)

    @classmethod
    def from_seed(cls, seed: bytearray) -> KeyTree:
        """Wipes the seed. Raises VaultError(NO_KEY) for the one seed in 2^127 that has no master key."""
        try:
            edwards = edwards_root(seed)
            root = wally.bip32_key_from_seed(seed, wally.BIP32_VER_MAIN_PRIVATE, 0)
        except ValueError as error:
            raise VaultError(Lock.NO_KEY) from error
        finally:
            wipe(seed)
        return cls(bytes(wally.bip32_key_get_fingerprint(root)), {(): _Parent.of(root)}, edwards)

    def public_key(self, path: tuple[int, ...], form: KeyForm) -> str:
        """The key at a path, written as `form` says."""
        if form is KeyForm.SECP256K1:
            return bytes(wally.bip32_key_get_pub_key(self._node(path))).hex()
        if form is KeyForm.ED25519_KECCAK:
            key = child_of(self._edwards, path)
            public = public_of(key)
            wipe(key)
            return public.hex()
        return self._extended(path)

    def sign(self, task: Task) -> bytes:
        """64 bytes. Raises VaultError: NO_KEY if the path leads to another key, FAULT if the two signatures differ."""
        if task.algorithm is Algorithm.ED25519_KECCAK:
            return self._sign_edwards(task)
        private = self._private(task.origin.path)
        try:
            public = bytes(wally.ec_public_key_from_private_key(private))
            if task.public_key not in (public, public[1:]):
                raise VaultError(Lock.NO_KEY)
            if task.algorithm is Algorithm.ECDSA:
                return ecdsa_twice(private, task.message)
            _tweak(private, public, task.tweak)
            first, second = (_schnorr(private, task.message) for _ in range(2))
        except ValueError as error:
            raise VaultError(Lock.FAULT) from error
        finally:
            wipe(private)
        if first != second:
            raise VaultError(Lock.FAULT)
        return bytes(first)

    def _sign_edwards(self, task: Task) -> bytes:
        key = child_of(self._edwards, task.origin.path)
        try:
            if public_of(key) != task.public_key:
                raise VaultError(Lock.NO_KEY)
            first, second = (edwards_sign(key, task.message) for _ in range(2))
        finally:
            wipe(key)
        if first != second:
            raise VaultError(Lock.FAULT)
        return first

    def _node(self, path: tuple[int, ...]) -> object:
        """The key at a path; every key above the last step is kept, the leaves are not."""
        if not path:
            return self._parents[()].node
        return _child(self._parent(path), path[-1])

    def _private(self, path: tuple[int, ...]) -> bytearray:
        """The private key at a path, 32 bytes, to be wiped."""
        if not path:
            return _private_of(self._parents[()].node)
        return self._parent(path).private(path[-1])

    def _parent(self, path: tuple[int, ...]) -> _Parent:
        if len(path) > MAX_DEPTH:
            raise VaultError(Lock.NO_KEY)
        return self._kept(path[:-1])

    def _kept(self, path: tuple[int, ...]) -> _Parent:
        if path not in self._parents:
            self._parents[path] = _Parent.of(_child(self._kept(path[:-1]), path[-1]))
        return self._parents[path]

    def _extended(self, path: tuple[int, ...]) -> str:
        if len(path) > MAX_DEPTH:
            raise VaultError(Lock.NO_KEY)
        node = self._kept(path).node
        public = wally.bip32_key_serialize(node, wally.BIP32_FLAG_KEY_PUBLIC)
        if len(path) > 1 and path[1] == _TEST_COIN:
            public[:4] = wally.BIP32_VER_TEST_PUBLIC.to_bytes(4, "big")
        return str(wally.base58check_from_bytes(public))


@dataclass(frozen=True, slots=True)
class _Parent:
    """A key that others stand below. `mac` is the HMAC under its chain code with its public key already in it."""

    node: object
    mac: hmac.HMAC

    @classmethod
    def of(cls, node: object) -> _Parent:
        code, public = wally.bip32_key_get_chain_code(node), wally.bip32_key_get_pub_key(node)
        return cls(node, hmac.new(code, public, "sha512"))

    def private(self, step: int) -> bytearray:
        """The private key one step below, 32 bytes, to be wiped: as BIP 32, without the public key nobody asked for."""
        if step >= HARDENED:
            return _private_of(_child(self, step))
        mac = self.mac.copy()
        mac.update(step.to_bytes(4, "big"))
        own = _private_of(self.node)
        try:
            key: bytearray = wally.ec_scalar_add(own, mac.digest()[:32])
        except ValueError as error:
            raise VaultError(Lock.NO_KEY) from error
        finally:
            wipe(own)
        return key


def _private_of(node: object) -> bytearray:
    key: bytearray = wally.bip32_key_get_priv_key(node)
    return key


def _child(parent: _Parent, step: int) -> object:
    try:
        return wally.bip32_key_from_parent(parent.node, step, _PRIVATE)
    except ValueError as error:
        raise VaultError(Lock.NO_KEY) from error


def ecdsa_twice(private: bytearray, digest: bytes) -> bytes:
    """RFC 6979 with low S and low R, 64 bytes, made twice. Raises VaultError(FAULT) if the two differ.

    The counter goes into the nonce as Bitcoin Core and libwally do it; which one gave a low R need not be found again.
    """
    extra, first = low_r(private, digest)
    if first != wally.ec_sig_from_bytes_aux(private, digest, extra, wally.EC_FLAG_ECDSA):
        raise VaultError(Lock.FAULT)
    return first


def low_r(private: bytearray, digest: bytes) -> tuple[bytes | None, bytes]:
    """What was added to the nonce (32 bytes, None for nothing), and the signature."""
    for counter in range(MAX_GRIND):
        extra = counter.to_bytes(32, "little") if counter else None
        made = wally.ec_sig_from_bytes_aux(private, digest, extra, wally.EC_FLAG_ECDSA)
        if made[0] < 0x80:
            return extra, bytes(made)
    raise VaultError(Lock.FAULT)


def _schnorr(private: bytearray, digest: bytes) -> bytearray:
    """BIP 340 with auxiliary randomness of zeros, so that it can be made twice and compared."""
    return bytearray(wally.ec_sig_from_bytes_aux(private, digest, bytes(32), wally.EC_FLAG_SCHNORR))


def _tweak(private: bytearray, public: bytes, tweak: bytes) -> None:
    """Add a BIP 341 tweak (32 bytes, already hashed; empty for none) to the key of even y, in place."""
    if not tweak:
        return
    if public[0] == 3:
        private[:] = wally.ec_scalar_subtract(bytes(32), private)
    private[:] = wally.ec_scalar_add(private, tweak)
