"""Whether a signature is right, by libraries and in a process that did not make it.

coincurve looks at every one. It is libsecp256k1 as the signing library is, though another build of it, so OpenSSL,
which shares no code with it but is ten times slower, looks at ECDSA signatures too: at all of the first inputs, and
beyond them at a sample that nobody can foresee. It has no BIP 340. NEM's are verified with integers alone.
"""

from __future__ import annotations

import secrets

import coincurve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from signer.core.task import Algorithm, Signature, Task
from signer.vault.edwards import is_right

#: Tasks with an index below this one are all verified by OpenSSL too, 0.3 ms each; of those beyond, one in so many.
BY_OPENSSL = 200
SAMPLE = 16
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def verify_signature(task: Task, signature: Signature) -> bool:
    """The ceremonies' VerifySignature. ECDSA must be low-S and low-R as BIP 62 and Bitcoin Core ask of a signer."""
    if (signature.index, signature.public_key) != (task.index, task.public_key) or len(signature.data) != 64:
        return False
    try:
        match task.algorithm:
            case Algorithm.ECDSA:
                return _ecdsa(task, signature.data)
            case Algorithm.SCHNORR:
                return _schnorr(task, signature.data)
            case Algorithm.ED25519_KECCAK:
                return is_right(task.public_key, task.message, signature.data)
    except ValueError:
        return False


def _ecdsa(task: Task, data: bytes) -> bool:
    r, s = int.from_bytes(data[:32], "big"), int.from_bytes(data[32:], "big")
    if not (0 < r < 2**255 and 0 < s <= _ORDER // 2):
        return False
    der = encode_dss_signature(r, s)
    right = bool(coincurve.PublicKey(task.public_key).verify(der, task.message, hasher=None))
    return right and (not _is_for_openssl(task) or _openssl(task, der))


def _is_for_openssl(task: Task) -> bool:
    return task.index < BY_OPENSSL or secrets.randbelow(SAMPLE) == 0


def _openssl(task: Task, der: bytes) -> bool:
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), task.public_key)
    try:
        key.verify(der, task.message, ec.ECDSA(Prehashed(SHA256())))
    except InvalidSignature:
        return False
    return True


def _schnorr(task: Task, data: bytes) -> bool:
    """Against the output key Q = P + t G of BIP 341, P with even y."""
    key = coincurve.PublicKey(b"\x02" + task.public_key[-32:])
    tweaked = key.add(task.tweak) if task.tweak else key
    return bool(coincurve.PublicKeyXOnly(tweaked.format()[1:]).verify(data, task.message))
