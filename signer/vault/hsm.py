"""A PKCS#11 token from the parent's side: keys made in it, and the device secret behind it. It is never opened here.

Each question goes to a fresh process, one at a time under a lock: libraries of tokens crash in threads, refuse
concurrent logins, and know a token that was pulled and put back only after a restart.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from signer.core.codec import decode, encode
from signer.core.errors import Lock, Malformed, VaultError
from signer.storage.files import locked, make_folder, read_file, write_file
from signer.vault.frames import PipeClosed, receive_frame, send_frame
from signer.vault.protocol import Op, Status, read_error, row_of
from signer.vault.sealed import Credential, Factor, SecondFactor
from signer.vault.secret import COUNTERS, Counter, FileCounter, derive_key
from signer.vault.session import ROOT, child_environment
from signer.vault.tokenkey import TokenPlace
from signer.vault.vault import no_card

_ASK = f"import sys; sys.path.insert(0, {ROOT!r}); from signer.vault.tokenchild import ask_main; sys.exit(ask_main())"
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Asks the token one question at a time. `lock` is the file that whoever talks to the token holds."""

    library: str
    token: str
    lock: Path

    def ask(self, op: Op, label: str, pin: bytearray, blob: bytes = b"") -> object:
        """Raises VaultError: TOKEN with what it was about, BUSY, CHILD. The PIN stays as it is: it is the caller's."""
        with locked(self.lock, _PATIENCE):
            process = subprocess.Popen(
                [sys.executable, "-I", "-c", _ASK],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                cwd="/",
                start_new_session=True,
            )
            try:
                if process.stdin is None or process.stdout is None:
                    raise VaultError(Lock.CHILD)
                send_frame(process.stdin.fileno(), encode([op, [self.library, self.token, label], blob]))
                send_frame(process.stdin.fileno(), pin)
                answer = decode(bytes(receive_frame(process.stdout.fileno(), timeout=_PATIENCE)))
            except (PipeClosed, Malformed) as error:
                raise VaultError(Lock.TOKEN, what="no answer") from error
            finally:
                process.kill()
                process.communicate()
        match answer:
            case [Status.DONE, payload]:
                return payload
            case [int() as status, code, details]:
                raise read_error(status, code, details)
        raise VaultError(Lock.CHILD)

    def make_key(self, label: str, pin: bytearray) -> bytes:
        """A new secp256k1 key in the token; its public key, 33 bytes."""
        match self.ask(Op.TOKEN_KEY, label, pin):
            case bytes() as public if len(public) == 33:
                return public
        raise VaultError(Lock.CHILD)


@dataclass(frozen=True, slots=True)
class CardReader:
    """An officer's second factor on a PKCS#11 card: a secret wrapped by a key that never leaves it.

    `pin(officer)` asks for the card's PIN; a card locks itself after too many wrong ones. `lock` as in TokenDesk.
    """

    lock: Path
    pin: Callable[[str], bytearray]

    def enrol(self, officer: str, library: str, token: str, label: str) -> SecondFactor:
        """Make a secret on a card. Raises VaultError: TOKEN, EXISTS for the label."""
        match TokenDesk(library, token, self.lock).ask(Op.TOKEN_SECRET, label, self.pin(officer)):
            case [bytes() as secret, bytes() as blob]:
                place = TokenPlace(library, token, label)
                return SecondFactor(Factor.CARD, encode([place.row(), blob]), bytearray(secret))
        raise VaultError(Lock.CHILD)

    def __call__(self, credential: Credential) -> bytearray:
        """What the card of this officer answers; nothing for one without. Raises VaultError(TOKEN)."""
        if Factor.CARD not in credential.factors:
            return no_card(credential)
        fields = row_of(decode(credential.hint), 2)
        place = TokenPlace.read(fields.items[0])
        desk = TokenDesk(place.library, place.token, self.lock)
        match desk.ask(Op.TOKEN_READ, place.label, self.pin(credential.officer.name), fields.octets(1, 256)):
            case bytes() as secret:
                return bytearray(secret)
        raise VaultError(Lock.CHILD)


@dataclass(slots=True)
class HsmDevice:
    """The vault's DeviceSecret behind a token's wrapping key. Read once a process; `pin()` gives the token's PIN.

    PKCS#11 has no counters: they are files, and `counter_of` puts others in their place where a TPM has them.
    """

    folder: Path
    desk: TokenDesk
    label: str
    pin: Callable[[], bytearray]
    counter_of: Callable[[str], Counter] | None = None
    _secret: bytearray = field(default_factory=bytearray, repr=False)

    def create(self) -> None:
        """Make wrapping key and secret. Raises VaultError(EXISTS)."""
        make_folder(self.folder)
        if read_file(self._blob) is not None:
            raise VaultError(Lock.EXISTS, name=self.label)
        match self.desk.ask(Op.TOKEN_SECRET, self.label, self.pin()):
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
            match self.desk.ask(Op.TOKEN_READ, self.label, self.pin(), blob):
                case bytes() as secret:
                    self._secret = bytearray(secret)
                case _:
                    raise VaultError(Lock.CHILD)
        return derive_key(self._secret, purpose)

    def counter(self, name: str) -> Counter:
        return self.counter_of(name) if self.counter_of else FileCounter(self.folder / name)

    def erase(self) -> None:
        """Destroy the wrapping key in the token, then what it wrapped."""
        self._secret[:] = bytes(len(self._secret))
        self._secret = bytearray()
        if self.exists():
            self.desk.ask(Op.TOKEN_DROP, self.label, self.pin())
            os.unlink(self._blob)

    @property
    def _blob(self) -> Path:
        return self.folder / "wrapped"
