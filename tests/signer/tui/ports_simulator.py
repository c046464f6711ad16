"""The world around the screens, in memory: a vault with real keys, a journal, accounts, a camera that plays codes."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from signer.ceremony.custody import Hall, Premise
from signer.ceremony.examine import Desk
from signer.ceremony.ports import Camera
from signer.ceremony.reception import Read
from signer.ceremony.showing import Showing, show
from signer.ceremony.signing import Bench
from signer.chains.registry import READERS, find_chain
from signer.core.account import Account, Cosigner
from signer.core.checkpoint import Head, sign_head
from signer.core.envelope import seal
from signer.core.errors import Bad, KinkoError, Lock, Malformed, VaultError
from signer.core.event import Event
from signer.core.officer import Officer
from signer.core.policy import BUILT_IN, Policy
from signer.core.record import Record
from signer.core.request import SpendRequest
from signer.core.sight import CameraEvent, Ended, Ending, Preview, Seen, Stats
from signer.core.slot import KeyForm, Slot
from signer.core.task import Signature, Task
from signer.core.upkeep import Upkeep
from signer.tui.app import KinkoApp
from signer.tui.stages import Rooms
from signer.vault.verify import verify_signature
from signer.wire.values import Dialect, Format, Kind, Payload
from tests.vectors.workshop import Cosigner as Workshop
from tests.vectors.workshop import Group, Pay, back, book, coin, p2wpkh

NOW = 1_790_000_000
CHAIN = find_chain("bitcoin", "regtest")
GROUP = Group()
PASSPHRASES: Mapping[str, str] = {"aiko": "correct horse", "ben": "battery staple", "chie": "tree of wisdom"}
BUILDER = hashlib.sha256(b"builder").digest()
TRIES = 5


class StillClock:
    def now(self) -> int:
        return NOW


@dataclass
class ListJournal:
    """Keeps events; can be made to fail like a full disk."""

    events: list[Event] = field(default_factory=list)
    failing: KinkoError | None = None

    def append(self, event: Event) -> int:
        if self.failing is not None:
            raise self.failing
        self.events.append(event)
        return len(self.events) - 1

    def checkpoint(self, seen: Sequence[bytes] = ()) -> bytes:
        root = hashlib.sha256(str(len(self.events)).encode()).digest()
        head = Head("kinko-test", len(self.events), root)
        return sign_head(head, bytes(32), lambda message: bytes(64)).to_bytes()

    def __len__(self) -> int:
        return len(self.events)

    def records(self, start: int = 0) -> Iterator[Record]:
        return (Record(number, self.events[number]) for number in range(start, len(self.events)))

    def verify(self) -> int:
        if self.failing is not None:
            raise self.failing
        return len(self.events)

    @property
    def kinds(self) -> list[str]:
        return [event.kind.value for event in self.events]


@dataclass
class ListAccounts:
    accounts: list[Account]

    def list(self) -> tuple[Account, ...]:
        return tuple(self.accounts)

    def add(self, account: Account) -> None:
        self.accounts.append(account)


@dataclass
class FixedPolicies:
    policy: Policy = BUILT_IN

    def current(self) -> Policy:
        return self.policy

    def in_force(self, now: int) -> Sequence[Policy]:
        return (self.policy,)

    def builders(self) -> Mapping[bytes, str]:
        return {BUILDER: "tokyo-builder"}

    def spent(self, account_id: bytes) -> Sequence[tuple[int, int]]:
        return ()

    def moved(self, account_id: bytes) -> Sequence[tuple[int, str, int]]:
        return ()

    def unseen(self, checkpoint: bytes) -> int | None:
        return 0

    def seen(self, request_id: bytes) -> bool:
        return False

    def upkeep(self) -> Upkeep:
        return Upkeep(registered=frozenset({CHAIN.enrol(GROUP.descriptor, "treasury").id, BUILDER}))

    def last_sequence(self, builder: bytes) -> int:
        return -1


@dataclass
class MemorySession:
    """Signs with the workshop's keys once enough officers of a slot are there."""

    vault: MemoryVault
    unlocked: set[str] = field(default_factory=set)
    closed: bool = False

    def unlock(self, officer: str, secret: bytearray) -> None:
        self.vault.gate.wait(10)
        right = bytes(secret) == self.vault.passphrases.get(officer, "").encode()
        secret[:] = bytes(len(secret))
        left = self.vault.tries.setdefault(officer, TRIES)
        if left == 0:
            raise VaultError(Lock.LOCKED_OUT, officer=officer)
        if not right:
            self.vault.tries[officer] = left - 1
            raise VaultError(Lock.WRONG_FACTOR, officer=officer, left=left - 1)
        self.unlocked.add(officer)

    def public_keys(
        self, slot: str, paths: Sequence[tuple[int, ...]], form: KeyForm = KeyForm.XPUB
    ) -> tuple[Cosigner, ...]:
        raise NotImplementedError

    def sign(self, tasks: Sequence[Task]) -> tuple[Signature, ...]:
        self.vault.gate.wait(10)
        key = self.vault.key
        return tuple(Signature(t.index, t.public_key, key.sign(t.origin.path, t.message)) for t in tasks)

    def close(self) -> None:
        self.closed = True


