"""Text signed with a key of Bitcoin's family: the form of `signmessage`, as BSMS (BIP 129) and wallets have it.

The digest begins with a phrase no transaction begins with, so such a signature moves nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

import wallycore as wally

from signer.core.errors import Bad, Malformed

_MAGIC: Final = b"\x18Bitcoin Signed Message:\n"
MAX_MESSAGE: Final = 16 * 1024
_COMPRESSED: Final = 31


def message_digest(text: str) -> bytes:
    """SHA-256d over the phrase, the length and the text, 32 bytes. Raises Malformed(TOO_LARGE)."""
    data = text.encode()
    if len(data) > MAX_MESSAGE:
        raise Malformed(Bad.TOO_LARGE, what="message", limit=MAX_MESSAGE)
    size = bytes([len(data)]) if len(data) < 0xFD else b"\xfd" + len(data).to_bytes(2, "little")
    return hashlib.sha256(hashlib.sha256(_MAGIC + size + data).digest()).digest()


def write_signature(public_key: bytes, digest: bytes, compact: bytes) -> str:
    """A compact signature (64 bytes) with what its key is recovered by, in base 64. Raises Malformed(SIGNATURE)."""
    for recovery in range(4):
        whole = bytes([_COMPRESSED + recovery]) + compact
        if _recovered(digest, whole) == public_key:
            return base64.b64encode(whole).decode()
    raise Malformed(Bad.SIGNATURE, what="message")


def signed_text(public_key: bytes, text: str, signature: str) -> bool:
    """Whether this compressed public key (33 bytes) signed the text. The header's kind of address does not matter."""
    try:
        whole = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(whole) != 65 or not 27 <= whole[0] <= 42:
        return False
    plain = bytes([_COMPRESSED + (whole[0] - 27) % 4]) + whole[1:]
    return _recovered(message_digest(text), plain) == public_key


def _recovered(digest: bytes, whole: bytes) -> bytes:
    try:
        return bytes(wally.ec_sig_to_public_key(digest, whole))
    except ValueError:
        return b""
