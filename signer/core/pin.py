"""A PIN that somebody types while something is being opened: whose it is, and how it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

from signer.core.errors import Lock, VaultError


class PinOf(Enum):
    """What the PIN belongs to: the token behind the device, a token for a new key, an officer's card or FIDO2 token."""

    DEVICE = "device"
    KEY = "key"
    CARD = "card"
    FIDO2 = "fido2"


#: `ask(of, name)`: `name` is the officer, or the token's label. The PIN is wiped by whoever asked.
AskPin: TypeAlias = Callable[[PinOf, str], bytearray]


def nobody_to_ask(of: PinOf, name: str) -> bytearray:
    """Where nobody can be asked. Raises VaultError(TOKEN)."""
    raise VaultError(Lock.TOKEN, what="no reader")