@dataclass
class MemoryVault:
    """One slot. `gate` lets a test hold the vault while it looks at the screen."""

    threshold: int = 2
    key: Workshop = GROUP.cosigners[0]
    passphrases: Mapping[str, str] = field(default_factory=lambda: PASSPHRASES)
    tries: dict[str, int] = field(default_factory=dict)
    sessions: list[MemorySession] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def slots(self) -> tuple[Slot, ...]:
        return (Slot("treasury-a", self.key.fingerprint, tuple(self.passphrases), self.threshold),)

    def officers(self) -> tuple[Officer, ...]:
        return tuple(Officer(name) for name in self.passphrases)

    def session(self) -> MemorySession:
        self.sessions.append(MemorySession(self))
        return self.sessions[-1]


@dataclass
class PlayedCamera:
    """Plays what it is given, one batch a poll; then it ends, or sees nothing more."""

    batches: list[tuple[CameraEvent, ...]]
    endless: bool = True
    closed: bool = False

    def poll(self, timeout: float) -> tuple[CameraEvent, ...]:
        if self.batches:
            return self.batches.pop(0)
        if self.endless:
            threading.Event().wait(min(timeout, 0.05))
            return ()
        return (Ended(Ending.END),)

    def close(self) -> None:
        self.closed = True


class EmptyCustody:
    """No vault to change: what only draws a ceremony needs none."""


@dataclass
class World:
    """Everything a KinkoApp stands on, and the app."""

    vault: MemoryVault = field(default_factory=MemoryVault)
    journal: ListJournal = field(default_factory=ListJournal)
    accounts: ListAccounts = field(
        default_factory=lambda: ListAccounts([CHAIN.enrol(GROUP.descriptor, "treasury")])
    )
    policies: FixedPolicies = field(default_factory=FixedPolicies)
    camera: PlayedCamera = field(default_factory=lambda: PlayedCamera([]))
    premises: tuple[Premise, ...] = (
        Premise("SHA-256, known answers", True, "12 of 12"),
        Premise("vault", True, "1 key"),
        Premise("journal", True, "142 records"),
    )
    verify_envelope: Callable[[bytes, bytes, bytes], bool] = lambda key, message, signature: True

    @property
    def bench(self) -> Bench:
        desk = Desk(StillClock(), self.accounts, self.policies, READERS, self.verify_envelope)
        return Bench(desk, self.vault, self.journal, verify_signature)

    def app(self, **options: object) -> KinkoApp:
        hall = Hall(EmptyCustody(), self.journal, StillClock(), verify_signature, lambda: self.premises)
        rooms = Rooms(self.journal, lambda: self.premises, hall)
        given: dict[str, object] = {"device_name": "treasury-a", "dwell": 0.0, "rooms": rooms} | options
        return KinkoApp(self.bench, lambda source: self.camera, "test", **given)  # type: ignore[arg-type]


