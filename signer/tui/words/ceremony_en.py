"""English labels of the ceremonies."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from signer.tui.forms import Blank, CeremonyKind
from signer.tui.words.ceremony_labels import CeremonyLabels

CEREMONY: Final = CeremonyLabels(
    choose="Which ceremony is to be held? Everybody who takes part should be in the room.",
    kinds=MappingProxyType(
        {
            CeremonyKind.GENESIS: "Genesis",
            CeremonyKind.CHECK: "Key check",
            CeremonyKind.DRILL: "Backup drill",
            CeremonyKind.REPLACE: "Replace an officer",
            CeremonyKind.REVOKE: "Revoke an officer",
            CeremonyKind.RESTORE: "Restore",
            CeremonyKind.WIPE: "Wipe",
        }
    ),
    kind_hints=MappingProxyType(
        {
            CeremonyKind.GENESIS: "Make a key for officers of this device",
            CeremonyKind.CHECK: "A quorum proves that a key still signs",
            CeremonyKind.DRILL: "Prove that the papers still give the key",
            CeremonyKind.REPLACE: "Somebody takes another's place",
            CeremonyKind.REVOKE: "Somebody loses his part",
            CeremonyKind.RESTORE: "A key from its backup",
            CeremonyKind.WIPE: "Destroy every key on this device",
        }
    ),
    fill="Who takes part, and in what? Nothing here is secret.",
    blanks=MappingProxyType(
        {
            Blank.WITNESSES: "Witnesses",
            Blank.OFFICERS: "Officers",
            Blank.KEY: "Name of the key",
            Blank.THRESHOLD: "Officers needed",
            Blank.BACKUP: "Backup shares",
            Blank.PRESENT: "Officers present",
            Blank.LEAVING: "Officer who leaves",
            Blank.COMING: "Officer who comes",
            Blank.ORIGIN: "Backup",
            Blank.FINGERPRINT: "Fingerprint on record",
            Blank.OPERATOR: "Who wipes",
            Blank.MEDIUM: "Which medium",
        }
    ),
    blank_hints=MappingProxyType(
        {
            Blank.WITNESSES: "names, with spaces between; may be empty",
            Blank.OFFICERS: "names, with spaces between",
            Blank.KEY: "one word",
            Blank.THRESHOLD: "how many of them open the key",
            Blank.BACKUP: "groups needed : needed/made of each; empty for words only",
            Blank.PRESENT: "names, with spaces between; enough to open the key",
            Blank.LEAVING: "name; need not be here",
            Blank.COMING: "name",
            Blank.ORIGIN: "shares or words",
            Blank.FINGERPRINT: "eight characters, from the transcript of the genesis",
            Blank.OPERATOR: "name",
            Blank.MEDIUM: "what is written on the card",
        }
    ),
    wrong="Please fill in correctly: {blank}",
    next="Go on",
    leave="End the ceremony",
    leave_ask="End this ceremony now?",
    leave_hint="Nothing is kept of it. What was written down on paper is to be destroyed.",
    steps=MappingProxyType(
        {
            "witness": "Witnesses:",
            "genesis": "Survey of the premises",
            "officer": "Appoint",
            "gather": "Everybody is appointed",
            "dice": "Roll dice",
            "noise": "Camera noise",
            "make": "Make the key",
            "write-down": "Write the backup down",
            "prove": "Read back from paper:",
            "attest": "Compare with a second device",
            "conclude": "Seal the vault",
            "check": "Check the key",
            "drill": "Try the backup of",
            "replace": "Replace",
            "revoke": "Revoke",
            "restore": "Restore",
            "wipe": "Wipe:",
        }
    ),
    explain=MappingProxyType(
        {
            "make": "The device now mixes the dice with its own random numbers and makes the key. "
            "It is in no file until the backup was read back.",
            "write-down": "The backup is shown once, page by page. Write by hand, on paper. Photographs are not "
            "allowed. Nobody but the holder of a share may see it.",
            "conclude": "The backup was read back. The key is now sealed under the officers' passphrases.",
            "check": "The officers open the key, it signs a text that is no transaction, and a second library checks it.",
            "drill": "The backup is typed from paper. It is compared and forgotten; nothing changes.",
            "replace": "The officers present give the shares of one to another.",
            "revoke": "The officers present take an officer's shares away.",
            "restore": "The key is made again from its backup, and compared with the fingerprint on record.",
            "wipe": "Every key on this device is destroyed. Only backups can bring it back.",
        }
    ),
    asks=MappingProxyType(
        {
            "dice": "Type the dice",
            "words": "Type the words of the backup",
            "shares": "Type the shares of the backup",
            "fingerprint": "Type the fingerprint that the second device shows",
            "noise": "Camera noise",
        }
    ),
    ask_hints=MappingProxyType(
        {
            "dice": "At least 99 rolls of a real die, as digits from 1 to 6. One person rolls, another types.",
            "words": "All of them in order, with spaces between, then Enter.",
            "shares": "One share, then Enter; exactly as many as are needed. Enter alone ends.",
            "fingerprint": "Eight characters, then Enter.",
            "noise": "This cannot be typed. End the ceremony, and use dice.",
        }
    ),
    working="One moment ...",
    again="This step did not succeed. Press Enter to take it again.",
    repeat="Type it again, so that a slip is noticed.",
    differ="The two were not the same. Type it anew.",
    share_more="Shares so far: {count}. The next one, or Enter alone.",
    write_words="Write down: the words of the backup",
    write_share="Write down: {name}",
    write_hint="Compare what you have written, word by word. Press Enter when it is on paper: it is not shown again.",
    wipe="Destroy every key on this device?",
    wipe_hint="This cannot be taken back.",
    minutes="Transcript",
    as_code="As code",
    over="The ceremony is over.",
    over_hint="Copy or print this transcript; everybody signs it. Its hash is in the journal.",
)
