"""An officer's FIDO2 token from the parent's side: its hmac-secret is his second factor. Asked through a child only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signer.core.codec import decode, encode
from signer.core.errors import Lock, VaultError
from signer.core.officer import Factor
from signer.core.pin import AskPin, PinOf
from signer.vault.asking import Trade, ask_child
from signer.vault.protocol import Op, row_of
from signer.vault.seal import wipe
from signer.vault.sealed import SecondFactor

SALT_BYTES = 32
SECRET_BYTES = 32
MAX_CREDENTIAL = 900


@dataclass(frozen=True, slots=True)
class FidoReader:
    """`device` is the token's HID device, empty for the one that is plugged in. `pin(FIDO2, officer)` asks for its PIN.

    The token counts wrong PINs itself and blocks after eight (CTAP 2.1, 6.5).
    """

    device: str
    lock: Path
    pin: AskPin

    def enrol(self, officer: str, taken: Sequence[bytes]) -> SecondFactor:
        """Make a credential on the token, and have it answer once. `taken` are the hints of other officers' tokens.

        Raises VaultError(TOKEN), also for a token that is one of theirs.
        """
        salt = os.urandom(SALT_BYTES)
        known = [row_of(decode(hint), 2).octets(0, MAX_CREDENTIAL) for hint in taken]
        match self._ask(Op.FIDO_ENROL, officer, b"", salt, known):
            case [bytes() as credential, bytes() as secret] if 0 < len(credential) <= MAX_CREDENTIAL:
                return SecondFactor(Factor.FIDO2, encode([credential, salt]), bytearray(secret))
        raise VaultError(Lock.CHILD)

    def answer(self, officer: str, hint: bytes) -> bytearray:
        """The 32 bytes that the token, its PIN and a touch give for this officer. Raises VaultError(TOKEN)."""
        fields = row_of(decode(hint), 2)
        known, salt = fields.octets(0, MAX_CREDENTIAL), fields.octets(1, SALT_BYTES, SALT_BYTES)
        match self._ask(Op.FIDO_ANSWER, officer, known, salt, []):
            case bytes() as secret if len(secret) == SECRET_BYTES:
                return bytearray(secret)
        raise VaultError(Lock.CHILD)

    def _ask(self, op: Op, officer: str, credential: bytes, salt: bytes, taken: list[bytes]) -> object:
        pin = self.pin(PinOf.FIDO2, officer)
        try:
            return ask_child(Trade.FIDO2, [op, self.device, officer, credential, salt, taken], pin, self.lock)
        finally:
            wipe(pin)
