"""Output scripts: telling the known kinds apart, building the ones an account uses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

import wallycore

_MAX_SPENDABLE = 10_000
_OP_RETURN = 0x6A
_OP_1 = 0x51
_OP_16 = 0x60
_OP_CHECKMULTISIG = 0xAE


class Kind(Enum):
    """The output scripts that have an address, and the others."""

    P2PKH = "p2pkh"
    P2SH = "p2sh"
    P2WPKH = "p2wpkh"
    P2WSH = "p2wsh"
    P2TR = "p2tr"
    DATA = "data"
    UNKNOWN = "unknown"


def kind_of(script: bytes) -> Kind:
    """The kind of an output script, by its exact form."""
    size = len(script)
    if size == 34 and script[:2] == b"\x00\x20":
        return Kind.P2WSH
    if size == 23 and script[:2] == b"\xa9\x14" and script[22] == 0x87:
        return Kind.P2SH
    if size == 22 and script[:2] == b"\x00\x14":
        return Kind.P2WPKH
    if size == 34 and script[:2] == b"\x51\x20":
        return Kind.P2TR
    if size == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return Kind.P2PKH
    if size and script[0] == _OP_RETURN:
        return Kind.DATA
    return Kind.UNKNOWN


def is_witness(script: bytes) -> bool:
    """Whether this is any witness program (BIP 141), also of a version nobody has given a meaning yet."""
    if not 4 <= len(script) <= 42 or script[1] + 2 != len(script):
        return False
    return script[0] == 0 or _OP_1 <= script[0] <= _OP_16


def is_burn(script: bytes) -> bool:
    """Whether nobody can ever spend this although it looks like a payment: zero hashes, points off the curve."""
    match kind_of(script):
        case Kind.P2PKH | Kind.P2SH | Kind.P2WPKH | Kind.P2WSH:
            start = 3 if script[0] == 0x76 else 2
            length = 32 if len(script) == 34 else 20
            return not any(script[start : start + length])
        case Kind.P2TR:
            try:
                wallycore.ec_xonly_public_key_verify(script[2:])
            except ValueError:
                return True
            return False
        case _:
            return len(script) > _MAX_SPENDABLE


def hash160(data: bytes) -> bytes:
    """RIPEMD-160 of SHA-256, by wallycore: OpenSSL 3 no longer gives everyone RIPEMD."""
    return bytes(wallycore.hash160(data))


def p2wsh(witness_script: bytes) -> bytes:
    return b"\x00\x20" + hashlib.sha256(witness_script).digest()


def p2sh(redeem_script: bytes) -> bytes:
    return b"\xa9\x14" + hash160(redeem_script) + b"\x87"


def p2wpkh(public_key: bytes) -> bytes:
    return b"\x00\x14" + hash160(public_key)


def p2pkh(public_key: bytes) -> bytes:
    return b"\x76\xa9\x14" + hash160(public_key) + b"\x88\xac"


def p2tr(public_key: bytes) -> bytes:
    """The key-path-only output of an internal key (BIP 86): tweaked by nothing but itself."""
    return b"\x51\x20" + bytes(wallycore.ec_public_key_bip341_tweak(public_key, None, 0))[1:]


def multisig(threshold: int, keys: tuple[bytes, ...]) -> bytes:
    """Bare m-of-n CHECKMULTISIG over compressed keys, in the order given; at most 16."""
    pushed = b"".join(b"\x21" + key for key in keys)
    return bytes([_OP_1 - 1 + threshold]) + pushed + bytes([_OP_1 - 1 + len(keys), _OP_CHECKMULTISIG])


@dataclass(frozen=True, slots=True)
class Multisig:
    """What a multisig script says."""

    threshold: int
    keys: tuple[bytes, ...]


def read_multisig(script: bytes) -> Multisig | None:
    """A script of `multisig`'s form taken apart, or None for any other."""
    if len(script) < 37 or script[-1] != _OP_CHECKMULTISIG or (len(script) - 3) % 34:
        return None
    threshold, count = script[0] - _OP_1 + 1, script[-2] - _OP_1 + 1
    pieces = tuple(script[at : at + 34] for at in range(1, len(script) - 2, 34))
    if len(pieces) != count or not 1 <= threshold <= count or any(piece[0] != 0x21 for piece in pieces):
        return None
    return Multisig(threshold, tuple(piece[1:] for piece in pieces))


def push(data: bytes) -> bytes:
    """One script push, shortest form."""
    size = len(data)
    if size < 0x4C:
        return bytes([size]) + data
    if size <= 0xFF:
        return b"\x4c" + bytes([size]) + data
    return b"\x4d" + size.to_bytes(2, "little") + data
