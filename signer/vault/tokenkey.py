"""Where a token's key is, and what a slot of mode TOKEN seals: values that parent and child both speak of."""

from __future__ import annotations

from dataclasses import dataclass

import wallycore as wally

from signer.core.codec import decode, encode
from signer.vault.protocol import row_of

MAX_TEXT = 100


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where a key is: the PKCS#11 library's path, the token's label, the key's label."""

    library: str
    token: str
    label: str

    def row(self) -> list[object]:
        return [self.library, self.token, self.label]

    @classmethod
    def read(cls, value: object) -> TokenPlace:
        fields = row_of(value, 3)
        return cls(fields.text(0, MAX_TEXT), fields.text(1, 32), fields.text(2, 64))


@dataclass(frozen=True, slots=True)
class TokenSecret:
    """Where the key is, the PIN, the public key (33 bytes). At most 240 bytes as CBOR."""

    place: TokenPlace
    pin: str
    public: bytes

    def to_bytes(self) -> bytes:
        return encode([self.place.row(), self.pin, self.public])

    @classmethod
    def from_bytes(cls, data: bytes) -> TokenSecret:
        fields = row_of(decode(data), 3)
        return cls(TokenPlace.read(fields.items[0]), fields.text(1, 64), fields.octets(2, 33, 33))


def token_fingerprint(public: bytes) -> bytes:
    """As BIP 32 makes one of a master key: the first 4 bytes of HASH160."""
    return bytes(wally.hash160(public)[:4])
