"""CashAddr, the addresses of Bitcoin Cash: `prefix:` and 40 bits of checksum over prefix, kind and hash.

By the specification (bitcoincash/cashaddr) and that of CashTokens, whose addresses of a receiver who can keep tokens
name the same scripts by other kinds. Hashes of 160 bits only: scripts of 32-byte hashes are not made here.
"""

from __future__ import annotations

from typing import Final

from signer.chains.utxo.script import Kind, kind_of

_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_CHECKSUM: Final = 8
_HASH: Final = 20
#: Version byte: the kind in bits 3 to 6, the size of the hash below (0: 160 bits).
_P2PKH, _P2SH, _TOKEN_P2PKH, _TOKEN_P2SH = 0x00, 0x08, 0x10, 0x18


def cash_from_script(prefix: str, script: bytes, *, tokens: bool = False) -> str | None:
    """The address of an output script, with its prefix; None where there is none.

    `tokens`: that of a receiver who can keep tokens.
    """
    match kind_of(script):
        case Kind.P2PKH:
            return encode(prefix, bytes([_TOKEN_P2PKH if tokens else _P2PKH]) + script[3:23])
        case Kind.P2SH:
            return encode(prefix, bytes([_TOKEN_P2SH if tokens else _P2SH]) + script[2:22])
        case _:
            return None


def cash_to_script(prefix: str, text: str) -> bytes | None:
    """The output script of an address in lower case with this prefix; None for anything else."""
    payload = decode(prefix, text)
    if payload is None or len(payload) != 1 + _HASH:
        return None
    if payload[0] in (_P2PKH, _TOKEN_P2PKH):
        return b"\x76\xa9\x14" + payload[1:] + b"\x88\xac"
    if payload[0] in (_P2SH, _TOKEN_P2SH):
        return b"\xa9\x14" + payload[1:] + b"\x87"
    return None


def encode(prefix: str, payload: bytes) -> str:
    """Prefix, colon, payload and checksum."""
    values = _regroup(payload, 8, 5)
    values += _checksum(prefix, values)
    return f"{prefix}:{''.join(_ALPHABET[value] for value in values)}"


def decode(prefix: str, text: str) -> bytes | None:
    """The payload of a lower-case text with this prefix and a right checksum, else None."""
    head, colon, body = text.partition(":")
    if head != prefix or not colon or len(body) <= _CHECKSUM or any(c not in _ALPHABET for c in body):
        return None
    values = [_ALPHABET.index(character) for character in body]
    if _polymod(_spelled(prefix) + values):
        return None
    payload = bytes(_regroup(values[:-_CHECKSUM], 5, 8))
    # Padding bits that are not zero, or more of them than needed, are another spelling of the same: refused.
    return payload if _regroup(payload, 8, 5) == values[:-_CHECKSUM] else None


def _checksum(prefix: str, values: list[int]) -> list[int]:
    state = _polymod(_spelled(prefix) + values + [0] * _CHECKSUM)
    return [state >> 5 * (7 - place) & 31 for place in range(_CHECKSUM)]


def _spelled(prefix: str) -> list[int]:
    return [ord(character) & 31 for character in prefix] + [0]


def _polymod(values: list[int]) -> int:
    state = 1
    for value in values:
        top = state >> 35
        state = (state & 0x07FFFFFFFF) << 5 ^ value
        for bit, constant in enumerate(_GENERATOR):
            if top >> bit & 1:
                state ^= constant
    return state ^ 1


def _regroup(values: bytes | list[int], width: int, into: int) -> list[int]:
    """Bits in groups of another width. Towards five bits the last group is filled with zeros; towards eight, cut."""
    held, bits, groups = 0, 0, []
    for value in values:
        held = (held << width | value) & 0xFFF
        bits += width
        while bits >= into:
            bits -= into
            groups.append(held >> bits & (1 << into) - 1)
    if bits and into < width:
        groups.append(held << into - bits & (1 << into) - 1)
    return groups
