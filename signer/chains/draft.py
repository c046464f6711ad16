"""What a chain is to the rest of the house: a frozen set of functions, the first of them `bytes -> Draft`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from signer.core.account import Account
from signer.core.amount import Asset
from signer.core.known import Known
from signer.core.spend import Report
from signer.core.task import Signature, Task


class Draft(Protocol):
    """An unsigned or partly signed transaction, read and immutable. Never sees a private key."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of exactly the payload (and proofs) that was read, 32 bytes."""

    @property
    def txid(self) -> str:
        """The transaction's id as people write it, the same however much is signed. (Where signatures are part of
        the id, as in legacy scripts, it is that of the unsigned transaction.)"""

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures it carries, as `attach` takes them: how drafts are combined (Combiner of BIP 174)."""

    def belongs(self, account: Account) -> bool:
        """Whether at least one input claims to be of `account`: how the right account is found."""

    def knowing(self, known: Known) -> Draft:
        """The same, told what else the device knows; before that it knows of nothing but the account it is shown."""

    def inspect(self, account: Account) -> Report:
        """Everything this would do to `account`, with all findings. Never raises on content."""

    def tasks(self, account: Account, fingerprints: frozenset[bytes]) -> tuple[Task, ...]:
        """What the keys with these master fingerprints (4 bytes each) still have to sign."""

    def attach(self, signatures: Sequence[Signature]) -> Draft:
        """A new draft that carries the signatures too. Raises Malformed(SIGNATURE) for one that does not verify."""

    def to_bytes(self) -> bytes:
        """The payload in the form it came in (PSBT v0 stays v0), with every signature it has."""

    def finish(self, account: Account) -> bytes:
        """The transaction ready for the network (Finalizer and Extractor of BIP 174). Refused if incomplete."""


@dataclass(frozen=True, slots=True)
class Network:
    """One network of a coin. `chain` is its CAIP-2 id, `name` what people say ("mainnet", "regtest")."""

    chain: str
    coin: str
    name: str
    asset: Asset


@dataclass(frozen=True, slots=True)
class Chain:
    """The functions of one coin on one network; `READERS` holds one of these a CAIP-2 id.

    read(payload, proofs) -> Draft: raises Malformed.
    enrol(text, name) -> Account: descriptor, BSMS, wallet policy or exported JSON; raises Malformed.
    export(account) -> the text that `enrol` reads, also on another wallet.
    address(account, branch, index) -> str in the coin's own format.
    exports: further texts that `enrol` reads, for wallets that ask for them, by name ("bsms", "policy").
    lock(address) -> the output script (or the chain's own bytes) it stands for; raises Malformed.
    spell(script) -> the address as this coin writes it today, None where it has none; None for a coin without scripts.
    spell_tokens(script) -> the address of a receiver who keeps tokens; None for a coin without such a form.
    single: an account has one address for ever, (0, 0).
    params: what the functions were made from, where other rooms build on it (`utxo.coin.Params`).
    """

    network: Network
    read: Callable[[bytes, tuple[bytes, ...]], Draft]
    enrol: Callable[[str, str], Account]
    export: Callable[[Account], str]
    address: Callable[[Account, int, int], str]
    lock: Callable[[str], bytes]
    exports: tuple[tuple[str, Callable[[Account], str]], ...] = ()
    spell: Callable[[bytes], str | None] | None = None
    spell_tokens: Callable[[bytes], str | None] | None = None
    params: object = None
    single: bool = False

    def with_tokens(self, address: str) -> str | None:
        """The same address as one who keeps tokens writes it; None where a coin has no such form. Raises Malformed."""
        return None if self.spell_tokens is None else self.spell_tokens(self.lock(address))

    def places(self, count: int, branches: Sequence[int] = (0,)) -> tuple[tuple[int, int], ...]:
        """(branch, index) of the first `count` addresses of each branch; the only one where there is but one."""
        if self.single:
            return ((0, 0),)
        return tuple((branch, index) for index in range(count) for branch in branches)
