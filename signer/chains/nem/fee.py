"""NEM's fees: fixed by the protocol, in steps of 0.05 XEM; a node refuses less."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from signer.chains.nem.models import Core, Modification, Mosaic, Other, Transfer
from signer.chains.nem.network import FEE_UNIT, FIXED_FEE, MAX_FEE_STEPS, MODIFICATION_FEE, SUPPLY
from signer.core.known import KnownAsset

WHOLE = 1_000_000  # micro-XEM in a XEM, and the unit of a transfer's multiplier
XEM_ID = "nem:xem"
MAX_QUANTITY: Final = 9_000_000_000_000_000  # of any mosaic, in its smallest units
_SMALL_SUPPLY: Final = 10_000  # a mosaic of no more, that cannot be divided, costs one step


def units_of(item: Mosaic, core: Transfer) -> int:
    """What moves of a mosaic, in its smallest units: the amount multiplies it in millionths. The node rounds down."""
    return item.quantity * core.amount // WHOLE


def least_fee(core: Core, assets: Sequence[KnownAsset] = ()) -> int:
    """The minimum fee since the fee fork of 2017, in micro-XEM; a multisig wrapper and its cosignatures not counted.

    A mosaic that is not among `assets` counts as the cheapest: its real fee depends on its supply.
    """
    if isinstance(core, Modification):
        return MODIFICATION_FEE
    if isinstance(core, Other):
        return FIXED_FEE
    if core.mosaics:
        steps = sum(_mosaic_steps(item, core.amount, assets) for item in core.mosaics)
    else:
        steps = _steps(core.amount // WHOLE)
    if core.message is not None:
        steps += len(core.message.data) // 32 + 1
    return steps * FEE_UNIT


def _steps(whole_xem: int) -> int:
    return min(MAX_FEE_STEPS, max(1, whole_xem // 10_000))


def _mosaic_steps(item: Mosaic, times: int, assets: Sequence[KnownAsset]) -> int:
    """As of as many XEM as the part of its supply that moves, less what a small supply takes off (NIS).

    `times` in millionths; rounded down once, at the end.
    """
    if item.id == XEM_ID:
        return _steps(item.quantity * times // WHOLE // WHOLE)
    for asset in assets:
        if asset.id == item.id and asset.supply and (asset.decimals or asset.supply > _SMALL_SUPPLY):
            total = asset.supply * 10**asset.decimals
            reduction = (Decimal(max(1, MAX_QUANTITY // total)).ln() * 4) // 5
            part = SUPPLY // WHOLE * item.quantity * times // (total * WHOLE)
            return max(1, _steps(part) - int(reduction))
    return 1


def cosigning_fee(needed: int) -> int:
    """What the cosignatures beside the initiator's signature cost the account, in micro-XEM."""
    return (needed - 1) * FIXED_FEE
