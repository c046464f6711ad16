"""The vault on this device's disk: one file, replaced whole, its version tied to the device's counter."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from signer.core.errors import Broken, Lock, Malformed, Tampered, VaultError
from signer.core.officer import Officer, check_name
from signer.core.slot import Slot
from signer.storage.files import locked, make_folder, read_file, take_lock, write_file
from signer.vault.protocol import Op
from signer.vault.sealed import ID_BYTES, Contents, Credential, Factor, Kdf, Mode, SealedSlot, SlotHeader
from signer.vault.secret import Counter, DeviceSecret, FileDevice
from signer.vault.session import ChildProcess, ChildSession
from signer.vault.tries import Tries

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 1024
NO_POLICY = bytes(32)
_NO_FINGERPRINT = bytes(4)
_T = TypeVar("_T")


def _no_factor(_officer: str) -> bytearray:
    return bytearray()


@dataclass(frozen=True, slots=True)
class FileVault:
    """The ceremonies' Vault. `factor(officer)` asks an officer's token for its secret, where he has one."""

    folder: Path
    device: DeviceSecret
    factor: Callable[[str], bytearray] = _no_factor

    @classmethod
    def at(cls, home: Path) -> FileVault:
        """The vault of a home directory with the development device secret in it, made on first use."""
        folder = home / "device"
        device = FileDevice(folder)
        return cls(home / "vault", device if device.exists() else FileDevice.create(folder))

    def initialise(self) -> None:
        """Make the vault's file on a device that has none. Raises VaultError(EXISTS)."""
        make_folder(self.folder)
        with locked(self._lock):
            if read_file(self._file) is not None or self._counter.count():
                raise VaultError(Lock.EXISTS, name=self.folder.name)
            self._tries().write({})
            self._write(Contents(os.urandom(ID_BYTES), 1, NO_POLICY))

    # --- what is there ---------------------------------------------------------------------------------------------

    def slots(self) -> tuple[Slot, ...]:
        """See ports.Vault."""
        contents = self._read()
        return tuple(slot.slot() for slot in contents.slots) if contents else ()

    def officers(self) -> tuple[Officer, ...]:
        """Everybody who has a credential on this device."""
        contents = self._read()
        return tuple(item.officer for item in contents.credentials) if contents else ()

    def session(self) -> ChildSession:
        """See ports.Vault. Raises VaultError: NO_VAULT, BUSY while another session lives, CHILD."""
        self._contents()
        lock = take_lock(self._lock)
        try:
            contents = self._contents()
            child = self._child()
        except (VaultError, Tampered):
            os.close(lock)
            raise
        names = frozenset(item.officer.name for item in contents.credentials)
        keys = tuple(slot.slot() for slot in contents.slots)
        return ChildSession(child, self._tries(), names, keys, lock, self.factor)

    # --- changing it -----------------------------------------------------------------------------------------------

    def appoint(self, officer: Officer, passphrase: bytearray, kdf: Kdf | None = None) -> None:
        """Give an officer a credential of his own. Wipes the passphrase.

        Raises VaultError: EXISTS, WEAK_SECRET for a passphrase of fewer than 8 characters; Malformed for a name.
        """
        try:
            check_name(officer.name, "officer")
            check_passphrase(passphrase)
            with locked(self._lock):
                contents = self._contents()
                if any(item.officer.name == officer.name for item in contents.credentials):
                    raise VaultError(Lock.EXISTS, name=officer.name)
                draft = Credential(
                    officer,
                    kdf or Kdf(),
                    bytes(16),
                    (Factor.PASSPHRASE,),
                    b"",
                    bytes(32),
                    bytes(12),
                    bytes(48),
                )
                row = self._ask([Op.APPOINT, draft.row()], passphrase, self.factor(officer.name))
                made = _from_child(Credential.read, row)
                self._change(contents, replace(contents, credentials=(*contents.credentials, made)))
        finally:
            passphrase[:] = bytes(len(passphrase))

    def create(self, slot: str, officers: Sequence[tuple[str, bytearray]], threshold: int) -> Slot:
        """The command line's Keys: a fresh key, its officers appointed where they are new. Wipes the passphrases.

        Raises VaultError as `appoint`, `create_slot` and, for officers there already, `session().unlock` do.
        """
        try:
            check_name(slot, "slot")
            _check_threshold(threshold, [name for name, _ in officers])
            if read_file(self._file) is None:
                self.initialise()
            known = {officer.name for officer in self.officers()}
            for name, secret in officers:
                if name in known:
                    self._prove(name, secret)
                else:
                    self.appoint(Officer(name), secret)
            return self.create_slot(slot, [name for name, _ in officers], threshold)
        finally:
            for _, secret in officers:
                secret[:] = bytes(len(secret))

    def create_slot(
        self,
        name: str,
        officers: Sequence[str],
        threshold: int,
        seed: bytearray | None = None,
        entropy: Sequence[bytearray] = (),
    ) -> Slot:
        """A new key that takes `threshold` of these officers to open: the 64-byte BIP 32 seed given, or a fresh one.

        A fresh seed is made in the child from the kernel's generator and whatever `entropy` adds. Wipes seed and
        entropy. Raises VaultError: EXISTS for the name or the key, NO_OFFICER, TOO_FEW for an impossible threshold.
        """
        given = seed if seed is not None else bytearray()
        check_name(name, "slot")
        with locked(self._lock):
            contents = self._contents()
            if any(slot.header.name == name for slot in contents.slots):
                raise VaultError(Lock.EXISTS, name=name)
            version = contents.version + 1
            header = SlotHeader(
                contents.vault_id,
                version,
                name,
                Mode.WRAPPED,
                _NO_FINGERPRINT,
                _check_threshold(threshold, officers),
                contents.policy,
                _holders(contents, officers),
            )
            row = self._ask([Op.CREATE, header.row(), len(entropy)], given, *entropy)
            made = _from_child(lambda found: SealedSlot.read(contents.vault_id, found), row)
            if any(slot.header.fingerprint == made.header.fingerprint for slot in contents.slots):
                raise VaultError(Lock.EXISTS, name=made.header.fingerprint.hex())
            self._change(contents, replace(contents, slots=(*contents.slots, made)))
        return made.slot()

    def _prove(self, officer: str, passphrase: bytearray) -> None:
        session = self.session()
        try:
            session.unlock(officer, passphrase)
        finally:
            session.close()

    # --- the file --------------------------------------------------------------------------------------------------

    def _contents(self) -> Contents:
        contents = self._read()
        if contents is None:
            raise VaultError(Lock.NO_VAULT)
        return contents

    def _read(self) -> Contents | None:
        """The vault, None before genesis. Raises Tampered: COUNTER for an older copy, VAULT for a changed one."""
        data = read_file(self._file)
        if data is None:
            if self.folder.exists() and self._counter.count():
                raise Tampered(Broken.VAULT, what="missing")
            return None
        contents = Contents.from_bytes(data, self._seal_key())
        count = self._counter.count()
        if contents.version not in (count, count + 1):
            raise Tampered(Broken.COUNTER, what=f"{contents.version} < {count}")
        # One ahead: the power went between the file and the counter. The seal says the file is this device's own.
        self._counter.advance(contents.version)
        return contents

    def _change(self, before: Contents, after: Contents) -> None:
        self._write(replace(after, version=before.version + 1))

    def _write(self, contents: Contents) -> None:
        write_file(self._file, contents.to_bytes(self._seal_key()))
        self._counter.advance(contents.version)

    def _ask(self, message: list[object], *secrets: bytearray) -> object:
        """One question to a child of its own."""
        child = self._child()
        try:
            return child.call(message, *secrets)
        finally:
            child.close()

    def _child(self) -> ChildProcess:
        data = read_file(self._file)
        if data is None:
            raise VaultError(Lock.NO_VAULT)
        return ChildProcess(data, self._seal_key(), self.device.key(b"officer factor"))

    def _tries(self) -> Tries:
        return Tries(self.folder / "tries", self.device.key(b"tries seal"))

    def _seal_key(self) -> bytearray:
        return self.device.key(b"vault seal")

    @property
    def _counter(self) -> Counter:
        return self.device.counter("vault")

    @property
    def _file(self) -> Path:
        return self.folder / "vault"

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"


def check_passphrase(passphrase: bytearray) -> None:
    """At least 8 characters of UTF-8, counted without making a copy. Raises VaultError(WEAK_SECRET)."""
    characters = sum(byte & 0xC0 != 0x80 for byte in passphrase)
    if characters < MIN_PASSPHRASE or len(passphrase) > MAX_PASSPHRASE:
        raise VaultError(Lock.WEAK_SECRET, least=MIN_PASSPHRASE)


def _check_threshold(threshold: int, officers: Sequence[str]) -> int:
    if not 1 <= threshold <= len(officers) or len(set(officers)) != len(officers):
        raise VaultError(Lock.TOO_FEW, needed=threshold)
    return threshold


def _holders(contents: Contents, officers: Sequence[str]) -> tuple[tuple[str, bytes], ...]:
    known = {item.officer.name: item.public_key for item in contents.credentials}
    for officer in officers:
        if officer not in known:
            raise VaultError(Lock.NO_OFFICER, officer=officer)
    return tuple((officer, known[officer]) for officer in officers)


def _from_child(read: Callable[[object], _T], row: object) -> _T:
    try:
        return read(row)
    except Malformed as error:
        raise VaultError(Lock.CHILD) from error
