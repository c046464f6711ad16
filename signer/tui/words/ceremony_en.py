"""English labels of the ceremonies."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from signer.ceremony.table import Paper
from signer.tui.forms import Blank, CeremonyKind
from signer.tui.words.ceremony_labels import CeremonyLabels

CEREMONY: Final = CeremonyLabels(
    choose="Which ceremony? Everybody who takes part should be in the room.",
    kinds=MappingProxyType(
        {
            CeremonyKind.GENESIS: "Genesis",
            CeremonyKind.CHECK: "Key check",
            CeremonyKind.DRILL: "Backup drill",
            CeremonyKind.REPLACE: "Replace an officer",
            CeremonyKind.REVOKE: "Revoke an officer",
            CeremonyKind.RESTORE: "Restore",
            CeremonyKind.KEY: "Show a key for an account",
            CeremonyKind.FORM: "Form an account",
            CeremonyKind.ACCOUNT: "Enrol an account",
            CeremonyKind.SUCCESSOR: "Give an account up",
            CeremonyKind.SPARE: "Name a spare account",
            CeremonyKind.BUILDER: "Enrol a builder",
            CeremonyKind.POLICY: "Change the policy",
            CeremonyKind.WITNESS: "Enrol a witness",
            CeremonyKind.COSIGNED: "Take in a cosignature",
            CeremonyKind.CONTROL: "Prove control",
            CeremonyKind.DECOMMISSION: "Decommission",
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
            CeremonyKind.KEY: "Its public key, as a code",
            CeremonyKind.FORM: "Of the keys that several devices show",
            CeremonyKind.ACCOUNT: "That another device or wallet formed",
            CeremonyKind.SUCCESSOR: "It pays to its successor alone",
            CeremonyKind.SPARE: "Where everything goes in an emergency",
            CeremonyKind.BUILDER: "Whose requests are accepted",
            CeremonyKind.POLICY: "What payments may be, by the next version",
            CeremonyKind.WITNESS: "Who watches the journal from outside",
            CeremonyKind.COSIGNED: "What a witness says of the journal",
            CeremonyKind.CONTROL: "Answer an auditor's challenge",
            CeremonyKind.DECOMMISSION: "Wipe what was backed up and handed over today",
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
            Blank.PATH: "Path of the key",
            Blank.NAME: "Name",
            Blank.NETWORK: "Coin and network",
            Blank.SIGNATURES: "Signatures needed",
            Blank.KEYS: "Keys in all",
            Blank.SUCCEEDED: "Account",
            Blank.INDEX: "Number of the address",
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
            Blank.PATH: "48h/0h/0h/2h on main networks, 48h/1h/0h/2h on test networks",
            Blank.NAME: "one word, the same on all devices",
            Blank.NETWORK: "as bitcoin:mainnet, bitcoin:testnet, litecoin:regtest",
            Blank.SIGNATURES: "at least 2, and fewer than keys",
            Blank.KEYS: "how many devices show one",
            Blank.SUCCEEDED: "its name; the next line names the other one",
            Blank.INDEX: "of receiving, from 0",
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
            "key": "Show the key",
            "form": "Form account",
            "account": "Enrol account",
            "successor": "Give up account",
            "spare": "Name spare account",
            "builder": "Enrol builder",
            "policy": "Change the policy",
            "witness-key": "Enrol a witness",
            "agree": "Agree:",
            "cosigned": "Take in a cosignature",
            "control": "Prove control of",
            "decommission": "Decommission:",
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
            "key": "The officers open the key. Its public part leaves as a code, for the device that forms the account.",
            "form": "Hold the code of each device's key in front of the camera, one after the other, this device's own too. Then compare the account on all devices.",
            "account": "Hold the code of the account in front of the camera. Then compare it on all devices.",
            "successor": "From now on this device signs for the one account only what pays the other.",
            "spare": "Name the account that everything on the other one goes to when a key may be known to others.",
            "builder": "Hold the code of the builder's key in front of the camera. Compare its words with those the builder shows.",
            "policy": "Hold the code of the policy in front of the camera. It must be the version after this one.",
            "witness-key": "Hold the code of the witness's key in front of the camera. Compare its words over another channel.",
            "cosigned": "Hold the code of the cosigned checkpoint in front of the camera.",
            "control": "Hold the code of the challenge in front of the camera. This device signs it with its key of that address.",
            "decommission": "Every key on this device is destroyed. It is refused unless each backup was tried and the journal exported within a day.",
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
    papers=MappingProxyType(
        {
            Paper.ACCOUNT: "Show me the account",
            Paper.BUILDER: "Show me the builder's key",
            Paper.WITNESS: "Show me the witness's key",
            Paper.POLICY: "Show me the policy",
            Paper.COSIGNED: "Show me the cosigned checkpoint",
            Paper.KEY: "Show me the next key",
            Paper.CHALLENGE: "Show me the challenge",
            Paper.PROOF: "Show me the proof",
        }
    ),
    carried=MappingProxyType(
        {
            Paper.ACCOUNT: "The account, for the other devices",
            Paper.BUILDER: "The builder's key",
            Paper.WITNESS: "The witness's key",
            Paper.POLICY: "The policy",
            Paper.COSIGNED: "The checkpoint",
            Paper.KEY: "The key, for the device that forms the account",
            Paper.CHALLENGE: "The challenge",
            Paper.PROOF: "The proof, for the auditor",
        }
    ),
    carried_hint="Nothing in it is secret. Press Enter when everybody has read it.",
    compare="Read it aloud and compare it with what the other devices show: every key, the address, the words. If anything differs, go back and end the ceremony.",
    same="It is the same",
    same_hint="Everything has been shown. Is it the same on all devices?",
    minutes="Transcript",
    as_code="As code",
    over="The ceremony is over.",
    over_hint="Copy or print this transcript; everybody signs it. Its hash is in the journal.",
)
