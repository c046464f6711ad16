"""What the ceremonies need from the world. `signer/__main__.py` wires the adapters to these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from signer.core.account import Account, Cosigner
from signer.core.event import Event
from signer.core.officer import Means, Officer
from signer.core.policy import Policy
from signer.core.record import Record
from signer.core.sight import CameraEvent
from signer.core.slot import KeyForm, Slot
from signer.core.task import Signature, Task
from signer.core.upkeep import Upkeep


class Clock(Protocol):
    """Time that never goes back, also over restarts."""

    def now(self) -> int:
        """Unix seconds."""


class Journal(Protocol):
    """The append-only record."""

    def append(self, event: Event) -> int:
        """Store durably (fsync) and return the record's number. Raises Tampered or VaultError(DEVICE) if it cannot."""

    def checkpoint(self, seen: Sequence[bytes] = ()) -> bytes:
        """The signed head, to go out with a response, proved to continue the newest of this journal's checkpoints
        in `seen`. Raises Tampered(JOURNAL) if it does not continue one of them."""


class Archive(Protocol):
    """The journal as those read it who check on the device."""

    def __len__(self) -> int:
        """How many records there are."""

    def records(self, start: int = 0) -> Iterator[Record]:
        """All records from a number on. Raises Tampered(JOURNAL)."""

    def verify(self) -> int:
        """Read everything again; how many records there are, all of them sound. Raises Tampered(JOURNAL)."""

    def checkpoint(self) -> bytes: ...


class SigningSession(Protocol):
    """One child process that holds what officers unlocked, for one signature, and is gone after it."""

    def unlock(self, officer: str, secret: bytearray) -> None:
        """Prove an officer, keep the share, wipe `secret`. Raises VaultError(WRONG_FACTOR, LOCKED_OUT, NO_OFFICER)."""

    def public_keys(
        self, slot: str, paths: Sequence[tuple[int, ...]], form: KeyForm = KeyForm.XPUB
    ) -> tuple[Cosigner, ...]:
        """The public keys at these paths of a slot whose officers have unlocked it. Raises VaultError."""

    def sign(self, tasks: Sequence[Task]) -> tuple[Signature, ...]:
        """Sign every task twice and compare; the session is over after this. Raises VaultError."""

    def close(self) -> None:
        """End the child. Harmless when repeated."""


class Vault(Protocol):
    """Where the keys are."""

    def slots(self) -> tuple[Slot, ...]:
        """Every key on this device; empty before genesis."""

    def officers(self) -> tuple[Officer, ...]:
        """Everybody who can prove himself here."""

    def session(self) -> SigningSession:
        """A fresh child that holds nothing yet."""


class Keys(Protocol):
    """Making keys the short way, for a device of one's own; a ceremony for an institution is `ceremony.genesis`."""

    def create(
        self,
        slot: str,
        officers: Sequence[tuple[str, bytearray]],
        threshold: int,
        means: Means = ...,
    ) -> Slot:
        """A fresh key under the officers' passphrases, which are wiped, and what else `means` says.

        It is made from the system's entropy; or inside a PKCS#11 token, which it never leaves.
        """


class Accounts(Protocol):
    """What ceremonies enrolled."""

    def list(self) -> tuple[Account, ...]: ...

    def add(self, account: Account) -> None:
        """Keep it; it counts when the journal has it as well. Raises VaultError(EXISTS) where the name is taken."""


class Policies(Protocol):
    """The policy in force and what it must remember between requests."""

    def current(self) -> Policy: ...

    def in_force(self, now: int) -> Sequence[Policy]:
        """The current one, and each before it whose delay has not passed since it was left: all of them hold then.

        No address in their books counts as older than this device's agreement to it.
        """

    def builders(self) -> Mapping[bytes, str]:
        """The Ed25519 public keys (32 bytes) of enrolled builders, and what each is called."""

    def spent(self, account_id: bytes) -> Sequence[tuple[int, int]]:
        """(time, units) of what left this account in signed transactions, oldest first, for rolling limits."""

    def moved(self, account_id: bytes) -> Sequence[tuple[int, str, int]]:
        """(time, asset, units) of what left it of assets beside the chain's own coin, oldest first."""

    def unseen(self, checkpoint: bytes) -> int | None:
        """How many journal records came after this checkpoint; None if it is not one of this journal's."""

    def seen(self, request_id: bytes) -> bool:
        """Whether a request with this id was signed before."""

    def upkeep(self) -> Upkeep:
        """What the journal says of the device's own keeping."""

    def last_sequence(self, builder: bytes) -> int:
        """The highest sequence number signed for this builder key, or -1."""


class Builders(Protocol):
    """Whose requests are accepted: the writing side of `Policies.builders`."""

    def add_builder(self, public_key: bytes, name: str) -> None: ...


class Camera(Protocol):
    """Frames to text, in a child process that holds no key."""

    def poll(self, timeout: float) -> tuple[CameraEvent, ...]:
        """What was seen since the last call; waits no longer than `timeout` seconds."""

    def close(self) -> None: ...


#: Whether a signature is right, by a second library than the one that made it.
VerifySignature = Callable[[Task, Signature], bool]
