"""What a request would do, computed by the device: a Spend, and with its findings a Report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from signer.core.account import Account, Cosigner, KeyOrigin
from signer.core.amount import Amount, Asset
from signer.core.finding import Finding, stops


class Role(Enum):
    """What an output is to the account."""

    PAYEE = "payee"
    CHANGE = "change"
    OWN = "own"
    DATA = "data"
    BURN = "burn"
    UNKNOWN = "unknown"


class AccountScript(StrEnum):
    """How an account's coins are locked, as policies name it."""

    WSH_MULTISIG = "wsh-multisig"
    SH_WSH_MULTISIG = "sh-wsh-multisig"
    SH_MULTISIG = "sh-multisig"
    WSH_MINISCRIPT = "wsh-miniscript"
    SH_WSH_MINISCRIPT = "sh-wsh-miniscript"
    WPKH = "wpkh"
    SH_WPKH = "sh-wpkh"
    PKH = "pkh"
    TR = "tr"


class PayeeScript(StrEnum):
    """How an output is locked, as policies name it."""

    P2PKH = "p2pkh"
    P2SH = "p2sh"
    P2WPKH = "p2wpkh"
    P2WSH = "p2wsh"
    P2TR = "p2tr"
    DATA = "data"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Payment:
    """One output. `address` is in the coin's own format, or the script in hex where it has none.

    `path` is (branch, index) when the output was re-derived from the enrolled account. `script`: None where the chain
    has no such thing.
    """

    index: int
    role: Role
    amount: Amount
    address: str
    path: tuple[int, int] | None = None
    script: PayeeScript | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One input: the coin it spends (`txid:n`, or the sending address), its amount if proved."""

    index: int
    coin: str
    amount: Amount | None
    path: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A further property of the transaction worth a line on the screen, e.g. a deadline or a message."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Spend:
    """All of the inputs and outputs, in transaction order; the fee is what the inputs leave over.

    `fee_rate` is in thousandths of the smallest unit per virtual byte, where the chain has such a thing.
    `script` is how the account's coins are locked, None where the chain has no such thing or the account is not known.
    `deadline` is the Unix time after which the network takes it no more, `made` when it says that it was made, on
    chains that have such times.
    """

    network: str
    sources: tuple[Source, ...]
    payments: tuple[Payment, ...]
    fee: Amount | None
    fee_rate: int | None = None
    facts: tuple[Fact, ...] = ()
    deadline: int | None = None
    script: AccountScript | None = None
    made: int | None = None

    def leaving(self) -> Amount | None:
        """What leaves the account of the chain's own coin, without the fee; None where amounts could not be proved."""
        if self.fee is None:
            return None
        own = self.fee.asset
        gone = [
            p.amount for p in self.payments if p.role not in (Role.CHANGE, Role.OWN) and p.amount.asset == own
        ]
        return sum(gone, Amount(0, own))

    def carriage(self) -> int:
        """How much of what leaves of the chain's own coin is in outputs that carry other assets."""
        out = [p for p in self.payments if p.role not in (Role.CHANGE, Role.OWN)]
        own = None if self.fee is None else self.fee.asset
        loaded = {p.index for p in out if p.amount.asset != own}
        return sum(p.amount.units for p in out if p.index in loaded and p.amount.asset == own)

    def others(self) -> tuple[Amount, ...]:
        """What leaves of each other asset, in the order they appear: never added up with the coin."""
        gone: dict[Asset, Amount] = {}
        for payment in self.payments:
            asset = payment.amount.asset
            if payment.role not in (Role.CHANGE, Role.OWN) and (self.fee is None or asset != self.fee.asset):
                gone[asset] = gone.get(asset, Amount(0, asset)) + payment.amount
        return tuple(gone.values()) if self.fee is not None else ()


@dataclass(frozen=True, slots=True)
class Report:
    """A Spend with all of its findings. `digest` is SHA-256 of exactly the payload that was read.

    `signed` lists whose valid signatures are there already, `threshold` how many are needed. `signers` says whose
    signatures it asks for, where that is not simply the account's cosigners (a change of its keys, say).
    """

    digest: bytes
    account_id: bytes
    spend: Spend
    findings: tuple[Finding, ...]
    signed: tuple[KeyOrigin, ...]
    threshold: int
    signers: tuple[Cosigner, ...] = ()

    def missing(self, account: Account) -> tuple[Cosigner, ...]:
        """Those whose signatures are asked for and not there."""
        if self.signers:
            return tuple(cosigner for cosigner in self.signers if cosigner.origin not in self.signed)
        done = {origin.fingerprint for origin in self.signed}
        return tuple(c for c in account.cosigners if c.origin.fingerprint not in done)

    @property
    def signable(self) -> bool:
        return not stops(self.findings)
