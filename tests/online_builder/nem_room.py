"""A desk over the NIS-like node, an account of three cosigners whose keys the workshop holds, and a clock by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from online_builder.backends.registry import open_backend
from online_builder.desk import Desk
from online_builder.key import open_key
from online_builder.plan.family import Wish
from online_builder.plan.payees import parse_payees
from online_builder.store.sqlite import Store
from online_builder.store.values import StoredRequest
from signer.chains.registry import READERS, find_chain
from signer.core.known import NOTHING, Known
from signer.core.request import SpendResponse
from signer.core.task import Signature
from signer.wire.values import Kind, Payload
from tests.stage.nis_server import Node, nis
from tests.vectors import nem_workshop as w

CHAIN = find_chain("nem", "testnet")
PAYEE = w.address(w.PAYEE).decode()
KEYS = {key.public: key for key in (w.VAULT, w.AIKO, w.BEN, w.CHIE, w.STRANGER)}
START = 1_790_000_000


@dataclass
class Clock:
    """Unix seconds, moved by the test."""

    at: float = START

    def __call__(self) -> float:
        return self.at


def terms(threshold: int = 2, *keys: w.Key) -> str:
    """The account with its own key's origin, and these cosignatories."""
    own, *others = [
        f"[{number:08x}/44h/1h/0h/0h/0h]{key.public.hex()}"
        for number, key in (
            (9, w.VAULT),
            *((w.COSIGNERS.index(k) + 1 if k in w.COSIGNERS else 4, k) for k in keys or w.COSIGNERS),
        )
    ]
    return f"nem-multisig({threshold},{','.join((own, *others))})"


def pay(amount: str, **more: object) -> Wish:
    """A payment that Aiko initiates."""
    return Wish(parse_payees([f"{PAYEE}:{amount}"], CHAIN), **{"initiator": "00000001", **more})


@dataclass
class Room:
    """`node` is the chain, `url` where it listens."""

    desk: Desk
    node: Node
    clock: Clock
    url: str

    @property
    def vault(self) -> str:
        return w.address(w.VAULT).decode()

    def fund(self, units: int) -> None:
        self.node.holder(self.vault).balance += units

    def sign(self, request: StoredRequest, *keys: w.Key, known: Known = NOTHING) -> None:
        """As the appliances would, without their judgement: every signature those keys are asked for."""
        draft = CHAIN.read(request.draft, ())
        origins = frozenset(number.to_bytes(4, "big") for number in range(1, 10))
        account = self.desk.account(self.desk.known(request.account))[1]
        known = replace(known, accounts=tuple(self.desk.account(a)[1] for a in self.desk.store.accounts()))
        tasks = [
            t
            for t in draft.knowing(known).tasks(account, origins)
            if t.public_key in {k.public for k in keys}
        ]
        made = tuple(Signature(t.index, t.public_key, KEYS[t.public_key].sign(t.message)) for t in tasks)
        self.desk.collect(Payload(Kind.RESPONSE, SpendResponse(request.digest, made, b"").to_bytes()))

    def convert(self, name: str = "treasury") -> None:
        request = self.desk.change(name, "", Wish(()))
        self.sign(request, w.VAULT, *w.COSIGNERS)
        self.desk.broadcast(request.id)
        self.node.mine()
        self.desk.watch()

    def state(self, request: StoredRequest) -> str:
        return next(p.request.state.value for p in self.desk.watch() if p.request.id == request.id)


@contextmanager
def open_room(folder: Path) -> Iterator[Room]:
    """An account called treasury, funded and not multisig yet."""
    clock = Clock()
    node = Node(clock=clock)
    store = Store(folder / "builder.sqlite")
    with nis(node) as url:
        source = open_backend(f"nis:{url}", folder, CHAIN.network.chain)
        desk = Desk(store, open_key(folder / "key"), READERS, lambda _: source, lambda: int(clock()))
        desk.add_account(CHAIN, terms(), "treasury", f"nis:{url}")
        room = Room(desk, node, clock, url)
        room.fund(1_000_000_000_000)
        yield room
    store.close()
