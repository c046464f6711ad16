"""English labels."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from signer.core.pin import PinOf
from signer.core.pin import PinOf
from signer.core.rules import Rule
from signer.core.spend import Role
from signer.tui.advice import Advice
from signer.tui.words.ceremony_en import CEREMONY
from signer.tui.words.labels import (
    AccountLabels,
    ApproveLabels,
    FrameLabels,
    HomeLabels,
    KeyLabels,
    Labels,
    RecordLabels,
    ReviewLabels,
    ScanLabels,
    ShowLabels,
    SignLabels,
    StopLabels,
)

_KEYS: Final = KeyLabels(
    choose="Choose",
    open="Open",
    back="Back",
    quit="Quit",
    language="日本語",
    file="Open a file",
    light="Picture on/off",
    page="Read on",
    up="Read back",
    approve="Approve",
    decline="Decline",
    enter="Confirm",
    sign="Sign",
    more="Another officer",
    size="Size",
    speed="Speed",
    full="Code only",
    hold="Hold still",
    form="Other format",
    done="Done",
    yes="Yes",
    no="No",
    again="Scan again",
    home="Home",
)

_FRAME: Final = FrameLabels(
    steps=("Scan", "Review", "Approve", "Sign", "Answer"),
    step="Step {number} of {total}",
    development="DEVELOPMENT - NOT FOR REAL MONEY",
    test_image="TEST IMAGE - NOT FOR REAL MONEY",
    home="Home",
    ended="The payment has ended",
)

_HOME: Final = HomeLabels(
    title="What do you want to do?",
    what="This device keeps signing keys away from every network. It reads a payment from the builder's screen, "
    "shows what it would really do, and signs it only when enough officers agree.",
    sign="Sign a payment",
    sign_hint="Read it from the builder's screen",
    language="日本語",
    language_hint="この装置を日本語で使う",
    quit="Quit",
    quit_hint="Leave this program",
    accounts="Accounts",
    accounts_hint="Show or check an address",
    journal_hint="What was signed, refused and declined",
    selfcheck="Self-check",
    selfcheck_hint="Whether this device is as it must be",
    ceremonies="Ceremonies",
    ceremonies_hint="Make, check, restore or destroy keys",
    no_accounts="None yet. An account is enrolled in a ceremony.",
    keys="Keys",
    no_keys="None yet. Keys are made in a genesis ceremony.",
    journal="Journal",
    journal_records="records: {size}, head {root}",
    journal_empty="empty",
    image="Image",
    policy="Policy",
    policy_built_in="built in (the quorum has not agreed on one yet)",
    policy_version="version {version}",
    of="{threshold} of {total} signatures",
    opens="{threshold} of {total} officers: {names}",
)

_SCAN: Final = ScanLabels(
    title="Hold the builder's code in front of the camera",
    waiting="Starting the camera ...",
    looking="Looking for a code ...",
    progress="{have} of {need} parts",
    missing="Still missing: {parts}",
    missing_more="{parts} and more",
    seconds="About {seconds} s to go",
    format="Format: {format}",
    foreign="This code belongs to something else; it is passed over.",
    damaged="The parts did not fit together. Reading them anew.",
    unwanted="This code holds no payment ({what}). Show the payment.",
    reading="Complete. Checking what it would do ...",
    ended="The camera has stopped. Press R to start it again.",
    lost="The camera was unplugged. Plug it in; it starts again by itself.",
    closer="Come closer",
    further="Move further away",
    dark="Too dark: turn the screen brighter or the light on",
    bright="Too bright: avoid glare",
    still="Hold still",
    good="Good. Stay like this",
    no_picture="Picture off",
    frames="{seen} pictures, {decoded} with a code",
    module="{pixels} camera pixels a module",
    file="Open a file",
    file_hint="Path of the file, then Enter. Escape goes back.",
    file_failed="That file cannot be read.",
)

_REVIEW: Final = ReviewLabels(
    title="What this payment would do",
    verdict_stop="DO NOT SIGN. This device refuses to sign this payment.",
    verdict_warn="Allowed, with warnings. Read them before you approve.",
    verdict_good="Allowed by the policy. Read everything before you approve.",
    todo="What to do now",
    words="Fingerprint words",
    words_hint="They must be the same on the builder's screen. Read them aloud.",
    summary="In short",
    account="From account",
    network="Network",
    leaving="Leaves the account",
    fee="Network fee",
    fee_share="Fee in percent",
    fee_of="{percent} % of what leaves",
    fee_rate="Fee rate",
    payees="Outputs that leave",
    returning="Comes back",
    request="Request",
    purpose="Purpose",
    prepared="Prepared by",
    expires="Valid until",
    unsigned="no builder's signature",
    builder="Signed by builder",
    claimed="(said by the builder, not checked)",
    findings="What this device found ({count})",
    no_findings="Nothing unusual.",
    payments="Who is paid ({count})",
    payment="Payment {number} of {total}",
    output="output {number}",
    own="What comes back to this account ({count})",
    inputs="What is spent, by input ({count})",
    input="Input {number}",
    unproved="amount not proved",
    facts="Further facts",
    decided="Decided by",
    rules=MappingProxyType(
        {
            Rule.FINDINGS: "what this device found",
            Rule.NO_CLAUSE: "no rule for this account, so no",
            Rule.APPROVALS: "number of officers",
            Rule.FEE: "limit of the fee",
            Rule.DESTINATIONS: "list of who may be paid",
            Rule.PER_TRANSACTION: "limit of one payment",
            Rule.WINDOW: "limit over a time",
            Rule.HOURS: "opening hours",
            Rule.SIGNED_REQUESTS: "requests must be signed by a builder",
            Rule.FRESH_CHECKPOINT: "the builder must know this device's journal",
            Rule.WITNESSED: "witnesses must know the journal",
            Rule.EXPORTED: "the journal must be exported",
            Rule.DRILLED: "backups must be tried",
            Rule.SCRIPT_TYPES: "script types agreed on",
            Rule.FORBIDDEN: "warnings that stop here",
            Rule.PLACES: "officers of several places",
            Rule.FACTORS: "kinds of factor",
        }
    ),
    needed="Officers needed",
    officers="{count} on this device",
    signatures="Signatures",
    signed_by="{have} of {need} so far, before this device",
    roles=MappingProxyType(
        {
            Role.PAYEE: "pays",
            Role.CHANGE: "change, checked",
            Role.OWN: "own address, checked",
            Role.DATA: "writes data, pays nobody",
            Role.BURN: "DESTROYED: nobody can spend it",
            Role.UNKNOWN: "UNKNOWN script, no address",
        }
    ),
    end="- end -",
    unread="Read everything first: {percent} % read. Space goes on.",
    read="Everything has been shown. Press A to approve or D to decline.",
    refused_key="This payment cannot be approved. Press D to finish.",
    unknown_amount="unknown",
)

_APPROVE: Final = ApproveLabels(
    title="Officers approve, one after the other",
    ask="Choose yourself and press Enter.",
    summary="{amount} to {count} outputs, fee {fee}",
    summary_one="{amount} to one output, fee {fee}",
    approved="Approved: {names}",
    missing="Still needed: {count}",
    nobody="nobody yet",
    officer="Officer",
    state_approved="approved",
    state_prepared="prepared it, cannot approve",
    state_open="not yet",
    passphrase="Passphrase of {officer}",
    passphrase_hint="Nobody else should see the keyboard. Press Enter when done.",
    pins=MappingProxyType(
        {
            PinOf.DEVICE: "PIN of the device's token {name}",
            PinOf.KEY: "PIN of token {name}",
            PinOf.CARD: "PIN of {name}'s card",
            PinOf.FIDO2: "PIN of {name}'s FIDO2 token",
        }
    ),
    pin_hint="Press Enter when done. Too many wrong PINs block the token itself.",
    touch="Press Enter when done, and touch the token when it blinks.",
    pins=MappingProxyType(
        {
            PinOf.DEVICE: "PIN of the device's token {name}",
            PinOf.KEY: "PIN of token {name}",
            PinOf.CARD: "PIN of {name}'s card",
            PinOf.FIDO2: "PIN of {name}'s FIDO2 token",
        }
    ),
    pin_hint="Press Enter when done. Too many wrong PINs block the token itself.",
    touch="Press Enter when done, and touch the token when it blinks.",
    empty="Type the passphrase first.",
    checking="Checking the passphrase. This takes a moment, on purpose ...",
    thanks="{officer} has approved.",
    next="Please hand over to the next officer.",
    no_key="No key on this device can sign this payment.",
    decline="Decline this payment?",
    decline_hint="Nothing will be signed, and the journal will say so.",
)

_SIGN: Final = SignLabels(
    title="Ready to sign",
    ready="Enough officers have approved. Nothing is signed yet.",
    by="Approved by {names}",
    what="This signs",
    further="Another officer of this device may approve too, so that his key signs as well.",
    press="Press S to sign.",
    working="Signing ...",
    working_hint="Each signature is made twice and checked by a second library. Do not switch off.",
)

_SHOW: Final = ShowLabels(
    title="Show this to the builder's camera",
    signed="Signatures made: {count}",
    hold="Hold the builder's camera so that the whole white square is in its picture.",
    frame="Code {number} of {count}, in a round",
    single="One code",
    density="Size",
    speed="Speed",
    speed_unit="{speed} a second",
    held="held",
    form="Format",
    grid="Several at once",
    listen="Camera: follow the reader",
    listening="The camera looks for the reader's small code.",
    has="The reader has {have} of {need}.",
    received="The reader has everything.",
    deaf="Only the format KINKO can be followed: press T.",
    replaced="too large for one code here, so shown in parts",
    done="When the builder says it is complete, press Enter.",
    too_small="This screen is too small for a code.",
    words="Fingerprint words",
    leave="Has the builder read everything?",
    leave_hint="The answer is not kept. Without it, the payment has to be signed again.",
)

_STOP: Final = StopLabels(
    malformed="This could not be read",
    refused="REFUSED",
    vault="The key was not opened",
    tampered="THIS DEVICE IS LOCKED",
    nothing="Nothing was signed.",
    declined="Declined",
    declined_hint="Nothing was signed. The journal says that this payment was declined.",
    why="Why",
    todo="What to do now",
    locked="Leave this screen as it is.",
    advice=MappingProxyType(
        {
            Advice.ATTACK: "Somebody may be trying to steal. Do not try again with the same request. Write down the "
            "fingerprint words, tell your security officer, and ask the preparer over a channel that does not go "
            "through the builder.",
            Advice.ASK_AGAIN: "Decline, and ask the preparer for a new request that keeps to the policy.",
            Advice.CHECK_SETUP: "Check that this is the right device, account and network for this payment. "
            "If they are, tell your security officer.",
            Advice.SCAN_AGAIN: "Show the codes again from the start. If it happens again, ask the preparer to make "
            "the request anew.",
            Advice.UPKEEP: "Something is due on this device. Do it first, then scan again.",
            Advice.OTHER_OFFICER: "Another officer is needed.",
            Advice.RETRY: "Try again. If it happens again, tell your security officer.",
            Advice.CEREMONY: "Use the device that holds a key of this account, or hold the ceremony that is missing.",
            Advice.LOCKED: "Do not use this device. Do not switch it off. Call your security officer and the auditor, "
            "and let them verify the journal against the last checkpoint.",
        }
    ),
)

_ACCOUNTS: Final = AccountLabels(
    choose="Choose an account.",
    receive="Receive address",
    change="Change address",
    number="Number {number}",
    compare="Computed here from the keys in the account. It must be the same, in every group of four, where somebody is asked to pay to it.",
    next="Number",
    branch="Kind",
    check="Check one",
    export="Export",
    export_title="Account {name}: for another device or wallet",
    check_title="Hold the address, as a code, in front of the camera",
    own="Yes: this is address {branch}/{index} of this account.",
    foreign="NO: this is not among the first {count} addresses of this account. Do not pay to it as to your own.",
)

_RECORDS: Final = RecordLabels(
    verify="Verify all",
    checkpoint="Head as code",
    checkpoint_title="Head of the journal, signed by this device",
    size="Records: {size}",
    root="Head",
    verifying="Reading everything again ...",
    sound="All {count} records are sound.",
    testing="Testing ...",
    passed="Everything is as it must be.",
    failed="SOMETHING IS WRONG. Do not use this device.",
    failed_hint="Do not use this device. Do not switch it off. Call your security officer.",
    good="GOOD",
    bad="BAD ",
    again="Test again",
)

LABELS: Final = Labels(
    name="English",
    keys=_KEYS,
    frame=_FRAME,
    home=_HOME,
    scan=_SCAN,
    review=_REVIEW,
    approve=_APPROVE,
    sign=_SIGN,
    show=_SHOW,
    stop=_STOP,
    accounts=_ACCOUNTS,
    records=_RECORDS,
    ceremony=CEREMONY,
)
