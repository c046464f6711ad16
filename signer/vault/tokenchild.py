"""The children that talk to a PKCS#11 token: one that signs, as `child` does, and one that answers one question."""

from __future__ import annotations

from signer.core.codec import decode, encode
from signer.core.errors import KinkoError, Tampered, VaultError
from signer.core.fields import Fields
from signer.vault.child import Child, Keys, read_secret, run
from signer.vault.frames import PipeClosed, receive_frame, send_frame
from signer.vault.hardening import harden
from signer.vault.protocol import Op, Status, error_answer, row_of
from signer.vault.seal import open_secret, wipe
from signer.vault.sealed import Mode, SealedSlot
from signer.vault.token import TokenKey, drop_secret, make_key, make_secret, read_secret_of
from signer.vault.tokenkey import MAX_TEXT, TokenPlace, TokenSecret

MAX_BLOB = 256
MAX_KNOWN = 8192


class TokenChild(Child):
    """A Child whose slots may have their key in a token."""

    def keys_of(self, slot: SealedSlot) -> Keys:
        if slot.header.mode is Mode.WRAPPED:
            return Child.keys_of(self, slot)
        secret = open_secret(slot, self.officers)
        try:
            return TokenKey(TokenSecret.from_bytes(bytes(secret)))
        finally:
            wipe(secret)


def answer_one() -> object:
    """Read one question and its PIN, ask the token."""
    fields = row_of(decode(bytes(receive_frame(0))), 3)
    place, pin = TokenPlace.read(fields.items[1]), read_secret().decode("utf-8", "replace")
    match fields.integer(0):
        case Op.TOKEN_KEY:
            return make_key(place, pin)
        case Op.TOKEN_SECRET:
            return list(make_secret(place, pin, _labels(fields.octets(2, MAX_KNOWN))))
        case Op.TOKEN_READ:
            return read_secret_of(place, pin, fields.octets(2, MAX_BLOB))
        case Op.TOKEN_DROP:
            drop_secret(place, pin)
            return None
    raise PipeClosed


def _labels(data: bytes) -> tuple[str, ...]:
    items = decode(data) if data else []
    if not isinstance(items, list):
        raise PipeClosed
    fields = Fields("token", dict(enumerate(items)))
    return tuple(fields.text(index, MAX_TEXT) for index in range(len(items)))


def ask_main() -> int:
    """The child of one question. It may write files: a token in software keeps its keys in some."""
    try:
        harden(files=True)
        try:
            answer = encode([Status.DONE, answer_one()])
        except (VaultError, Tampered) as error:
            answer = error_answer(error)
        send_frame(1, answer)
    except (PipeClosed, KinkoError, OSError, ValueError):
        return 1
    return 0


def main() -> int:
    """The child that signs with seeds and with tokens."""
    return run(TokenChild, files=True)
