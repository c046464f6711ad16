"""What differs between the coins of Bitcoin's family: one `Params` for each network of each coin."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from signer.chains.draft import Network
from signer.core.amount import Asset

XPUB = bytes.fromhex("0488b21e")
TPUB = bytes.fromhex("043587cf")


class Digest(Enum):
    """How inputs without segwit are digested: Bitcoin's original way, or as BIP 143 with a fork id (Bitcoin Cash)."""

    LEGACY = "legacy"
    FORKID = "forkid"

    @property
    def sighash(self) -> int:
        """The type of a signature that covers everything."""
        return 0x41 if self is Digest.FORKID else 0x01


@dataclass(frozen=True, slots=True)
class Params:
    """One network of one coin.

    `p2pkh`, `p2sh`: base58 version bytes; `hrp`: human-readable part of segwit addresses, None without segwit.
    `key_version`: version bytes of extended public keys (BIP 32). `coin_type`: SLIP 44, as in BIP 44 paths.
    `dust_rate`: smallest units per 1,000 vbytes below which spending an output costs more than it holds.
    `min_fee_rate`: thousandths of the smallest unit per vbyte that nodes relay. `max_units`: all coins there can be.

    What few coins have: `old_p2sh`, a script-hash version still read and no longer written; `cash`, the prefix of
    CashAddr, whose base58 forms are then read and not written; `versions` of ordinary transactions; `types`, names of
    special transactions (Dash, DIP 2), refused by name; `oddities`, first bytes and names of output scripts that are
    more than a payment, refused by name too; `tokens`, whether outputs may carry some (CashTokens); `replaceable`,
    whether nodes replace what waits (BIP 125); `usual_fee_rate`, as `min_fee_rate`, what is paid where nobody says;
    `born`, the height of the block that the CAIP-2 id names, where that is not the first one.
    """

    network: Network
    p2pkh: bytes
    p2sh: bytes
    hrp: str | None
    key_version: bytes
    coin_type: int
    dust_rate: int
    min_fee_rate: int
    max_units: int
    digest: Digest = Digest.LEGACY
    taproot: bool = True
    old_p2sh: bytes | None = None
    cash: str | None = None
    versions: tuple[int, ...] = (1, 2)
    types: tuple[str, ...] = ()
    oddities: tuple[tuple[bytes, str], ...] = ()
    tokens: bool = False
    replaceable: bool = True
    usual_fee_rate: int = 2_000
    born: int = 0

    @property
    def asset(self) -> Asset:
        return self.network.asset

    @property
    def chain(self) -> str:
        return self.network.chain

    def oddity(self, script: bytes) -> str | None:
        """What an output script is by name if it is one this device does not handle."""
        return next((name for start, name in self.oddities if script.startswith(start)), None)

    def type_of(self, version: int) -> str | None:
        """What a transaction is by name if its version says that it is special (the upper half, DIP 2)."""
        kind = version >> 16
        if not self.types or not kind:
            return None
        return self.types[kind] if kind < len(self.types) else f"type {kind}"

    @property
    def title(self) -> str:
        """What people call it, e.g. `bitcoin regtest`."""
        return f"{self.network.coin} {self.network.name}"
