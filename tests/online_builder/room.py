"""A desk in this process over the real embedded chain, three cosigners whose keys embit holds, and a clock by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embit import bip32, script
from embit.networks import NETWORKS
from embit.psbt import PSBT

from online_builder.backends.embedded import Embedded
from online_builder.desk import Desk
from online_builder.key import open_key
from online_builder.plan.family import Wish
from online_builder.plan.payees import parse_payees
from online_builder.store.sqlite import Store
from online_builder.store.values import StoredRequest
from signer.chains.registry import READERS, find_chain
from signer.wire.values import Kind, Payload

CHAIN = find_chain("bitcoin", "regtest")
PATH = "m/48h/1h/0h/2h"
ROOTS = tuple(bip32.HDKey.from_seed(bytes([n]) * 64, version=NETWORKS["regtest"]["xprv"]) for n in (1, 2, 3))
NOBODY = bytes.fromhex("0014") + b"\x77" * 20


def descriptor(form: str = "wsh({})", account: int = 0) -> str:
    """2-of-3 of the three roots."""
    path = f"m/48h/1h/{account}h/2h"
    keys = [f"[{r.my_fingerprint.hex()}{path[1:]}]{r.derive(path).to_public()}/<0;1>/*" for r in ROOTS]
    return form.format(f"sortedmulti(2,{','.join(keys)})")


def payee(number: int) -> str:
    return script.Script(bytes.fromhex("0014") + bytes([number]) * 20).address(NETWORKS["regtest"])


def wish(*amounts: str, rate: int = 2000) -> Wish:
    texts = [f"{payee(place)}:{amount}" for place, amount in enumerate(amounts, 1)]
    return Wish(parse_payees(texts, CHAIN) if texts else (), rate)


@dataclass(frozen=True)
class Room:
    """`chain` is the embedded chain that every account of the desk is watched through."""

    desk: Desk
    chain: Embedded

    def fund(self, coins: int, name: str = "treasury") -> None:
        """That many ripe coinbases, each to an address of its own."""
        for _ in range(coins):
            _, address = self.desk.address(name, fresh=True)
            self.chain.mine(1, CHAIN.lock(address))
        self.chain.mine(100, NOBODY)

    def sign(self, request: StoredRequest, *signers: int) -> None:
        """As another wallet would: the PSBT signed by embit, collected."""
        for number in signers:
            psbt = PSBT.parse(request.draft)
            psbt.sign_with(ROOTS[number])
            self.desk.collect(Payload(Kind.PSBT, psbt.serialize()))

    def state(self, request: StoredRequest) -> str:
        return next(p.request.state.value for p in self.desk.watch() if p.request.id == request.id)


@contextmanager
def open_room(folder: Path, form: str = "wsh({})") -> Iterator[Room]:
    """An account called treasury; nothing on the chain yet."""
    store = Store(folder / "builder.sqlite")
    with Embedded(folder / "embedded") as chain:
        desk = Desk(store, open_key(folder / "key"), READERS, lambda _: chain, lambda: 1_800_000_000)
        if not store.accounts():
            desk.add_account(CHAIN, descriptor(form), "treasury", "embedded:")
        yield Room(desk, chain)
    store.close()
