"""Extended public keys (BIP 32) with their origins, and the public keys derived from them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import coincurve
import wallycore

from signer.chains.utxo.coin import TPUB, XPUB
from signer.chains.utxo.script import hash160
from signer.core.account import HARDENED, KeyOrigin
from signer.core.errors import Bad, Malformed

_SIZE = 78
#: Version bytes by which other wallets mark script types (SLIP 132) or coins; the key is the same. Public keys only.
KEY_NETWORKS: Final[Mapping[bytes, bytes]] = MappingProxyType(
    {
        bytes.fromhex(text): XPUB
        for text in ("0488b21e", "049d7cb2", "04b24746", "0295b43f", "02aa7ed3", "019da462")
    }
    | {
        bytes.fromhex(text): TPUB
        for text in ("043587cf", "044a5262", "045f1cf6", "024289ef", "02575483", "0436f6e1")
    }
)
#: The private twins: never to be typed into anything, so they are named as such when refused.
_PRIVATE = frozenset({bytes.fromhex("0488ade4"), bytes.fromhex("04358394"), bytes.fromhex("02aa7a99")})


@dataclass(frozen=True, slots=True)
class Node:
    """A public key and its chain code: what BIP 32 derives from."""

    public_key: bytes
    chain_code: bytes

    def child(self, step: int) -> Node:
        """The unhardened child; raises ValueError for the one in 2^127 that does not exist."""
        mac = hmac.digest(self.chain_code, self.public_key + step.to_bytes(4, "big"), "sha512")
        return Node(coincurve.PublicKey(self.public_key).add(mac[:32]).format(), mac[32:])


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of an account's key, ready to derive many addresses.

    `point` is the public key parsed, `mac` the HMAC under the chain code with that key already in it. By coincurve:
    the generator's multiple by its table and one addition are quicker than `PublicKey.add`, and than wallycore. Opening
    an account compares the two libraries.
    """

    point: coincurve.PublicKey
    mac: hmac.HMAC

    @classmethod
    def of(cls, node: Node) -> Branch:
        mac = hmac.new(node.chain_code, node.public_key, "sha512")
        return cls(coincurve.PublicKey(node.public_key), mac)

    def key(self, index: int) -> bytes:
        """The 33-byte public key of an address; raises ValueError for the one in 2^127 that does not exist."""
        mac = self.mac.copy()
        mac.update(index.to_bytes(4, "big"))
        offset = coincurve.PublicKey.from_valid_secret(mac.digest()[:32])
        key: bytes = coincurve.PublicKey.combine_keys([self.point, offset]).format()
        return key


@dataclass(frozen=True, slots=True)
class Fixed:
    """A branch of a key that has none: the same public key at every address."""

    public_key: bytes

    def key(self, index: int) -> bytes:
        return self.public_key


@dataclass(frozen=True, slots=True)
class ExtendedKey:
    """An extended public key: `text` in xpub or tpub spelling, `origin` where it comes from.

    Or a fixed one: `text` in hexadecimal, without version and chain code.
    """

    text: str
    version: bytes
    depth: int
    node: Node
    origin: KeyOrigin

    @property
    def prefix(self) -> bytes:
        """The origin as a PSBT writes it before the last two steps."""
        return self.origin.fingerprint + raw_path(self.origin.path)


def raw_path(path: tuple[int, ...]) -> bytes:
    """Steps as PSBTs carry them: 4 bytes each, little-endian."""
    return b"".join(step.to_bytes(4, "little") for step in path)


def read_key(text: str, origin: KeyOrigin | None) -> ExtendedKey:
    """An extended public key in any of its spellings. Raises Malformed(DESCRIPTOR).

    Without an origin the key is its own master (BIP 380): its fingerprint and an empty path.
    """
    try:
        data = bytes(wallycore.base58check_to_bytes(text))
    except ValueError as error:
        raise Malformed(Bad.DESCRIPTOR, what="key-checksum") from error
    if data[:4] in _PRIVATE:
        raise Malformed(Bad.DESCRIPTOR, what="private-key")
    version = KEY_NETWORKS.get(data[:4])
    if version is None or len(data) != _SIZE:
        raise Malformed(Bad.DESCRIPTOR, what="key-version")
    node = Node(data[45:], data[13:45])
    try:
        wallycore.ec_public_key_verify(node.public_key)
    except ValueError as error:
        raise Malformed(Bad.DESCRIPTOR, what="key-point") from error
    origin = origin or KeyOrigin(hash160(node.public_key)[:4], ())
    _check_origin(data, origin)
    plain = str(wallycore.base58check_from_bytes(version + data[4:]))
    return ExtendedKey(plain, version, data[4], node, origin)


def fixed_key(text: str, origin: KeyOrigin | None) -> ExtendedKey:
    """A single public key (33 bytes in hexadecimal), which is its own master. Raises Malformed(DESCRIPTOR)."""
    public = bytes.fromhex(text)
    try:
        wallycore.ec_public_key_verify(public)
    except ValueError as error:
        raise Malformed(Bad.DESCRIPTOR, what="key-point") from error
    own = KeyOrigin(hash160(public)[:4], ())
    if origin not in (None, own):
        raise Malformed(Bad.DESCRIPTOR, what="key-origin")
    return ExtendedKey(public.hex(), b"", 0, Node(public, b""), own)


def _check_origin(data: bytes, origin: KeyOrigin) -> None:
    """Depth and last step inside the key must be those of the path claimed, where a path is claimed at all."""
    if not origin.path:
        if data[4] == 0 and origin.fingerprint != hash160(data[45:])[:4]:
            raise Malformed(Bad.DESCRIPTOR, what="key-origin")
        return
    last = int.from_bytes(data[9:13], "big")
    if data[4] != len(origin.path) or last != origin.path[-1]:
        raise Malformed(Bad.DESCRIPTOR, what="key-origin")


def unhardened(step: int) -> bool:
    return 0 <= step < HARDENED
