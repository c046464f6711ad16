"""PINs of tokens and cards, as the commands get them: typed without an echo, or lines of a descriptor."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signer.core.errors import Bad, Lock, Malformed, VaultError
from signer.core.pin import AskPin, PinOf

MAX_PIN = 255
_PROMPTS: Final = MappingProxyType(
    {
        PinOf.DEVICE: "PIN of the device's token {name}: ",
        PinOf.KEY: "PIN of token {name}: ",
        PinOf.CARD: "PIN of {name}'s card: ",
        PinOf.FIDO2: "PIN of {name}'s FIDO2 token (then touch it when it blinks): ",
    }
)


@dataclass(slots=True)
class Pins:
    """`descriptor` None: at the terminal. The screens, once they are there, ask for themselves: `elsewhere`."""

    descriptor: int | None
    elsewhere: AskPin | None = None

    def ask(self, of: PinOf, name: str) -> bytearray:
        """See core.pin.AskPin. Raises VaultError(TOKEN) where no line is left, Malformed for a line that is no PIN."""
        if self.elsewhere is not None:
            return self.elsewhere(of, name)
        if self.descriptor is None:
            return bytearray(getpass.getpass(_PROMPTS[of].format(name=name)).encode())
        line = bytearray()
        try:
            while (byte := os.read(self.descriptor, 1)) not in (b"\n", b""):
                line += byte
                if len(line) > MAX_PIN:
                    raise Malformed(Bad.TOO_LARGE, what="pin", limit=MAX_PIN)
        except OSError as error:
            raise Malformed(Bad.UNREADABLE, what="pin-fd") from error
        if not line:
            raise VaultError(Lock.TOKEN, what="no pin")
        return line
