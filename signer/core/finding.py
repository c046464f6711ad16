"""Findings: one fact about a spend each, with a severity. Data only; the sentences are in `core.words`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Severity(IntEnum):
    """STOP is never signed. WARN must be read. INFO is good to know."""

    INFO = 0
    WARN = 1
    STOP = 2


class Code(Enum):
    """Every finding there is: its stable name on the outside, and its severity."""

    # previous transactions
    PREVIOUS_MISSING = ("previous-missing", Severity.STOP)
    PREVIOUS_WRONG_ID = ("previous-wrong-id", Severity.STOP)
    PREVIOUS_NO_OUTPUT = ("previous-no-output", Severity.STOP)
    PREVIOUS_DIFFERS = ("previous-differs", Severity.STOP)
    # inputs
    INPUT_FOREIGN = ("input-foreign", Severity.STOP)
    INPUT_DUPLICATE = ("input-duplicate", Severity.STOP)
    INPUT_UNKNOWN_AMOUNT = ("input-unknown-amount", Severity.STOP)
    INPUT_REFUSED = ("input-refused", Severity.STOP)
    INPUTS_MISSING = ("inputs-missing", Severity.STOP)
    WITNESS_CLAIMED = ("witness-claimed", Severity.STOP)
    SCRIPT_MISSING = ("script-missing", Severity.STOP)
    SCRIPT_MISMATCH = ("script-mismatch", Severity.STOP)
    KEYS_MISMATCH = ("keys-mismatch", Severity.STOP)
    THRESHOLD_MISMATCH = ("threshold-mismatch", Severity.STOP)
    XPUB_FOREIGN = ("xpub-foreign", Severity.STOP)
    DERIVATION_MISMATCH = ("derivation-mismatch", Severity.STOP)
    DERIVATION_MISSING = ("derivation-missing", Severity.STOP)
    PATH_OUTSIDE = ("path-outside", Severity.STOP)
    INDEX_TOO_FAR = ("index-too-far", Severity.WARN)
    SIGHASH = ("sighash", Severity.STOP)
    SIGHASH_OTHER_COIN = ("sighash-other-coin", Severity.STOP)
    FIELD_UNKNOWN = ("field-unknown", Severity.STOP)
    FIELD_PROPRIETARY = ("field-proprietary", Severity.STOP)
    ALREADY_FINAL = ("already-final", Severity.STOP)
    SIGNATURE_INVALID = ("signature-invalid", Severity.STOP)
    SIGNATURE_STRANGER = ("signature-stranger", Severity.STOP)
    SIGNED_ALREADY = ("signed-already", Severity.INFO)
    # outputs
    CHANGE_FAKE = ("change-fake", Severity.STOP)
    CHANGE_BRANCH = ("change-branch", Severity.STOP)
    PAYEE_OWN = ("payee-own", Severity.INFO)
    OUTPUT_DUST = ("output-dust", Severity.WARN)
    OUTPUT_ZERO = ("output-zero", Severity.WARN)
    OUTPUT_DATA = ("output-data", Severity.WARN)
    OUTPUT_BURN = ("output-burn", Severity.STOP)
    OUTPUT_UNKNOWN_SCRIPT = ("output-unknown-script", Severity.STOP)
    OUTPUT_REFUSED = ("output-refused", Severity.STOP)
    ADDRESS_AMBIGUOUS = ("address-ambiguous", Severity.WARN)
    ADDRESS_OLD = ("address-old", Severity.WARN)
    OUTPUT_SCRIPT_MISMATCH = ("output-script-mismatch", Severity.STOP)
    OUTPUT_OTHER_KEYS = ("output-other-keys", Severity.WARN)
    OUTPUT_REPEATED = ("output-repeated", Severity.WARN)
    OUTPUTS_MISSING = ("outputs-missing", Severity.STOP)
    # the transaction as a whole
    OVERFLOW = ("overflow", Severity.STOP)
    FEE_NEGATIVE = ("fee-negative", Severity.STOP)
    FEE_ABSOLUTE = ("fee-absolute", Severity.STOP)
    FEE_PERCENT = ("fee-percent", Severity.STOP)
    FEE_RATE = ("fee-rate", Severity.STOP)
    FEE_LOW = ("fee-low", Severity.WARN)
    LOCKTIME = ("locktime", Severity.WARN)
    LOCKTIME_HEIGHT = ("locktime-height", Severity.INFO)
    RELATIVE_LOCK = ("relative-lock", Severity.WARN)
    REPLACEABLE = ("replaceable", Severity.INFO)
    VERSION = ("version", Severity.WARN)
    SPENDING_PATH = ("spending-path", Severity.INFO)
    SPENDING_PATH_LATER = ("spending-path-later", Severity.INFO)
    TRANSACTION_HUGE = ("transaction-huge", Severity.STOP)
    TRANSACTION_LARGE = ("transaction-large", Severity.WARN)
    NETWORK_WRONG = ("network-wrong", Severity.STOP)
    COIN_TYPE = ("coin-type", Severity.WARN)
    ACCOUNT_UNKNOWN = ("account-unknown", Severity.STOP)
    COIN_AMBIGUOUS = ("coin-ambiguous", Severity.STOP)
    INCOMPLETE = ("incomplete", Severity.STOP)
    # what only some chains have
    TYPE_REFUSED = ("type-refused", Severity.STOP)
    MOSAIC_REFUSED = ("mosaic-refused", Severity.STOP)
    ASSET_UNLISTED = ("asset-unlisted", Severity.STOP)
    ASSET_MOVES = ("asset-moves", Severity.WARN)
    TOKEN_BURNED = ("token-burned", Severity.STOP)
    TOKEN_EXCESS = ("token-excess", Severity.STOP)
    TOKEN_GENESIS = ("token-genesis", Severity.STOP)
    TOKEN_MINTED = ("token-minted", Severity.STOP)
    TOKEN_CHANGED = ("token-changed", Severity.STOP)
    TOKEN_CAPABILITY = ("token-capability", Severity.STOP)
    TOKEN_UNIQUE = ("token-unique", Severity.INFO)
    LEVY = ("levy", Severity.WARN)
    MESSAGE_ENCRYPTED = ("message-encrypted", Severity.WARN)
    INITIATOR_FOREIGN = ("initiator-foreign", Severity.STOP)
    DEADLINE = ("deadline", Severity.STOP)
    DEADLINE_PAST = ("deadline-past", Severity.STOP)
    DEADLINE_NEAR = ("deadline-near", Severity.STOP)
    DEADLINE_LEFT = ("deadline-left", Severity.INFO)
    MADE_LATER = ("made-in-the-future", Severity.STOP)
    FEE_BELOW = ("fee-below", Severity.STOP)
    FEE_ABOVE = ("fee-above", Severity.WARN)
    COSIGNATORY_FOREIGN = ("cosignatory-foreign", Severity.STOP)
    ACCOUNT_STATE_UNKNOWN = ("account-state-unknown", Severity.STOP)
    CHANGE_IMPOSSIBLE = ("change-impossible", Severity.STOP)
    ACCOUNT_CONVERTED = ("account-converted", Severity.WARN)
    COSIGNATORY_ADDED = ("cosignatory-added", Severity.WARN)
    COSIGNATORY_REMOVED = ("cosignatory-removed", Severity.WARN)
    THRESHOLD_LOWERED = ("threshold-lowered", Severity.WARN)
    THRESHOLD_FROM_ALL = ("threshold-from-all", Severity.WARN)
    TRANSFER_IMPOSSIBLE = ("transfer-impossible", Severity.STOP)
    # the envelope
    REQUEST_UNSIGNED = ("request-unsigned", Severity.WARN)
    REQUEST_EXPIRED = ("request-expired", Severity.STOP)
    REQUEST_REPLAYED = ("request-replayed", Severity.STOP)
    REQUEST_SIGNER = ("request-signer-unknown", Severity.STOP)
    REQUEST_FUTURE = ("request-from-the-future", Severity.STOP)
    REQUEST_UNSIGNED_FORBIDDEN = ("request-unsigned-forbidden", Severity.STOP)
    REQUEST_STALE = ("request-stale", Severity.STOP)
    CHECKPOINT_STALE = ("checkpoint-stale", Severity.STOP)
    # the policy
    DESTINATION_UNLISTED = ("destination-unlisted", Severity.STOP)
    DESTINATION_COOLING = ("destination-cooling", Severity.STOP)
    LIMIT_TRANSACTION = ("limit-transaction", Severity.STOP)
    LIMIT_WINDOW = ("limit-window", Severity.STOP)
    LIMIT_COUNT = ("limit-count", Severity.STOP)
    OUT_OF_HOURS = ("out-of-hours", Severity.STOP)
    SCRIPT_ACCOUNT = ("script-type-account", Severity.STOP)
    SCRIPT_PAYEE = ("script-type-payee", Severity.STOP)
    POLICY_DENIES = ("policy-denies", Severity.STOP)
    # the device itself
    WITNESS_STALE = ("witness-stale", Severity.STOP)
    EXPORT_OVERDUE = ("export-overdue", Severity.STOP)
    DRILL_OVERDUE = ("drill-overdue", Severity.STOP)
    DRILL_NEVER = ("drill-never", Severity.STOP)
    CLOCK_UNATTENDED = ("clock-unattended", Severity.STOP)
    FINDING_FORBIDDEN = ("finding-forbidden", Severity.STOP)
    ACCOUNT_ONE_KEY = ("account-one-key", Severity.WARN)
    ACCOUNT_UNREGISTERED = ("account-unregistered", Severity.WARN)
    BUILDER_UNREGISTERED = ("builder-unregistered", Severity.WARN)
    ACCOUNT_RETIRED = ("account-retired", Severity.STOP)
    NETWORK_ASSUMED = ("network-assumed", Severity.WARN)
    SPARE_NONE = ("spare-none", Severity.STOP)
    KEY_NO_QUORUM = ("key-no-quorum", Severity.WARN)
    REFUGE = ("refuge", Severity.INFO)
    KEYS_TOGETHER = ("keys-together", Severity.WARN)
    # ceremonies
    PREMISE = ("premise", Severity.STOP)
    IMAGE_UNNAMED = ("image-unnamed", Severity.STOP)
    CEREMONY_UNSIGNED = ("ceremony-unsigned", Severity.STOP)
    # the quorum
    APPROVAL_STALE = ("approval-stale", Severity.STOP)
    OFFICER_PREPARED = ("officer-prepared", Severity.STOP)
    OFFICER_TWICE = ("officer-twice", Severity.STOP)
    OFFICER_UNKNOWN = ("officer-unknown", Severity.STOP)
    QUORUM_ONE_SITE = ("quorum-one-site", Severity.WARN)
    QUORUM_ONE_ORGANISATION = ("quorum-one-organisation", Severity.INFO)
    QUORUM_SITES = ("quorum-sites", Severity.STOP)
    QUORUM_ORGANISATIONS = ("quorum-organisations", Severity.STOP)
    FACTORS_FEW = ("factors-few", Severity.STOP)

    def __init__(self, label: str, severity: Severity) -> None:
        self.label = label
        self.severity = severity


@dataclass(frozen=True, slots=True)
class Finding:
    """A code and what fills its sentence, e.g. the index of an input or two amounts."""

    code: Code
    details: tuple[tuple[str, str | int], ...] = ()

    @classmethod
    def of(cls, code: Code, **details: str | int) -> Finding:
        return cls(code, tuple(details.items()))

    @property
    def severity(self) -> Severity:
        return self.code.severity


def stops(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those of the findings that forbid a signature."""
    return tuple(finding for finding in findings if finding.severity is Severity.STOP)
