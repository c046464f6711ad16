"""Which labels there are. A language that lacks one does not pass the type checker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signer.core.pin import PinOf
from signer.core.rules import Rule
from signer.core.spend import Role
from signer.tui.advice import Advice
from signer.tui.words.ceremony_labels import CeremonyLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLabels:
    """What the keys in the last line do, a word or two each."""

    choose: str
    open: str
    back: str
    quit: str
    language: str
    file: str
    light: str
    page: str
    up: str
    approve: str
    decline: str
    enter: str
    sign: str
    more: str
    size: str
    speed: str
    full: str
    hold: str
    form: str
    done: str
    yes: str
    no: str
    again: str
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLabels:
    """The head of every screen."""

    steps: tuple[str, str, str, str, str]
    step: str
    development: str
    test_image: str
    home: str
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLabels:
    title: str
    what: str
    sign: str
    sign_hint: str
    language: str
    language_hint: str
    quit: str
    quit_hint: str
    accounts: str
    accounts_hint: str
    journal_hint: str
    selfcheck: str
    selfcheck_hint: str
    ceremonies: str
    ceremonies_hint: str
    no_accounts: str
    keys: str
    no_keys: str
    journal: str
    journal_records: str
    journal_empty: str
    time: str
    space: str
    space_low: str
    space_full: str
    image: str
    policy: str
    policy_built_in: str
    policy_version: str
    of: str
    opens: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLabels:
    title: str
    waiting: str
    looking: str
    progress: str
    missing: str
    missing_more: str
    seconds: str
    format: str
    foreign: str
    damaged: str
    unwanted: str
    reading: str
    ended: str
    no_camera: str
    lost: str
    closer: str
    further: str
    dark: str
    bright: str
    still: str
    good: str
    no_picture: str
    frames: str
    module: str
    file: str
    file_hint: str
    file_failed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLabels:
    title: str
    verdict_stop: str
    verdict_warn: str
    verdict_good: str
    todo: str
    words: str
    words_hint: str
    summary: str
    account: str
    network: str
    leaving: str
    fee: str
    fee_share: str
    fee_of: str
    fee_rate: str
    payees: str
    returning: str
    request: str
    purpose: str
    prepared: str
    expires: str
    unsigned: str
    builder: str
    claimed: str
    findings: str
    no_findings: str
    payments: str
    payment: str
    output: str
    own: str
    inputs: str
    input: str
    unproved: str
    facts: str
    decided: str
    rules: Mapping[Rule, str]
    needed: str
    officers: str
    signatures: str
    signed_by: str
    roles: Mapping[Role, str]
    end: str
    unread: str
    read: str
    refused_key: str
    unknown_amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveLabels:
    title: str
    ask: str
    summary: str
    summary_one: str
    approved: str
    missing: str
    nobody: str
    officer: str
    state_approved: str
    state_prepared: str
    state_open: str
    passphrase: str
    passphrase_hint: str
    pins: Mapping[PinOf, str]
    pin_hint: str
    touch: str
    empty: str
    checking: str
    thanks: str
    next: str
    no_key: str
    decline: str
    decline_hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLabels:
    title: str
    ready: str
    by: str
    what: str
    further: str
    press: str
    working: str
    working_hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowLabels:
    title: str
    signed: str
    hold: str
    frame: str
    single: str
    density: str
    speed: str
    speed_unit: str
    held: str
    form: str
    grid: str
    listen: str
    listening: str
    has: str
    received: str
    deaf: str
    replaced: str
    done: str
    too_small: str
    words: str
    leave: str
    leave_hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLabels:
    malformed: str
    refused: str
    vault: str
    tampered: str
    nothing: str
    declined: str
    declined_hint: str
    why: str
    todo: str
    locked: str
    advice: Mapping[Advice, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLabels:
    choose: str
    receive: str
    change: str
    number: str
    compare: str
    next: str
    branch: str
    check: str
    export: str
    export_title: str
    check_title: str
    own: str
    foreign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLabels:
    verify: str
    checkpoint: str
    checkpoint_title: str
    size: str
    root: str
    verifying: str
    sound: str
    testing: str
    passed: str
    failed: str
    failed_hint: str
    good: str
    bad: str
    again: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """All labels of one language."""

    name: str
    keys: KeyLabels
    frame: FrameLabels
    home: HomeLabels
    scan: ScanLabels
    review: ReviewLabels
    approve: ApproveLabels
    sign: SignLabels
    show: ShowLabels
    stop: StopLabels
    accounts: AccountLabels
    records: RecordLabels
    ceremony: CeremonyLabels