def payment(payees: int = 3, fee: int = 20_000, inputs: int = 3) -> bytes:
    """A good PSBT of the group: so many payees, change, fee in satoshi."""
    coins = [coin(GROUP, f"c{n}", 20_000_000 * max(1, payees // 10), 0, n) for n in range(inputs)]
    total = sum(c.units for c in coins)
    each = 30_000_000 // 3 if payees == 3 else total // (payees + 2)
    pays = [Pay(each + n, p2wpkh(f"payee{n}")) for n in range(payees)]
    rest = total - sum(pay.units for pay in pays) - fee
    return book(coins, [*pays, back(GROUP, rest, 1, 4)]).to_bytes()


def swapped() -> bytes:
    """A PSBT whose change output claims to come back and does not."""
    coins = [coin(GROUP, "c0", 60_000_000, 0, 0)]
    made = book(coins, [Pay(10_000_000, p2wpkh("payee")), back(GROUP, 49_980_000, 1, 4)])
    false = book(coins, [Pay(10_000_000, p2wpkh("payee")), Pay(49_980_000, p2wpkh("thief"))])
    made.top = false.top
    return made.to_bytes()


def request(psbt: bytes) -> bytes:
    """The PSBT in an envelope of the builder."""
    account = CHAIN.enrol(GROUP.descriptor, "treasury")
    asked = SpendRequest(
        chain=account.chain,
        account_id=account.id,
        payload=psbt,
        proofs=(),
        request_id=bytes(range(16)),
        sequence=7,
        created=NOW - 60,
        expires=NOW + 3600,
        purpose="Suppliers of November",
        preparer="daichi",
        checkpoints=(),
    )
    return seal(asked.to_bytes(), BUILDER, lambda message: bytes(64))


def question(psbt: bytes | None = None, form: Format = Format.UR) -> Read:
    return Read(Payload(Kind.PSBT, psbt or payment()), Dialect(form))


def frames(read: Read, version: int = 12) -> Showing:
    return show(read.payload, read.dialect, version)


def codes(read: Read, count: int | None = None, version: int = 12) -> list[tuple[CameraEvent, ...]]:
    """What a camera reports of the frames of a payload, a frame a batch; `count` only so many of them."""
    showing = frames(read, version)
    needed = showing.frames.count if count is None else count
    return [
        (
            *scene(index),
            Seen(showing.frames.text(index), 4.2),
            Stats(index + 2, index + 1, index + 1, 1.0, "zxing"),
        )
        for index in range(needed)
    ]


def scene(index: int = 0) -> Iterable[CameraEvent]:
    """A picture of a desk in uneven light with a bright square on it."""
    width, height, left, side = 96, 54, 30 + index % 3, 36
    gray = bytearray(width * height)
    for y in range(height):
        for x in range(width):
            light = 60 + 40 * math.sin(x / 30) + y / 2
            inside = left <= x < left + side and 9 <= y < 9 + side
            dark = inside and (x * 7 + y * 13 + (x * y) % 5) % 3 == 0
            gray[y * width + x] = int(20 if dark else 235 if inside else light)
    box = ((left, 9), (left + side, 9), (left + side, 9 + side), (left, 9 + side))
    return (Preview(width, height, bytes(gray), box),)


class Unplugged(World):
    """A camera that is there from the second time on it is asked for."""

    def app(self, **options: object) -> KinkoApp:
        made, asked = super().app(**options), []

        def plug_in(source: str) -> Camera:
            asked.append(source)
            if len(asked) == 1:
                raise Malformed(Bad.UNREADABLE, what="camera", source=source)
            return self.camera

        made._setting = replace(made._setting, open_camera=plug_in)
        return made
