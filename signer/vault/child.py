"""The one process that ever holds a key: opened for one signature, hardened first, gone after it.

Started by `session` as a fresh interpreter. It talks on its standard input and output, writes nothing else, and ends
without a word on anything it does not expect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signer.core.codec import decode, encode
from signer.core.errors import Broken, KinkoError, Lock, Tampered, VaultError
from signer.core.slot import KeyForm
from signer.core.task import Task
from signer.vault.frames import MAX_SECRET, PipeClosed, receive_frame, send_frame
from signer.vault.hardening import harden
from signer.vault.keys import KeyTree
from signer.vault.protocol import MAX_BATCH, Op, Status, error_answer, read_path, read_task, row_of
from signer.vault.seal import open_credential, open_secret, wipe
from signer.vault.sealed import Contents, Mode, SealedSlot

_IN, _OUT = 0, 1


class Keys(Protocol):
    """The keys behind a slot: a tree below a seed, or one in a token."""

    @property
    def fingerprint(self) -> bytes: ...

    def public_key(self, path: tuple[int, ...], form: KeyForm) -> str: ...

    def sign(self, task: Task) -> bytes: ...


@dataclass(slots=True)
class Child:
    """What has been opened so far."""

    contents: Contents
    device: bytearray
    officers: dict[str, X25519PrivateKey] = field(default_factory=dict)
    trees: dict[str, Keys] = field(default_factory=dict)

    @classmethod
    def opened(cls, message: list[object]) -> Self:
        """Read the vault file again and check its seal here too: the parent is not asked to be right."""
        seal_key, device = read_secret(), read_secret()
        try:
            return cls(Contents.from_bytes(row_of(message, 2).octets(1, 4 * 1024 * 1024), seal_key), device)
        finally:
            wipe(seal_key)

    def unlock(self, message: list[object]) -> object:
        passphrase, factor = read_secret(), read_secret()
        name = row_of(message, 2).text(1, 32)
        found = [item for item in self.contents.credentials if item.officer.name == name]
        if not found:
            raise VaultError(Lock.NO_OFFICER, officer=name)
        vault_id = self.contents.vault_id
        self.officers[name] = open_credential(vault_id, found[0], passphrase, factor, self.device)
        return None

    def public(self, message: list[object]) -> object:
        fields = row_of(message, 4)
        tree, form = self._tree(self.slot(fields.text(1, 32))), KeyForm(fields.text(3, 32))
        return [tree.public_key(read_path(path), form) for path in fields.items_of(2, MAX_BATCH)]

    def slot(self, name: str) -> SealedSlot:
        """Raises VaultError(NO_SLOT)."""
        for slot in self.contents.slots:
            if slot.header.name == name:
                return slot
        raise VaultError(Lock.NO_SLOT)

    def verbs(self) -> Mapping[int, Callable[[list[object]], object]]:
        return {Op.UNLOCK: self.unlock, Op.PUBLIC: self.public, Op.SIGN: self.sign}

    def sign(self, message: list[object]) -> object:
        return [self._sign_one(row) for row in row_of(message, 2).items_of(1, MAX_BATCH)]

    def _sign_one(self, row: object) -> bytes:
        task = read_task(row)
        slots = [slot for slot in self.contents.slots if slot.header.fingerprint == task.origin.fingerprint]
        if not slots:
            raise VaultError(Lock.NO_KEY)
        return self._tree(slots[0]).sign(task)

    def keys_of(self, slot: SealedSlot) -> Keys:
        """What the sealed secret of a slot opens. Raises VaultError(TOKEN): this child knows no tokens."""
        if slot.header.mode is not Mode.WRAPPED:
            raise VaultError(Lock.TOKEN, what=slot.header.name)
        return KeyTree.from_seed(open_secret(slot, self.officers))

    def _tree(self, slot: SealedSlot) -> Keys:
        header = slot.header
        if header.name not in self.trees:
            keys = self.keys_of(slot)
            if keys.fingerprint != header.fingerprint:
                raise Tampered(Broken.VAULT, what=header.name)
            self.trees[header.name] = keys
        return self.trees[header.name]


def read_secret() -> bytearray:
    return receive_frame(_IN, MAX_SECRET)


def _message() -> list[object]:
    match decode(bytes(receive_frame(_IN))):
        case [int(), *_] as message:
            return list(message)
    raise PipeClosed


def serve(kind: type[Child], *, files: bool) -> None:
    """Answer until the pipe closes. The first message must open the vault."""
    send_frame(_OUT, encode([Status.DONE, list(harden(files=files))]))
    message = _message()
    if message[0] != Op.OPEN:
        raise PipeClosed
    child = kind.opened(message)
    send_frame(_OUT, encode([Status.DONE, None]))
    verbs = child.verbs()
    while True:
        message = _message()
        try:
            answer = encode([Status.DONE, verbs[int(str(message[0]))](message)])
        except (VaultError, Tampered) as error:
            answer = error_answer(error)
        send_frame(_OUT, answer)


def run(kind: type[Child], *, files: bool = False) -> int:
    """Ends 0 when the parent hangs up, 1 on anything unexpected; says nothing either way. `files`: see `harden`."""
    try:
        serve(kind, files=files)
    except PipeClosed:
        return 0
    except (KinkoError, OSError, ValueError, KeyError):
        return 1
    return 0


def main() -> int:
    """The child that signs, and can do nothing else."""
    return run(Child)
