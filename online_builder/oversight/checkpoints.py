"""The heads of devices' journals: each new one must be signed, and must continue those that were seen before.

Only a device whose journal key was registered can be checked; of the others a head is kept and nothing is claimed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from online_builder.store.oversight import Oversight
from online_builder.store.sqlite import Store
from online_builder.store.watched import Alarm, AlarmKind, Device, KeptResponse, SeenHead
from signer.core.checkpoint import Checkpoint
from signer.core.errors import Bad, Broken, Malformed, Tampered
from signer.core.officer import check_name

KEY_BYTES = 32


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 (RFC 8032), by `cryptography`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def origin_of(public_key: bytes) -> str:
    """The name a device's journal has, made of its key (docs/reference/journal-format.md)."""
    return f"kinko.device/{hashlib.sha256(public_key).hexdigest()[:16]}"


def register(book: Oversight, name: str, public_key: bytes) -> Device:
    """Know a device's journal key from now on. Heads of it that were kept before must be its own.

    Raises Malformed, EXISTS, Tampered(JOURNAL).
    """
    if len(public_key) != KEY_BYTES:
        raise Malformed(Bad.VALUE, what="key", limit=KEY_BYTES)
    device = Device(check_name(name), origin_of(public_key), public_key)
    for head in book.heads(device.origin):
        _signed(Checkpoint.from_bytes(head.note), device)
    book.add_device(device)
    return device


def accept(store: Store, note: bytes, digest: bytes, carried: Sequence[bytes], now: int) -> None:
    """A response's head, judged and kept. `carried` are the heads that its request took to the devices.

    Raises Malformed; Tampered(JOURNAL) after an alarm was kept.
    """
    book = store.oversight
    if not note:
        _missing(book, digest, now)
        return
    found = Checkpoint.from_bytes(note)
    device = next((d for d in book.devices() if d.origin == found.head.origin), None)
    if device is not None:
        try:
            _signed(found, device)
            _continues(found, device, carried)
            _no_fork(found, book.heads(device.origin))
        except Tampered as error:
            why = f"{device.name}: {error.details['what']}"
            alarm_of(book, device.origin, note, now, why)
            raise
    keep(store, found, note, now)
    book.keep_response(KeptResponse(found.head.origin, digest, found.head.size, now))


def keep(store: Store, found: Checkpoint, note: bytes, now: int) -> None:
    """Remember a head. The next request takes the largest of each journal back to the devices."""
    head = found.head
    largest = max((seen.size for seen in store.oversight.heads(head.origin)), default=-1)
    store.oversight.keep_head(SeenHead(head.origin, head.size, head.root, note, now))
    if head.size >= largest:
        store.keep_checkpoint(head.origin, note)


def _missing(book: Oversight, digest: bytes, now: int) -> None:
    """Every device sends its head: where devices are known, an answer without one hides something."""
    if book.devices():
        why = "a response without a checkpoint"
        alarm_of(book, "unknown journal", digest, now, why)
        raise Tampered(Broken.JOURNAL, what=why)


def alarm_of(book: Oversight, origin: str, about: bytes, now: int, why: str) -> None:
    """Once for the same bytes; other bytes of the same device are another alarm."""
    subject = f"{origin}:{hashlib.sha256(about).hexdigest()[:8]}"
    book.raise_alarm(Alarm(AlarmKind.CHECKPOINT, subject, "", now, now, why))


def _signed(found: Checkpoint, device: Device) -> None:
    if not found.signed_by(device.origin, device.public_key, verify):
        raise Tampered(Broken.JOURNAL, what="a checkpoint with a wrong signature")


def _continues(found: Checkpoint, device: Device, carried: Sequence[bytes]) -> None:
    """The device was shown `carried`: its answer is proved to continue the newest of them that is its own."""
    own = [c for c in map(Checkpoint.from_bytes, carried) if c.head.origin == device.origin]
    own = [c for c in own if c.signed_by(device.origin, device.public_key, verify)]
    if own and not found.follows(max(own, key=lambda c: c.head.size).head):
        raise Tampered(Broken.JOURNAL, what="a checkpoint that does not continue the last one")


def _no_fork(found: Checkpoint, seen: Sequence[SeenHead]) -> None:
    """Heads between which no request was made are not proved to each other; what contradicts itself is still seen."""
    for head in seen:
        same_size = head.size == found.head.size and head.root != found.head.root
        spoken_of = head.size == found.old and not found.follows(Checkpoint.from_bytes(head.note).head)
        if same_size or spoken_of:
            raise Tampered(Broken.JOURNAL, what="a checkpoint of another history: the journal was forked")
