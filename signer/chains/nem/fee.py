"""NEM's fees: fixed by the protocol, in steps of 0.05 XEM; a node refuses less."""

from __future__ import annotations

from signer.chains.nem.models import Core, Modification, Other, Transfer
from signer.chains.nem.network import FEE_UNIT, FIXED_FEE, MAX_FEE_STEPS, MODIFICATION_FEE

WHOLE = 1_000_000  # micro-XEM in a XEM, and the unit of a transfer's multiplier
XEM_ID = "nem:xem"


def xem_units(core: Transfer) -> int:
    """Micro-XEM: the amount itself, or, where mosaics are named, what of them is XEM. The node rounds down."""
    if not core.mosaics:
        return core.amount
    return sum(item.quantity * core.amount // WHOLE for item in core.mosaics if item.id == XEM_ID)


def least_fee(core: Core) -> int:
    """The minimum fee since the fee fork of 2017, in micro-XEM; a multisig wrapper and its cosignatures not counted."""
    if isinstance(core, Modification):
        return MODIFICATION_FEE
    if isinstance(core, Other):
        return FIXED_FEE
    steps = min(MAX_FEE_STEPS, max(1, xem_units(core) // WHOLE // 10_000))
    if core.message is not None:
        steps += len(core.message.data) // 32 + 1
    return steps * FEE_UNIT


def cosigning_fee(needed: int) -> int:
    """What the cosignatures beside the initiator's signature cost the account, in micro-XEM."""
    return (needed - 1) * FIXED_FEE
