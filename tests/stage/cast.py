"""The coins that play the journey: how each forms accounts, who judges it from outside, which attack it refuses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from online_builder.plan.judge import Spent, failures
from signer.chains.draft import Chain
from signer.chains.registry import find_chain
from signer.chains.utxo.coin import Digest, Params
from tests.online_builder.backends.litecoin_node import Node, litecoind
from tests.oracles.node.ask import DASHCORE, LIBAUTH, ask
from tests.stage import attack
from tests.stage.attack import Attack


@dataclass(frozen=True)
class Verdict:
    """What somebody else's implementation says of a finished transaction, and who that is."""

    who: str
    accepted: bool | str


@dataclass(frozen=True)
class Cast:
    """One coin. `form` and `path` are those of its accounts, `attack` what is tried at the end and must be refused."""

    coin: str
    form: str
    path: str
    verify: Callable[[bytes, list[tuple[int, bytes]]], Verdict]
    attack: Attack
    node: bool = False

    @property
    def chain(self) -> Chain:
        return find_chain(self.coin, "regtest")

    @property
    def network(self) -> str:
        return f"{self.coin}:regtest"

    def address(self, number: int) -> str:
        """A stranger's address: a key hash, in a witness program where the coin has those."""
        chain = self.chain
        assert isinstance(chain.params, Params)
        assert chain.spell is not None
        hashed = bytes([number]) * 20
        text = chain.spell(
            b"\x76\xa9\x14" + hashed + b"\x88\xac" if chain.params.hrp is None else b"\x00\x14" + hashed
        )
        assert text is not None
        return text


def _core(raw: bytes, spent: list[tuple[int, bytes]]) -> Verdict:
    return Verdict("Bitcoin Core's script verification", not failures(raw, [Spent(*coin) for coin in spent]))


def _libauth(raw: bytes, spent: list[tuple[int, bytes]]) -> Verdict:
    return Verdict("libauth's virtual machine for Bitcoin Cash", ask(LIBAUTH, [(raw, spent)]).transactions[0])


def _dashcore(raw: bytes, spent: list[tuple[int, bytes]]) -> Verdict:
    return Verdict("dashcore-lib's interpreter", ask(DASHCORE, [(raw, spent)]).transactions[0])


SEGWIT, LEGACY = "48h/1h/0h/2h", "48h/1h/0h/0h"
BITCOIN: Final = Cast("bitcoin", "wsh", SEGWIT, _core, attack.HIDDEN_FEE)
LITECOIN: Final = Cast("litecoin", "wsh", SEGWIT, _core, attack.MWEB, node=True)
MONACOIN: Final = Cast("monacoin", "wsh", SEGWIT, _core, attack.OTHER_COIN)
DASH: Final = Cast("dash", "sh", LEGACY, _dashcore, attack.SPECIAL)
BITCOIN_CASH: Final = Cast("bitcoincash", "sh", LEGACY, _libauth, attack.TOKENS)


@dataclass(frozen=True)
class Source:
    """Where the chain of a performance is: what the builder is told, and a real node where there is one."""

    backend: str
    node: Node | None = None
    forked: bool = False

    @property
    def told(self) -> str:
        if self.node is not None:
            return "a litecoind of Debian, in regtest"
        if self.forked:
            return "a stand-in for a chain, which judges scripts and amounts and has no consensus of its own"
        return "an embedded regtest chain"


@contextmanager
def source(cast: Cast, folder: Path) -> Iterator[Source]:
    """A real node for a coin that Debian packages one of, where it is installed; else the builder's own chain."""
    if cast.node and shutil.which("litecoind"):
        with litecoind(folder) as node:
            yield Source(node.url, node)
    else:
        params = cast.chain.params
        assert isinstance(params, Params)
        yield Source("embedded:", forked=params.digest is Digest.FORKID)
