"""A witness: somebody outside who keeps the heads of a journal and cosigns each that continues the one before.

What it says is C2SP tlog-cosignature (cosignature/v1): at this time this was the largest consistent head that it had
seen. A device whose policy asks for it does not sign without; so a device that was put back, or exists twice, stops.
"""

from __future__ import annotations

from dataclasses import dataclass

from online_builder.errors import BuilderError, Trouble
from online_builder.key import BuilderKey
from online_builder.oversight.checkpoints import alarm_of, keep, origin_of, verify
from online_builder.plan.journals import check, open_export
from online_builder.store.sqlite import Store
from online_builder.store.watched import Device, SeenHead
from signer.core.checkpoint import Checkpoint, Head
from signer.core.cosignature import Witness, cosign
from signer.core.errors import Bad, Broken, Malformed, Tampered


class _Contradicted(Exception):
    """What is shown is not what was seen before: the alarm for it outlives the transaction it was found in."""

    def __init__(self, device: Device, why: str, about: bytes) -> None:
        super().__init__(why)
        self.device, self.why, self.about = device, why, about

    @property
    def sentence(self) -> str:
        return f"{self.device.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class Desk:
    """The witness's own home: its key, its name, the devices it knows."""

    store: Store
    key: BuilderKey
    name: str
    now: int

    @property
    def witness(self) -> Witness:
        return Witness(self.name, self.key.public)

    def cosign(self, data: bytes) -> Checkpoint:
        """Judge a checkpoint, or a whole export, of a device that is known here; keep it; cosign it.

        One at a time in a home: what is judged against is what was kept last. Raises Malformed; NOT_PROVEN where a
        proof from the last head is missing; Tampered(JOURNAL), with an alarm.
        """
        try:
            with self.store.alone():
                return self._judged(data)
        except _Contradicted as wrong:
            alarm_of(self.store.oversight, wrong.device.origin, wrong.about, self.now, wrong.sentence)
            raise Tampered(Broken.JOURNAL, what=wrong.why) from wrong

    def _judged(self, data: bytes) -> Checkpoint:
        if data.startswith(b"old "):
            return self._cosigned(Checkpoint.from_bytes(data), {})
        exported = open_export(data)
        device = self._device(origin_of(exported.public_key))
        seen = [Head(h.origin, h.size, h.root) for h in self.store.oversight.heads(device.origin)]
        checked = check(exported, device.origin, seen, verify)
        if checked.found:
            raise _Contradicted(device, checked.found[0].what, data)
        return self._cosigned(Checkpoint.from_bytes(exported.note), {h.size: h.root for h in seen})

    def _cosigned(self, found: Checkpoint, proven: dict[int, bytes]) -> Checkpoint:
        """`proven` are heads that a whole journal was already shown to continue."""
        device = self._device(found.head.origin)
        if not found.signed_by(device.origin, device.public_key, verify):
            raise _Contradicted(device, "the checkpoint is not signed by the device", found.to_bytes())
        seen = self.store.oversight.heads(device.origin)
        last = seen[-1] if seen else None
        if last is not None and proven.get(last.size) != last.root:
            self._continues(device, found, last)
        cosigned = cosign(found, self.witness, self.key.sign, self.now)
        keep(self.store, found, found.to_bytes(), self.now)
        return cosigned

    def _continues(self, device: Device, found: Checkpoint, last: SeenHead) -> None:
        head, note = Head(last.origin, last.size, last.root), found.to_bytes()
        if found.head.size < last.size:
            why = f"it ends at {found.head.size} records, and {last.size} were seen"
            raise _Contradicted(device, why, note)
        if found.head.size == last.size:
            if found.head.root != last.root:
                why = f"another history of {last.size} records: the journal was forked"
                raise _Contradicted(device, why, note)
            return
        if found.old != last.size:
            raise BuilderError(Trouble.NOT_PROVEN, size=last.size, old=found.old)
        if not found.follows(head):
            raise _Contradicted(device, f"it does not continue the {last.size} records that were seen", note)

    def _device(self, origin: str) -> Device:
        for device in self.store.oversight.devices():
            if device.origin == origin:
                return device
        raise Malformed(Bad.VALUE, what="a journal of no device that is known here")
