"""An appliance as far as a builder sees one: the real journal of the signer, and answers with its signed head."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embit.psbt import PSBT

from online_builder.store.values import StoredRequest
from signer.core.checkpoint import Checkpoint
from signer.core.envelope import open_sealed
from signer.core.event import Event, EventKind
from signer.core.request import SpendRequest, SpendResponse
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice
from signer.wire.values import Kind, Payload
from tests.online_builder.room import CHAIN, ROOTS

NOW = 1_800_000_000


@dataclass
class Appliance:
    """`number` says whose of the three keys it holds. `folder` is its card and its device."""

    folder: Path
    number: int
    journal: FileJournal

    @classmethod
    def make(cls, folder: Path, number: int) -> Appliance:
        FileDevice.create(folder / "device")
        appliance = cls(folder, number, opened(folder))
        fingerprint = ROOTS[number].my_fingerprint
        appliance.append(EventKind.GENESIS, fingerprint, key=fingerprint.hex())
        return appliance

    def append(self, kind: EventKind, subject: bytes, **details: str) -> None:
        self.journal.append(Event(kind, NOW, ("aiko",), subject, tuple(sorted(details.items()))))

    def signatures(self, request: StoredRequest):
        psbt = PSBT.parse(request.draft)
        psbt.sign_with(ROOTS[self.number])
        mine = ROOTS[self.number].my_fingerprint
        draft = CHAIN.read(psbt.serialize(), ())
        keys = {
            bytes(key.sec())
            for source in psbt.inputs
            for key, path in source.bip32_derivations.items()
            if path.fingerprint == mine
        }
        return tuple(s for s in draft.signatures if s.public_key in keys)

    def record(self, request: StoredRequest) -> None:
        """What the signing ceremony writes."""
        asked = SpendRequest.from_bytes(open_sealed(request.sealed).payload)
        account = asked.account_id.hex()
        self.append(EventKind.SIGNING, request.digest, account="treasury")
        self.append(EventKind.SIGNED, request.digest, account=account, units="1", txid=request.txid)

    def head(self, request: StoredRequest) -> bytes:
        asked = SpendRequest.from_bytes(open_sealed(request.sealed).payload)
        return self.journal.checkpoint(asked.checkpoints)

    def answer(self, request: StoredRequest, head: bytes | None = None, record: bool = True) -> Payload:
        if record:
            self.record(request)
        head = self.head(request) if head is None else head
        return Payload(
            Kind.RESPONSE, SpendResponse(request.digest, self.signatures(request), head).to_bytes()
        )

    def copy(self, folder: Path) -> Appliance:
        """The whole device as it is now, cloned: card and device secret."""
        shutil.copytree(self.folder, folder)
        return Appliance(folder, self.number, opened(folder))


def opened(folder: Path) -> FileJournal:
    device = FileDevice(folder / "device")
    return FileJournal.at(folder / "journal", device.key, device.counter("journal"))


def sizes(notes: Sequence[bytes]) -> list[int]:
    return [Checkpoint.from_bytes(note).head.size for note in notes]
