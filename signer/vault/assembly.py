"""Officers gathered to change the vault: appoint, make keys, seal anew, revoke. Nothing is written until `commit`.

Whatever touches a key needs enough of its holders unlocked here: an officer leaves, a threshold or a policy changes
only by sealing the key again, and that only its quorum can do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from signer.core.errors import Lock, Malformed, VaultError
from signer.core.lookalike import alike, check_alphabet
from signer.core.officer import Factor, Officer, check_name
from signer.core.slot import BackupPlan, NewKey, Origin, Slot
from signer.vault.factors import Equipment, joined
from signer.vault.protocol import Op
from signer.vault.sealed import Contents, Credential, Kdf, Mode, SealedSlot, SlotHeader, join_hints
from signer.vault.session import ChildProcess, Gate
from signer.vault.tokenkey import token_fingerprint

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 1024
NO_FINGERPRINT = bytes(4)
_T = TypeVar("_T")


@dataclass(slots=True)
class Assembly:
    """One forge child, and the vault as it will be. Close it, committed or not."""

    child: ChildProcess
    gate: Gate
    contents: Contents
    write: Callable[[Contents], None]
    equipment: Equipment
    kdf: Callable[[], Kdf]
    locks: list[int]

    def unlock(self, officer: str, secret: bytearray) -> None:
        """As in a signing session."""
        self.gate.unlock(self.child, officer, secret)

    def appoint(
        self,
        officer: Officer,
        passphrase: bytearray,
        *,
        kdf: Kdf | None = None,
        leaving: str = "",
    ) -> None:
        """Give an officer a credential of his own, under what he holds too if he is to. Wipes all secrets.

        What he holds is nobody else's, but for that of who is `leaving` and hands it over.

        Raises VaultError: EXISTS, WEAK_SECRET for a passphrase of fewer than 8 characters, TOKEN; Malformed for a name.
        """
        try:
            check_name(officer.name, "officer")
            for text in (officer.name, officer.site, officer.organisation):
                check_alphabet(text, "officer")
            check_passphrase(passphrase)
            for item in self.contents.credentials:
                if alike(officer.name, item.officer.name):
                    raise VaultError(Lock.EXISTS, name=item.officer.name)
            others = tuple(item for item in self.contents.credentials if item.officer.name != leaving)
            seconds = self.equipment.enrol(officer.name, officer.holds, others)
            secret = joined([second.secret for second in seconds])
            draft = Credential(
                replace(officer, holds=()),
                kdf or self.kdf(),
                bytes(16),
                (Factor.PASSPHRASE, *(second.kind for second in seconds)),
                join_hints(seconds),
                bytes(32),
                bytes(12),
                bytes(48),
            )
            row = self.child.call([Op.APPOINT, draft.row()], passphrase, secret)
        finally:
            passphrase[:] = bytes(len(passphrase))
        made = _from_child(Credential.read, row)
        self.contents = replace(self.contents, credentials=(*self.contents.credentials, made))

    def create(
        self,
        name: str,
        officers: Sequence[str],
        threshold: int,
        origin: Origin = Origin.FRESH,
        secret: bytearray | None = None,
        entropy: Sequence[bytearray] = (),
        plan: BackupPlan | None = None,
        fingerprint: bytes = NO_FINGERPRINT,
    ) -> NewKey:
        """A new key that takes `threshold` of these officers to open. Wipes `secret` and `entropy`.

        A fresh one is made from the kernel's generator and whatever `entropy` adds. `fingerprint` is what a restored
        one must have. Raises VaultError: EXISTS for the name or the key, NO_OFFICER, TOO_FEW, BACKUP.
        """
        check_name(name, "slot")
        check_threshold(threshold, officers)
        if any(slot.header.name == name for slot in self.contents.slots):
            raise VaultError(Lock.EXISTS, name=name)
        header = self._header(name, Mode.WRAPPED, fingerprint, threshold, officers)
        backup = plan or BackupPlan()
        groups = [list(group) for group in backup.groups]
        message: list[object] = [Op.CREATE, header.row(), origin.value, len(entropy), [backup.needed, groups]]
        row, words, shares = _new_key(
            self.child.call(message, secret if secret is not None else bytearray(), *entropy)
        )
        made = self._read_slot(row)
        if any(slot.header.fingerprint == made.header.fingerprint for slot in self.contents.slots):
            raise VaultError(Lock.EXISTS, name=made.header.fingerprint.hex())
        self.contents = replace(self.contents, slots=(*self.contents.slots, made))
        return NewKey(made.slot(), words, shares)

    def adopt_token(
        self, name: str, officers: Sequence[str], threshold: int, sealed: bytearray, public: bytes
    ) -> Slot:
        """A key that stays in its token: what is sealed under the officers is its PIN (`token_secret`). Wipes it.

        Raises VaultError as `create` does.
        """
        check_name(name, "slot")
        check_threshold(threshold, officers)
        fingerprint = token_fingerprint(public)
        if any(
            slot.header.name == name or slot.header.fingerprint == fingerprint for slot in self.contents.slots
        ):
            raise VaultError(Lock.EXISTS, name=name)
        header = self._header(name, Mode.TOKEN, fingerprint, threshold, officers)
        row, _, _ = _new_key(
            self.child.call([Op.CREATE, header.row(), Origin.SEED.value, 0, [1, []]], sealed)
        )
        made = self._read_slot(row)
        self.contents = replace(self.contents, slots=(*self.contents.slots, made))
        return made.slot()

    def reseal(self, name: str, officers: Sequence[str], threshold: int) -> None:
        """Give a key other holders; enough of the old ones have unlocked. Raises VaultError, Tampered."""
        check_threshold(threshold, officers)
        old = self._slot(name).header
        header = self._header(name, old.mode, old.fingerprint, threshold, officers)
        made = self._read_slot(self.child.call([Op.RESEAL, name, header.row()]))
        slots = tuple(made if slot.header.name == name else slot for slot in self.contents.slots)
        self.contents = replace(self.contents, slots=slots)

    def replace_officer(self, leaving: str, coming: str) -> None:
        """In every key the one holds, the other holds a share instead; who leaves has no credential any more."""
        for slot in self._held_by(leaving):
            names = [coming if name == leaving else name for name, _ in slot.header.holders]
            self.reseal(slot.header.name, names, slot.header.threshold)
        self._dismiss(leaving)

    def revoke(self, officer: str) -> None:
        """He holds nothing any more. Raises VaultError(TOO_FEW) where a key would be left with too few holders."""
        for slot in self._held_by(officer):
            names = [name for name, _ in slot.header.holders if name != officer]
            self.reseal(slot.header.name, names, slot.header.threshold)
        self._dismiss(officer)

    def bind_policy(self, digest: bytes) -> None:
        """Seal every key under another policy (32 bytes): each needs its own quorum here."""
        self.contents = replace(self.contents, policy=digest)
        for slot in self.contents.slots:
            names = [name for name, _ in slot.header.holders]
            self.reseal(slot.header.name, names, slot.header.threshold)

    def drill(self, fingerprint: bytes, origin: Origin, secret: bytearray) -> None:
        """Whether a backup gives the key of this fingerprint (4 bytes); wipes it. Raises VaultError(BACKUP) if not."""
        self.child.call([Op.DRILL, fingerprint, origin.value], secret)

    def commit(self) -> None:
        """Write the vault as it is now, one version on, and end."""
        self.write(self.contents)
        self.close()

    def close(self) -> None:
        """End the child; what was not committed has not happened. Harmless when repeated."""
        self.child.close()
        while self.locks:
            os.close(self.locks.pop())

    def _held_by(self, officer: str) -> list[SealedSlot]:
        if all(item.officer.name != officer for item in self.contents.credentials):
            raise VaultError(Lock.NO_OFFICER, officer=officer)
        return [slot for slot in self.contents.slots if officer in (name for name, _ in slot.header.holders)]

    def _dismiss(self, officer: str) -> None:
        kept = tuple(item for item in self.contents.credentials if item.officer.name != officer)
        self.contents = replace(self.contents, credentials=kept)
        self.gate.tries.clear(officer)

    def _slot(self, name: str) -> SealedSlot:
        for slot in self.contents.slots:
            if slot.header.name == name:
                return slot
        raise VaultError(Lock.NO_SLOT)

    def _header(
        self, name: str, mode: Mode, fingerprint: bytes, threshold: int, officers: Sequence[str]
    ) -> SlotHeader:
        known = {item.officer.name: item.public_key for item in self.contents.credentials}
        for officer in officers:
            if officer not in known:
                raise VaultError(Lock.NO_OFFICER, officer=officer)
        holders = tuple((officer, known[officer]) for officer in officers)
        version = self.contents.version + 1
        return SlotHeader(
            self.contents.vault_id, version, name, mode, fingerprint, threshold, self.contents.policy, holders
        )

    def _read_slot(self, row: object) -> SealedSlot:
        return _from_child(lambda found: SealedSlot.read(self.contents.vault_id, found), row)


def check_passphrase(passphrase: bytearray) -> None:
    """At least 8 characters of UTF-8, counted without making a copy. Raises VaultError(WEAK_SECRET)."""
    characters = sum(byte & 0xC0 != 0x80 for byte in passphrase)
    if characters < MIN_PASSPHRASE or len(passphrase) > MAX_PASSPHRASE:
        raise VaultError(Lock.WEAK_SECRET, least=MIN_PASSPHRASE)


def check_threshold(threshold: int, officers: Sequence[str]) -> None:
    """1 to as many as there are, each of them once. Raises VaultError(TOO_FEW)."""
    if not 1 <= threshold <= len(officers) or len(set(officers)) != len(officers):
        raise VaultError(Lock.TOO_FEW, needed=threshold)


def _from_child(read: Callable[[object], _T], row: object) -> _T:
    try:
        return read(row)
    except Malformed as error:
        raise VaultError(Lock.CHILD) from error


def _new_key(answer: object) -> tuple[object, str, tuple[tuple[str, ...], ...]]:
    match answer:
        case [row, str() as words, list() as groups]:
            return row, words, tuple(tuple(str(share) for share in group) for group in groups)
    raise VaultError(Lock.CHILD)
