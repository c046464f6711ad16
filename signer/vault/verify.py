"""Whether a signature is right, by coincurve: not the library, nor the process, that made it."""

from __future__ import annotations

import coincurve

from signer.core.task import Algorithm, Signature, Task

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
                return False
    except ValueError:
        return False


def _ecdsa(task: Task, data: bytes) -> bool:
    r, s = int.from_bytes(data[:32], "big"), int.from_bytes(data[32:], "big")
    if not (0 < r < 2**255 and 0 < s <= _ORDER // 2):
        return False
    return bool(coincurve.PublicKey(task.public_key).verify(_der(r, s), task.message, hasher=None))


def _schnorr(task: Task, data: bytes) -> bool:
    """Against the output key Q = P + t G of BIP 341, P with even y."""
    key = coincurve.PublicKey(b"\x02" + task.public_key[-32:])
    tweaked = key.add(task.tweak) if task.tweak else key
    return bool(coincurve.PublicKeyXOnly(tweaked.format()[1:]).verify(data, task.message))


def _der(r: int, s: int) -> bytes:
    """The two integers as X.690 writes them."""
    parts = b"".join(b"\x02" + bytes([len(part)]) + part for part in (_integer(r), _integer(s)))
    return b"\x30" + bytes([len(parts)]) + parts


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")
