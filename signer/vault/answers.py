"""Known-answer tests of every primitive the vault stands on, run at power-on: each with the source of its vector."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import coincurve
import wallycore as wally
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signer.vault.edges import ecdsa_edges, point_edges, schnorr_edges
from signer.vault.shares import combine, split


def known_answers() -> tuple[tuple[str, bool], ...]:
    """Each primitive by name, and whether it answers as it must. About a tenth of a second."""
    return tuple((name, _passes(test)) for name, test in ANSWERS.items())


def _passes(test: Callable[[], bool]) -> bool:
    try:
        return test()
    except (ValueError, InvalidSignature, InvalidTag, TypeError):
        return False


def _sha256() -> bool:
    """FIPS 180-4, `abc`."""
    return hashlib.sha256(b"abc").hexdigest().startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9c")


def _argon2id() -> bool:
    """RFC 9106, section 5.3."""
    kdf = Argon2id(
        salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\4" * 12, secret=b"\3" * 8
    )
    return kdf.derive(b"\1" * 32).hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


def _hkdf() -> bool:
    """RFC 5869, test case 1, its first 32 bytes."""
    key = HKDF(SHA256(), 32, salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA))).derive(b"\x0b" * 22)
    return key.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"


def _aes_gcm_siv() -> bool:
    """RFC 8452, appendix C.2, the second: eight bytes under a key of 01 00 ..."""
    key, nonce = b"\1" + bytes(31), b"\3" + bytes(11)
    sealed = AESGCMSIV(key).encrypt(nonce, b"\1" + bytes(7), b"")
    return sealed.hex() == "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"


def _x25519() -> bool:
    """RFC 7748, section 6.1."""
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(_ALICE))
    shared = private.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(_BOB_PUBLIC)))
    return shared.hex() == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"


_ALICE: Final = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
_BOB_PUBLIC: Final = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"


def _hpke() -> bool:
    """RFC 9180, base mode: what is sealed opens, under the same context only."""
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    private = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    sealed = suite.encrypt(b"share", private.public_key(), info=b"context")
    try:
        suite.decrypt(sealed, private, info=b"another")
    except InvalidTag:
        return suite.decrypt(sealed, private, info=b"context") == b"share"
    return False


def _ed25519() -> bool:
    """RFC 8032, section 7.1, test 1."""
    private = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    return (
        private.sign(b"")
        .hex()
        .startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac")
    )


def _bip32() -> bool:
    """BIP 32, test vector 2, m/0."""
    seed = bytes(0xFF - 3 * index for index in range(64))
    root = wally.bip32_key_from_seed(seed, wally.BIP32_VER_MAIN_PRIVATE, 0)
    node = wally.bip32_key_from_parent(root, 0, wally.BIP32_FLAG_KEY_PRIVATE)
    return str(wally.bip32_key_to_base58(node, wally.BIP32_FLAG_KEY_PUBLIC)).startswith(
        "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3D"
    )


def _bip39() -> bool:
    """The reference vectors of BIP 39: 32 bytes of 7f."""
    words = str(wally.bip39_mnemonic_from_bytes(None, b"\x7f" * 32))
    return words.split()[:3] == ["legal", "winner", "thank"] and words.split()[-1] == "title"


def _ecdsa() -> bool:
    """RFC 6979 on secp256k1 for the key 1 and `Satoshi Nakamoto`; and what libwally signs, libsecp256k1 verifies."""
    digest = hashlib.sha256(b"Satoshi Nakamoto").digest()
    made = bytes(wally.ec_sig_from_bytes((1).to_bytes(32, "big"), digest, wally.EC_FLAG_ECDSA))
    der = bytes(wally.ec_sig_to_der(made))
    right = coincurve.PublicKey.from_secret((1).to_bytes(32, "big")).verify(der, digest, hasher=None)
    return bool(right) and made.hex().startswith(
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
    )


def _schnorr() -> bool:
    """BIP 340, test vector 0."""
    key = (3).to_bytes(32, "big")
    made = bytes(wally.ec_sig_from_bytes_aux(key, bytes(32), bytes(32), wally.EC_FLAG_SCHNORR))
    return made.hex().startswith("e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215")


def _shares() -> bool:
    """Any two of three give the secret back, and one wrong share does not."""
    parts = split(bytearray(b"secret"), 2, 3, lambda count: bytes(range(1, count + 1)))
    back = [combine({a + 1: parts[a], b + 1: parts[b]}) for a, b in ((0, 1), (0, 2), (1, 2))]
    return all(secret == b"secret" for secret in back) and combine({1: parts[0], 3: parts[1]}) != b"secret"


ANSWERS: Final = MappingProxyType(
    {
        "SHA-256": _sha256,
        "Argon2id": _argon2id,
        "HKDF": _hkdf,
        "AES-GCM-SIV": _aes_gcm_siv,
        "X25519": _x25519,
        "HPKE": _hpke,
        "Ed25519": _ed25519,
        "BIP 32": _bip32,
        "BIP 39": _bip39,
        "ECDSA": _ecdsa,
        "Schnorr": _schnorr,
        "points": point_edges,
        "ECDSA edges": ecdsa_edges,
        "Schnorr edges": schnorr_edges,
        "shares": _shares,
    }
)
