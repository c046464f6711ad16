"""Mosaics beside XEM: what open requests hold of them, what issuers take, how much can be moved at most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signer.chains.nem.fee import XEM_ID
from signer.core.known import KnownAsset, Levy
from signer.core.spend import Spend

_HUNDREDTHS = 10_000  # of a percent: in these a share is counted (NIS)


@dataclass(frozen=True, slots=True)
class Hold:
    """What an open request takes of an address: units of an asset, until a deadline (Unix time)."""

    address: str
    units: int
    deadline: int
    txid: str
    asset: str = XEM_ID

    def __str__(self) -> str:
        plain = f"{self.address}:{self.units}:{self.deadline}:{self.txid}"
        return plain if self.asset == XEM_ID else f"{plain}:{self.asset}"


def parse_hold(token: str) -> Hold:
    """What `str` of one made."""
    address, units, deadline, txid, *asset = token.split(":", 4)
    return Hold(address, int(units), int(deadline), txid, *asset)


def held_by(spend: Spend, txid: str) -> tuple[Hold, ...]:
    """What a payment takes, an asset each; the fee with the coin."""
    address, until = spend.sources[0].coin, spend.deadline or 0
    coin = sum(part.units for part in (spend.leaving(), spend.fee) if part is not None)
    others = (Hold(address, amount.units, until, txid, amount.asset.ticker) for amount in spend.others())
    return (Hold(address, coin, until, txid), *others)


def taken(levy: Levy | None, units: int) -> int:
    """What the issuer takes when so many units move."""
    if levy is None:
        return 0
    return units * levy.units // _HUNDREDTHS if levy.share else levy.units


def cost(asset: KnownAsset, units: int) -> Mapping[str, int]:
    """What must be there to move so many units of it, an asset each; the network's fee not counted."""
    needed = {asset.id: units}
    if asset.levy is not None:
        needed[asset.levy.asset] = needed.get(asset.levy.asset, 0) + taken(asset.levy, units)
    return needed


def most(asset: KnownAsset, held: int) -> int:
    """How many units can be moved of so many, with what the issuer takes of the same mosaic on top."""
    levy = asset.levy
    if levy is None or levy.asset != asset.id:
        return held
    if not levy.share:
        return max(held - levy.units, 0)
    units = held * _HUNDREDTHS // (_HUNDREDTHS + levy.units)
    return units + 1 if units + 1 + taken(levy, units + 1) <= held else units


def total(holds: Iterable[Hold]) -> dict[str, int]:
    """How much of each asset is held."""
    found: dict[str, int] = {}
    for hold in holds:
        found[hold.asset] = found.get(hold.asset, 0) + hold.units
    return found
