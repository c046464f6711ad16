"""Appends to the journal until the power goes, and tells the rig each record that it has acknowledged."""

from __future__ import annotations

import hashlib
import time

from telling import HOME, say

from signer.core.event import Event, EventKind
from signer.journal.journal import FileJournal
from signer.vault.secret import FileDevice


def main() -> None:
    """Append records until the power goes; say each number once the journal has acknowledged it."""
    folder = HOME / "device"
    device = FileDevice(folder) if folder.exists() else FileDevice.create(folder)
    journal = FileJournal.at(HOME / "journal", device.key, device.counter("journal"))
    journal.verify()
    say("have", len(journal), "as verified")
    for number in range(1 << 62):
        subject = hashlib.sha256(b"%d" % number).digest()
        say("acknowledged", journal.append(Event(EventKind.REVIEWED, int(time.time()), (), subject)))


if __name__ == "__main__":
    main()
