"""A PKCS#11 token from the parent's side: keys made in it, cards, the device secret behind it. Never opened here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from signer.core.codec import decode, encode
from signer.core.errors import Lock, VaultError
from signer.core.officer import Factor
from signer.core.pin import AskPin, PinOf
from signer.storage.files import make_folder, read_file, write_file
from signer.vault.asking import Trade, ask_child
from signer.vault.protocol import Op, row_of
from signer.vault.seal import wipe
from signer.vault.sealed import SecondFactor
from signer.vault.secret import COUNTERS, Counter, DeviceSecret, FileCounter, derive_key
from signer.vault.tokenkey import TokenPlace

#: Under which label a token keeps the key behind the device secret.
DEVICE_LABEL = "kinko device"


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Asks the token one question at a time. `lock` is the file that whoever talks to the token holds."""

    library: str
    token: str
    lock: Path

    def ask(self, op: Op, label: str, pin: bytearray, blob: bytes = b"") -> object:
        """Raises VaultError: TOKEN with what it was about, BUSY, CHILD. The PIN stays as it is: it is the caller's."""
        message = [op, [self.library, self.token, label], blob]
        return ask_child(Trade.PKCS11, message, pin, self.lock)

    def make_key(self, label: str, pin: bytearray) -> bytes:
        """A new secp256k1 key in the token; its public key, 33 bytes."""
        match self.ask(Op.TOKEN_KEY, label, pin):
            case bytes() as public if len(public) == 33:
                return public
        raise VaultError(Lock.CHILD)


@dataclass(frozen=True, slots=True)
class CardReader:
    """An officer's second factor on a PKCS#11 card: a secret wrapped by a key that never leaves it.

    `pin(CARD, officer)` asks for the card's PIN; a card locks itself after too many wrong ones. `lock` as in TokenDesk.
    """

    lock: Path
    pin: AskPin

    def enrol(self, officer: str, library: str, token: str, taken: Sequence[bytes]) -> SecondFactor:
        """Make a secret on a card. `taken` are the hints of other officers' cards: whatever it is called, a card that
        has the key of one of them is his, and one with the device's key is the device's. Raises VaultError(TOKEN)."""
        label = f"kinko {os.urandom(8).hex()}"
        known = [DEVICE_LABEL, *(_place(hint).label for hint in taken)]
        match self._ask(Op.TOKEN_SECRET, officer, TokenPlace(library, token, label), encode(known)):
            case [bytes() as secret, bytes() as blob]:
                place = TokenPlace(library, token, label)
                return SecondFactor(Factor.CARD, encode([place.row(), blob]), bytearray(secret))
        raise VaultError(Lock.CHILD)

    def answer(self, officer: str, hint: bytes) -> bytearray:
        """What the card of this officer answers. Raises VaultError(TOKEN)."""
        blob = row_of(decode(hint), 2).octets(1, 256)
        match self._ask(Op.TOKEN_READ, officer, _place(hint), blob):
            case bytes() as secret:
                return bytearray(secret)
        raise VaultError(Lock.CHILD)

    def _ask(self, op: Op, officer: str, place: TokenPlace, blob: bytes = b"") -> object:
        pin = self.pin(PinOf.CARD, officer)
        try:
            return TokenDesk(place.library, place.token, self.lock).ask(op, place.label, pin, blob)
        finally:
            wipe(pin)


def _place(hint: bytes) -> TokenPlace:
    return TokenPlace.read(row_of(decode(hint), 2).items[0])


@dataclass(slots=True)
class HsmDevice:
    """The vault's DeviceSecret behind a token's wrapping key. Read once a process; `pin()` gives the token's PIN.

    PKCS#11 has no counters: they are files, or those of the TPM in `beside`, which is erased with it.
    """

    folder: Path
    desk: TokenDesk
    label: str
    pin: Callable[[], bytearray]
    beside: DeviceSecret | None = None
    _secret: bytearray = field(default_factory=bytearray, repr=False)

    def create(self) -> None:
        """Make wrapping key and secret. Raises VaultError(EXISTS)."""
        make_folder(self.folder)
        if read_file(self._blob) is not None:
            raise VaultError(Lock.EXISTS, name=self.label)
        match self._ask(Op.TOKEN_SECRET):
            case [bytes() as secret, bytes() as blob]:
                self._secret = bytearray(secret)
            case _:
                raise VaultError(Lock.CHILD)
        for name in COUNTERS:
            write_file(self.folder / name, b"0")
        write_file(self._blob, blob)

    @property
    def protects(self) -> bool:
        return True

    def exists(self) -> bool:
        return read_file(self._blob) is not None

    def key(self, purpose: bytes) -> bytearray:
        if not self._secret:
            blob = read_file(self._blob)
            if blob is None:
                raise VaultError(Lock.DEVICE, what="token secret")
            match self._ask(Op.TOKEN_READ, blob):
                case bytes() as secret:
                    self._secret = bytearray(secret)
                case _:
                    raise VaultError(Lock.CHILD)
        return derive_key(self._secret, purpose)

    def counter(self, name: str) -> Counter:
        return self.beside.counter(name) if self.beside else FileCounter(self.folder / name)

    def erase(self) -> None:
        """Destroy the wrapping key in the token, then what it wrapped."""
        self._secret[:] = bytes(len(self._secret))
        self._secret = bytearray()
        if self.exists():
            self._ask(Op.TOKEN_DROP)
            os.unlink(self._blob)
        if self.beside:
            self.beside.erase()

    def _ask(self, op: Op, blob: bytes = b"") -> object:
        pin = self.pin()
        try:
            return self.desk.ask(op, self.label, pin, blob)
        finally:
            wipe(pin)

    @property
    def _blob(self) -> Path:
        return self.folder / "wrapped"
