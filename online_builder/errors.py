"""What can go wrong on the online side that is nobody's bytes: sources that are down, wrong or unwilling.

Bytes that are not what they claim stay `signer.core.errors.Malformed`. Here too an error is a code with
details, and `MESSAGES` is the one place with sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from signer.core.errors import ExitStatus, KinkoError


class Trouble(Enum):
    """Every trouble there is: its stable name, and the exit status of a command that ends in it.

    INCOMPLETE: nothing was lost, the same command may simply be tried again. REFUSED: trying again changes
    nothing. USAGE: a setting has to be corrected first.
    """

    BACKEND_DOWN = ("backend-down", ExitStatus.INCOMPLETE)
    BACKEND_BUSY = ("backend-busy", ExitStatus.INCOMPLETE)
    BACKEND_FAILED = ("backend-failed", ExitStatus.INCOMPLETE)
    BACKEND_GARBLED = ("backend-garbled", ExitStatus.MALFORMED)
    BACKEND_LOGIN = ("backend-login", ExitStatus.USAGE)
    BACKEND_SETTINGS = ("backend-settings", ExitStatus.USAGE)
    BACKEND_WRONG_CHAIN = ("backend-wrong-chain", ExitStatus.REFUSED)
    BACKEND_CANNOT = ("backend-cannot", ExitStatus.REFUSED)
    NOT_ACCEPTED = ("not-accepted", ExitStatus.REFUSED)
    NOT_VALID = ("not-valid", ExitStatus.REFUSED)
    NO_FUNDS = ("no-funds", ExitStatus.REFUSED)
    CANNOT_BUILD = ("cannot-build", ExitStatus.REFUSED)
    NOT_COMPLETE = ("not-complete", ExitStatus.INCOMPLETE)
    MIXED = ("mixed-funds", ExitStatus.REFUSED)
    NOT_PROVEN = ("not-proven", ExitStatus.INCOMPLETE)
    COIN_TAKEN = ("coin-taken", ExitStatus.INCOMPLETE)
    NO_ACCOUNT = ("no-account", ExitStatus.USAGE)
    NO_REQUEST = ("no-request", ExitStatus.REFUSED)
    NO_ALARM = ("no-alarm", ExitStatus.REFUSED)
    EXISTS = ("exists", ExitStatus.USAGE)
    STORE = ("store", ExitStatus.INCOMPLETE)
    NOT_INSTALLED = ("not-installed", ExitStatus.USAGE)

    def __init__(self, label: str, status: ExitStatus) -> None:
        self.label = label
        self.status = status


MESSAGES: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.BACKEND_DOWN: "{source} does not answer ({why}). Nothing is lost: try again when it is back.",
        Trouble.BACKEND_BUSY: "{source} is in use by another process. Try again when that one has ended.",
        Trouble.BACKEND_FAILED: "{source} failed: {why}. Nothing is lost: try again.",
        Trouble.BACKEND_GARBLED: "{source} answered something that makes no sense: {why}.",
        Trouble.BACKEND_LOGIN: "{source} refuses the user name and password.",
        Trouble.BACKEND_SETTINGS: "The settings of {source} are not right: {why}.",
        Trouble.BACKEND_WRONG_CHAIN: "{source} follows another chain than {chain}. Nothing was read from it.",
        Trouble.BACKEND_CANNOT: "{source} cannot do this: {why}.",
        Trouble.NOT_ACCEPTED: "The transaction was not accepted ({reason}): {why} {text}",
        Trouble.NO_FUNDS: "There is not enough to spend: {why}.",
        Trouble.CANNOT_BUILD: "The payment cannot be built: {why}.",
        Trouble.MIXED: "This would mix {owner} funds with {other} funds: {name} is paid. Nothing was built.",
        Trouble.NOT_PROVEN: "The checkpoint is proved to continue {old} records; the last one seen here had {size}."
        " Give the device the checkpoint cosigned last, or bring the whole journal.",
        Trouble.COIN_TAKEN: "Another request took the coin {coin} meanwhile. Nothing is lost: try again.",
        Trouble.NOT_COMPLETE: "Not enough signatures yet: {have} of {need}; missing {missing}.",
        Trouble.NO_ACCOUNT: "There is no account called {name}.",
        Trouble.NO_REQUEST: "There is no open request that this belongs to ({what}).",
        Trouble.NO_ALARM: "There is no open alarm whose subject begins with {what} (at least 8 characters).",
        Trouble.EXISTS: "There is already {name}.",
        Trouble.NOT_INSTALLED: "This needs the library {name}, which is not installed here: install kinko[builder].",
        Trouble.STORE: "The store does not answer ({why}).",
        Trouble.NOT_VALID: "The finished transaction is not valid: input {index}: {why}. It was not sent.",
    }
)


#: What each reason of a source that would not take a transaction means for the one who pays.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "missing-input": "a coin it spends was spent meanwhile, or never was there. Give it up and propose again.",
        "conflict": "a transaction that waits spends one of its coins. It may be tried again later.",
        "immature": "a coin or a lock time of it is not ripe yet. It may be tried again later.",
        "fee-too-low": "its fee is too low for what waits now. Try again later, or propose with a higher fee rate.",
        "fee-too-high": "its fee is beyond what the source believes to be meant.",
        "dust": "an output is too small to be passed on.",
        "script": "a signature or script does not verify.",
        "malformed": "the source cannot read it.",
        "too-late": "its deadline has passed. Give it up and propose again.",
    }
)


class BuilderError(KinkoError):
    """A trouble and what fills its sentence."""

    def __init__(self, code: Trouble, **details: str | int) -> None:
        super().__init__(code, **details)
        self.trouble = code
        self.exit_status = code.status

    def __str__(self) -> str:
        why = REASONS.get(str(self.details.get("reason")), "the source does not say why.")
        return MESSAGES[self.trouble].format_map(_Gaps({"why": why, **self.details})).rstrip()


class _Gaps(dict[str, "str | int"]):
    """Shows a missing detail as its name, so that a sentence never fails to be said."""

    def __missing__(self, key: str) -> str:
        return key
