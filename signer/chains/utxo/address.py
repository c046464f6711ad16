"""Addresses: the text a coin writes its output scripts in, both ways, strict."""

from __future__ import annotations

import wallycore

from signer.chains.utxo.cashaddr import cash_from_script, cash_to_script
from signer.chains.utxo.coin import Params
from signer.chains.utxo.script import Kind, is_witness, kind_of
from signer.core.errors import Bad, Malformed

MAX_ADDRESS = 100  # characters of an address


def to_address(params: Params, script: bytes, *, tokens: bool = False) -> str | None:
    """The address of an output script, or None where this coin has none for it.

    `tokens`: in the form of a receiver who keeps tokens, where the coin has such a form.
    """
    if params.cash is not None:
        return cash_from_script(params.cash, script, tokens=tokens)
    match kind_of(script):
        case Kind.P2PKH:
            return str(wallycore.base58check_from_bytes(params.p2pkh + script[3:23]))
        case Kind.P2SH:
            return str(wallycore.base58check_from_bytes(params.p2sh + script[2:22]))
        case Kind.P2WPKH | Kind.P2WSH if params.hrp is not None:
            return str(wallycore.addr_segwit_from_bytes(script, params.hrp, 0))
        case Kind.P2TR if params.hrp is not None and params.taproot:
            return str(wallycore.addr_segwit_from_bytes(script, params.hrp, 0))
        case _:
            return None


def to_script(params: Params, address: str) -> bytes:
    """The output script of an address of exactly this network. Raises Malformed(ADDRESS)."""
    text = address.strip()
    if not text or len(text) > MAX_ADDRESS or not text.isascii():
        raise Malformed(Bad.ADDRESS, what=params.title)
    script = _segwit(params, text) or _cash(params, text) or _base58(params, text)
    if script is None:
        raise Malformed(Bad.ADDRESS, what=params.title)
    return script


def _cash(params: Params, text: str) -> bytes | None:
    """CashAddr, with or without its prefix."""
    if params.cash is None or text not in (text.lower(), text.upper()):
        return None
    whole = text.lower() if ":" in text else f"{params.cash}:{text.lower()}"
    return cash_to_script(params.cash, whole)


def _segwit(params: Params, text: str) -> bytes | None:
    if params.hrp is None or text not in (text.lower(), text.upper()):
        return None
    if not text.lower().startswith(params.hrp + "1"):
        return None
    try:
        script = bytes(wallycore.addr_segwit_to_bytes(text.lower(), params.hrp, 0))
    except ValueError:
        return None
    # Reading back is the proof that nothing was guessed: versions, lengths, checksum kind.
    return script if is_witness(script) and to_address(params, script) == text.lower() else None


def _base58(params: Params, text: str) -> bytes | None:
    try:
        payload = bytes(wallycore.base58check_to_bytes(text))
    except ValueError:
        return None
    if len(payload) != len(params.p2pkh) + 20 or wallycore.base58check_from_bytes(payload) != text:
        return None
    if payload[:-20] == params.p2pkh:
        return b"\x76\xa9\x14" + payload[-20:] + b"\x88\xac"
    if payload[:-20] in (params.p2sh, params.old_p2sh):
        return b"\xa9\x14" + payload[-20:] + b"\x87"
    return None
