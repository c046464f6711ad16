"""The parent's side of a signing child: start it, talk to it, end it. No secret stays here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from signer.core.account import Cosigner, KeyOrigin
from signer.core.codec import decode, encode
from signer.core.errors import Lock, Malformed, VaultError
from signer.core.slot import KeyForm, Slot
from signer.core.task import Signature, Task
from signer.storage.files import take_lock
from signer.vault.frames import PipeClosed, receive_frame, send_frame
from signer.vault.protocol import Op, Status, batches, read_error, task_row
from signer.vault.sealed import Credential
from signer.vault.tries import Tries

MAX_TASKS = 65_536
TOKEN_SETTINGS = ("SOFTHSM2_CONF", "YUBIHSM_PKCS11_CONF")
ROOT = str(Path(__file__).resolve().parents[2])
# Isolated from environment and current folder (-I); the house itself is found where this file is.
_START = f"import sys; sys.path.insert(0, {ROOT!r}); from signer.vault.{{}} import main; sys.exit(main())"
_PATIENCE = 300.0
_TOKEN_PATIENCE = 10.0


class Trade(Enum):
    """What a child can do, by the module it runs."""

    SIGN = "child"
    FORGE = "forge"
    TOKEN = "tokenchild"


def child_environment() -> dict[str, str]:
    """Nothing of ours but where PKCS#11 libraries look for their settings."""
    return {"LC_ALL": "C.UTF-8"} | {name: os.environ[name] for name in TOKEN_SETTINGS if name in os.environ}


def start_line(trade: Trade) -> str:
    """What a fresh interpreter is given to run."""
    return _START.format(trade.value)


class ChildProcess:
    """A fresh child. Every failure of it is VaultError(CHILD), and it is dead afterwards."""

    def __init__(self, vault_file: bytes, seal_key: bytearray, factor_key: bytearray, trade: Trade) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", start_line(trade)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise VaultError(Lock.CHILD) from error
        hardened = self._receive()
        match hardened:
            case [bool() as locked, bool() as cut]:
                self.memory_locked, self.network_cut = locked, cut
            case _:
                self.close()
                raise VaultError(Lock.CHILD)
        self.call([Op.OPEN, vault_file], seal_key, factor_key)

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, message: list[object], *secrets: bytearray) -> object:
        """One question and its answer. Secrets follow as raw frames and are wiped, whatever happens."""
        try:
            send_frame(self._input, encode(message))
            for secret in secrets:
                send_frame(self._input, secret)
        except PipeClosed as error:
            self.close()
            raise VaultError(Lock.CHILD) from error
        finally:
            for secret in secrets:
                secret[:] = bytes(len(secret))
        return self._receive()

    def close(self) -> None:
        """Kill it, wait for it, close the pipes. Harmless when repeated."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def _input(self) -> int:
        if self._process.stdin is None or self._process.stdin.closed:
            raise PipeClosed
        return self._process.stdin.fileno()

    def _receive(self) -> object:
        try:
            if self._process.stdout is None or self._process.stdout.closed:
                raise PipeClosed
            answer = decode(bytes(receive_frame(self._process.stdout.fileno(), timeout=_PATIENCE)))
        except (PipeClosed, Malformed) as error:
            self.close()
            raise VaultError(Lock.CHILD) from error
        match answer:
            case [Status.DONE, payload]:
                return payload
            case [int() as status, code, details]:
                raise read_error(status, code, details)
        self.close()
        raise VaultError(Lock.CHILD)


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may try to unlock, and how often. `factor(credential)` asks an officer's card, where he has one."""

    credentials: tuple[Credential, ...]
    tries: Tries
    factor: Callable[[Credential], bytearray]
    now: Callable[[], int]

    def unlock(self, child: ChildProcess, officer: str, secret: bytearray) -> None:
        """Prove an officer to a child. A try is counted before it is made, so that killing the process saves none.

        Without the card of one who has a card there is no try. Wipes `secret`. Raises VaultError: NO_OFFICER, TERM,
        TOKEN, LOCKED_OUT, WRONG_FACTOR with how many tries are left.
        """
        left = 0
        try:
            factor = self.factor(self._admit(officer))
            left = self.tries.begin(officer)
            child.call([Op.UNLOCK, officer], secret, factor)
        except VaultError as error:
            if error.code is Lock.WRONG_FACTOR:
                raise VaultError(Lock.WRONG_FACTOR, officer=officer, left=left) from error
            raise
        finally:
            secret[:] = bytes(len(secret))
        self.tries.clear(officer)

    def _admit(self, name: str) -> Credential:
        for credential in self.credentials:
            if credential.officer.name == name:
                if not credential.officer.serves(self.now()):
                    raise VaultError(Lock.TERM, officer=name)
                return credential
        raise VaultError(Lock.NO_OFFICER, officer=name)


@dataclass(slots=True)
class ChildSession:
    """The ceremonies' SigningSession, over a child. `locks` are descriptors of locks, held until closed.

    `token_lock`: whose key may be in a token holds this while signing, and not while officers' own cards are asked.
    """

    child: ChildProcess
    gate: Gate
    keys: tuple[Slot, ...]
    locks: list[int]
    token_lock: Path | None = None

    def unlock(self, officer: str, secret: bytearray) -> None:
        """See ports.SigningSession."""
        self.gate.unlock(self.child, officer, secret)

    def public_keys(
        self, slot: str, paths: Sequence[tuple[int, ...]], form: KeyForm = KeyForm.XPUB
    ) -> tuple[Cosigner, ...]:
        """See ports.SigningSession."""
        found = next((key for key in self.keys if key.name == slot), None)
        if found is None:
            raise VaultError(Lock.NO_SLOT)
        answer = self.child.call([Op.PUBLIC, slot, [list(path) for path in paths], form.value])
        texts = [text for text in answer if isinstance(text, str)] if isinstance(answer, list) else []
        if len(texts) != len(paths):
            raise VaultError(Lock.CHILD)
        origins = [KeyOrigin(found.fingerprint, tuple(path)) for path in paths]
        return tuple(Cosigner(origin, text) for origin, text in zip(origins, texts, strict=True))

    def sign(self, tasks: Sequence[Task]) -> tuple[Signature, ...]:
        """See ports.SigningSession."""
        try:
            if len(tasks) > MAX_TASKS:
                raise VaultError(Lock.NO_KEY)
            if self.token_lock is not None:
                self.locks.append(take_lock(self.token_lock, _TOKEN_PATIENCE))
            made: list[Signature] = []
            for batch in batches(tasks):
                answer = self.child.call([Op.SIGN, [task_row(task) for task in batch]])
                made += _signatures(batch, answer)
            return tuple(made)
        finally:
            self.close()

    def close(self) -> None:
        """See ports.SigningSession."""
        self.child.close()
        while self.locks:
            os.close(self.locks.pop())


def _signatures(tasks: list[Task], answer: object) -> list[Signature]:
    data = [item for item in answer if isinstance(item, bytes)] if isinstance(answer, list) else []
    if len(data) != len(tasks) or not all(len(item) == 64 for item in data):
        raise VaultError(Lock.CHILD)
    return [Signature(task.index, task.public_key, item) for task, item in zip(tasks, data, strict=True)]
