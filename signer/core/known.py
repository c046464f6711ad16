"""What a device knows besides the account in question, and a chain may need to judge: other accounts, other assets."""

from __future__ import annotations

from dataclasses import dataclass

from signer.core.account import Account


@dataclass(frozen=True, slots=True)
class Levy:
    """What an asset's issuer takes of each transfer, on top of it and from the sender, and who gets it.

    `units` of the asset `asset`, or, where `share` is set, hundredths of a percent of the quantity moved.
    """

    recipient: str
    asset: str
    units: int
    share: bool = False


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """An asset beside the chain's own coin, as the quorum agreed on it: `id` on its chain, decimals, whole supply."""

    id: str
    decimals: int
    supply: int
    levy: Levy | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Every account enrolled on the device, and the assets that its policy lets this account move."""

    accounts: tuple[Account, ...] = ()
    assets: tuple[KnownAsset, ...] = ()


NOTHING = Known()
