"""The vault on this device's disk: one file, replaced whole, its version tied to the device's counter."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.core.officer import PASSPHRASES, Means, Officer, check_name
from signer.core.pin import AskPin, nobody_to_ask
from signer.core.slot import Origin, Slot
from signer.storage.files import locked, make_folder, read_file, take_lock, write_file
from signer.vault.assembly import Assembly, check_threshold
from signer.vault.factors import Bare, Equipment
from signer.vault.hardware import TOKEN_LOCK, Readers, device_of, read_hardware
from signer.vault.sealed import ID_BYTES, Contents, Kdf, Mode
from signer.vault.secret import Counter, DeviceSecret
from signer.vault.session import ChildProcess, ChildSession, Gate, Trade
from signer.vault.tries import Tries

NO_POLICY = bytes(32)
BARE = Bare()


def _no_time() -> int:
    return 0


@dataclass(frozen=True, slots=True)
class FileVault:
    """The ceremonies' Vault. `equipment` reads officers' cards and tokens; `now` is the time in Unix seconds, against
    which terms of office end (0: they do not); `kdf` says how costly a new passphrase is to try."""

    folder: Path
    device: DeviceSecret
    equipment: Equipment = BARE
    now: Callable[[], int] = _no_time
    kdf: Callable[[], Kdf] = Kdf

    @classmethod
    def at(cls, home: Path, now: Callable[[], int] = _no_time, ask_pin: AskPin = nobody_to_ask) -> FileVault:
        """The vault of a home directory, with the hardware it has (see `hardware`); its device secret is made on first
        use. Raises Malformed, VaultError, Tampered."""
        hardware = read_hardware(home)
        device = device_of(home, hardware, ask_pin)
        return cls(home / "vault", device, Readers.at(home, hardware, ask_pin), now)

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
        credentials = contents.credentials if contents else ()
        return tuple(replace(item.officer, holds=item.holds) for item in credentials)

    def erase(self) -> None:
        """Destroy the device secret: what is sealed under it opens nowhere any more. Raises VaultError(DEVICE)."""
        self.device.erase()

    def policy(self) -> bytes:
        """The digest of the policy that the keys are sealed under, zeros for none. Raises Tampered."""
        contents = self._read()
        return contents.policy if contents else NO_POLICY

    def session(self) -> ChildSession:
        """See ports.Vault. Raises VaultError: NO_VAULT, BUSY while another session lives, CHILD."""
        child, gate, contents, locks = self._open(Trade.SIGN)
        keys = tuple(slot.slot() for slot in contents.slots)
        lock = self.folder / TOKEN_LOCK if any(key.in_token for key in keys) else None
        return ChildSession(child, gate, keys, locks, lock)

    # --- changing it -----------------------------------------------------------------------------------------------

    def assembly(self) -> Assembly:
        """Gather officers to change the vault. Raises VaultError: NO_VAULT, BUSY, CHILD."""
        child, gate, contents, locks = self._open(Trade.FORGE)
        return Assembly(child, gate, contents, self._change, self.equipment, self.kdf, locks)

    def appoint(self, officer: Officer, passphrase: bytearray, kdf: Kdf | None = None) -> None:
        """One officer more, see Assembly.appoint."""
        with closing(self.assembly()) as assembly:
            assembly.appoint(officer, passphrase, kdf=kdf)
            assembly.commit()

    def create_slot(
        self,
        name: str,
        officers: Sequence[str],
        threshold: int,
        seed: bytearray | None = None,
        entropy: Sequence[bytearray] = (),
    ) -> Slot:
        """One key more, from a 64-byte BIP 32 seed or fresh, see Assembly.create."""
        origin = Origin.FRESH if seed is None else Origin.SEED
        with closing(self.assembly()) as assembly:
            made = assembly.create(name, officers, threshold, origin, seed, entropy)
            assembly.commit()
        return made.slot

    def create(
        self,
        slot: str,
        officers: Sequence[tuple[str, bytearray]],
        threshold: int,
        means: Means = PASSPHRASES,
    ) -> Slot:
        """See ports.Keys. Raises VaultError as Assembly's `appoint`, `create`, `adopt_token` and, for officers there
        already, `unlock` do."""
        try:
            check_name(slot, "slot")
            check_threshold(threshold, [name for name, _ in officers])
            if read_file(self._file) is None:
                self.initialise()
            known = {officer.name for officer in self.officers()}
            with closing(self.assembly()) as assembly:
                for name, secret in officers:
                    if name in known:
                        assembly.unlock(name, secret)
                    else:
                        assembly.appoint(Officer(name, holds=means.held_by(name)), secret)
                self._check_agreed(known & {name for name, _ in officers})
                names = [name for name, _ in officers]
                if means.token:
                    made = self._in_token(assembly, means.token, slot, names, threshold)
                else:
                    made = assembly.create(slot, names, threshold).slot
                assembly.commit()
            return made
        finally:
            for _, secret in officers:
                secret[:] = bytes(len(secret))

    def _check_agreed(self, present: set[str]) -> None:
        """A further key needs the quorum of each there is. Raises VaultError(TOO_FEW)."""
        if any(len(present & set(slot.officers)) < slot.threshold for slot in self.slots()):
            raise VaultError(Lock.TOO_FEW)

    def _in_token(
        self, assembly: Assembly, token: str, slot: str, officers: Sequence[str], threshold: int
    ) -> Slot:
        if any(known.name == slot for known in self.slots()):
            raise VaultError(Lock.EXISTS, name=slot)
        public, sealed = self.equipment.make_key(token, slot)
        return assembly.adopt_token(slot, officers, threshold, sealed, public)

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

    def _change(self, contents: Contents) -> None:
        self._write(replace(contents, version=contents.version + 1))

    def _write(self, contents: Contents) -> None:
        write_file(self._file, contents.to_bytes(self._seal_key()))
        self._counter.advance(contents.version)

    def _open(self, trade: Trade) -> tuple[ChildProcess, Gate, Contents, list[int]]:
        self._contents()
        locks = [take_lock(self._lock)]
        try:
            contents = self._contents()
            if trade is Trade.SIGN and any(slot.header.mode is Mode.TOKEN for slot in contents.slots):
                trade = Trade.TOKEN
            data = contents.to_bytes(self._seal_key())
            child = ChildProcess(data, self._seal_key(), self.device.key(b"officer factor"), trade)
        except (VaultError, Tampered):
            for lock in locks:
                os.close(lock)
            raise
        return (
            child,
            Gate(contents.credentials, self._tries(), self.equipment.answer, self.now),
            contents,
            locks,
        )

    def _tries(self) -> Tries:
        return Tries(self.folder / "tries", self.device.key(b"tries seal"), self.device.counter("tries"))

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
