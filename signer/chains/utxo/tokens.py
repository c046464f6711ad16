"""Tokens of Bitcoin Cash (CHIP-2022-02-CashTokens 2.2.2): the prefix that an output carries before its script.

A prefix that breaks one of the specification's rules is none: its output stays a script that nobody knows, and is
refused as such.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from signer.chains.utxo.coin import Params
from signer.chains.utxo.cursor import Cursor, compact, sized
from signer.core.errors import Malformed

MAX_COMMITMENT = 40  # bytes of an NFT's commitment
MAX_SUPPLY: Final = 2**63 - 1  # fungible tokens of a category
PREFIX: Final = 0xEF
_CATEGORY: Final = 32
_RESERVED, _HAS_COMMITMENT, _HAS_NFT, _HAS_AMOUNT = 0x80, 0x40, 0x20, 0x10
#: What the id of a category's NFTs ends with: they are counted apart from its fungible tokens.
_UNIQUE: Final = "/nft"


class Capability(Enum):
    """What whoever spends an NFT may do with it."""

    NONE = "none"
    MUTABLE = "mutable"
    MINTING = "minting"


_CAPABILITIES: Final = (Capability.NONE, Capability.MUTABLE, Capability.MINTING)


class Nft(NamedTuple):
    """What makes one token of a category different from another: up to 40 bytes, and what may be done with it."""

    capability: Capability
    commitment: bytes


class Token(NamedTuple):
    """What one output carries: `amount` of a category's fungible tokens (0: none), and at most one NFT.

    `category` is 32 bytes as on the wire; people write it reversed, like the transaction id that it is.
    """

    category: bytes
    amount: int
    nft: Nft | None = None

    @property
    def name(self) -> str:
        """The category as people write it, 64 hex digits: the id of its fungible tokens in a policy."""
        return self.category[::-1].hex()

    @property
    def unique(self) -> str:
        """The id of the category's NFTs in a policy."""
        return self.name + _UNIQUE

    @property
    def assets(self) -> tuple[str, ...]:
        """The ids of all that is here."""
        return (*([self.name] if self.amount else []), *([self.unique] if self.nft else []))

    def to_bytes(self) -> bytes:
        """The prefix: what stands before the script, and what a signature covers of a spent token."""
        bits = _HAS_AMOUNT if self.amount else 0
        tail = b""
        if self.nft is not None:
            bits |= _HAS_NFT | _CAPABILITIES.index(self.nft.capability)
            if self.nft.commitment:
                bits |= _HAS_COMMITMENT
                tail = sized(self.nft.commitment)
        if self.amount:
            tail += compact(self.amount)
        return bytes([PREFIX]) + self.category + bytes([bits]) + tail


def split(params: Params, script: bytes) -> tuple[Token | None, bytes]:
    """What an output carries, and the script that locks it; all of the script where that is no token."""
    return parted(script) if params.tokens else (None, script)


def parted(script: bytes) -> tuple[Token | None, bytes]:
    """As `split`, of a coin that has tokens."""
    if not script or script[0] != PREFIX:
        return None, script
    cursor = Cursor(script, "token")
    cursor.skip(1)
    try:
        token = _token(cursor)
    except Malformed:
        return None, script
    return (None, script) if token is None else (token, script[cursor.at :])


def _token(cursor: Cursor) -> Token | None:
    """One prefix after its first byte; None where a rule is broken. Raises Malformed where bytes are missing."""
    category, bits = cursor.take(_CATEGORY), cursor.number(1)
    kind = bits & 0x0F
    if bits & _RESERVED or not bits & (_HAS_NFT | _HAS_AMOUNT) or kind >= len(_CAPABILITIES):
        return None
    if not bits & _HAS_NFT and (kind or bits & _HAS_COMMITMENT):
        return None
    commitment = b""
    if bits & _HAS_COMMITMENT:
        size = cursor.compact()
        if not 1 <= size <= MAX_COMMITMENT:
            return None
        commitment = cursor.take(size)
    amount = cursor.compact() if bits & _HAS_AMOUNT else 0
    if bits & _HAS_AMOUNT and not 1 <= amount <= MAX_SUPPLY:
        return None
    return Token(category, amount, Nft(_CAPABILITIES[kind], commitment) if bits & _HAS_NFT else None)
