"""English sentences. Every code has one; placeholders are the details its maker gives."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from signer.core.errors import Bad, Broken, Lock
from signer.core.finding import Code

FINDINGS: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.PREVIOUS_MISSING: "Input {input}: the transaction it comes from was not sent along, so its amount is unproved.",
        Code.PREVIOUS_WRONG_ID: "Input {input}: the transaction sent along is not the one this input spends.",
        Code.PREVIOUS_NO_OUTPUT: "Input {input}: the transaction it spends has no such output.",
        Code.PREVIOUS_DIFFERS: "Input {input}: the amount or script claimed is not what the previous transaction says.",
        Code.INPUT_FOREIGN: "Input {input} does not belong to this account.",
        Code.INPUT_DUPLICATE: "Input {input} spends the same coin as another input.",
        Code.INPUT_UNKNOWN_AMOUNT: "Input {input}: its amount is not known.",
        Code.SCRIPT_MISMATCH: "Input {input}: its script is not the one the coin is locked with.",
        Code.KEYS_MISMATCH: "Input {input}: its keys are not the keys of this account.",
        Code.DERIVATION_MISMATCH: "Input {input}: the key path it claims leads to a different key.",
        Code.INDEX_TOO_FAR: "{what} {index}: address number {number} is unusually far along.",
        Code.SIGHASH: "Input {input} asks for a signature that does not cover the whole transaction ({sighash}).",
        Code.FIELD_UNKNOWN: "{where}: there is a field this device does not know (type {field}).",
        Code.FIELD_PROPRIETARY: "{where}: there is a proprietary field.",
        Code.ALREADY_FINAL: "Input {input} is already final.",
        Code.SIGNATURE_INVALID: "Input {input} carries a signature that is not valid.",
        Code.SIGNED_ALREADY: "Already signed by the key {key}.",
        Code.CHANGE_FAKE: "Output {output} claims to come back to this account, and does not.",
        Code.CHANGE_BRANCH: "Output {output} comes back to this account on an unusual branch ({branch}).",
        Code.PAYEE_OWN: "Output {output} pays a receiving address of this account.",
        Code.OUTPUT_DUST: "Output {output} is too small to be spent later ({amount}).",
        Code.OUTPUT_ZERO: "Output {output} pays nothing.",
        Code.OUTPUT_DATA: "Output {output} writes data and pays nobody.",
        Code.OUTPUT_BURN: "Output {output} would destroy {amount}: nobody can spend it.",
        Code.OUTPUT_UNKNOWN_SCRIPT: "Output {output} pays to a script that has no address.",
        Code.OUTPUTS_MISSING: "There are no outputs: everything would go to the fee.",
        Code.OVERFLOW: "The amounts add up to more than can exist.",
        Code.FEE_NEGATIVE: "More goes out than comes in.",
        Code.FEE_ABSOLUTE: "The fee of {fee} is over the limit.",
        Code.FEE_PERCENT: "The fee of {fee} is too much for a payment of {leaving}.",
        Code.FEE_RATE: "The fee rate of {rate} per vbyte is over the limit of {limit}.",
        Code.FEE_LOW: "The fee is so low that the transaction may never confirm.",
        Code.LOCKTIME: "The transaction cannot confirm before {when}.",
        Code.REPLACEABLE: "The fee can be raised later (RBF).",
        Code.VERSION: "The transaction has an unusual version ({version}).",
        Code.NETWORK_WRONG: "This is for {claimed}, and the account is on {enrolled}.",
        Code.ACCOUNT_UNKNOWN: "No account enrolled on this device is the one this would spend from.",
        Code.REQUEST_UNSIGNED: "The request carries no signature of a builder: it may come from anyone.",
        Code.REQUEST_EXPIRED: "The request expired at {expires}.",
        Code.REQUEST_REPLAYED: "This request, or a later one of the same builder, was signed before.",
        Code.REQUEST_SIGNER: "The request is not signed by a builder this device knows.",
        Code.REQUEST_FUTURE: "The request was made later than this device's clock shows.",
        Code.POLICY_DENIES: "The policy does not allow it (rule: {rule}).",
        Code.APPROVAL_STALE: "The approval of {officer} was for something else.",
        Code.OFFICER_PREPARED: "{officer} prepared this payment and cannot approve it as well.",
        Code.OFFICER_TWICE: "{officer} has already approved; another officer is needed.",
        Code.OFFICER_UNKNOWN: "{officer} is not an officer of this device.",
    }
)

ERRORS: Final[Mapping[Enum, str]] = MappingProxyType(
    {
        Bad.EMPTY: "There is nothing in it ({what}).",
        Bad.TRUNCATED: "It ends too early ({what}).",
        Bad.TOO_LARGE: "It is too large ({what}, limit {limit}).",
        Bad.TOO_MANY: "It has too many parts ({what}, limit {limit}).",
        Bad.TOO_DEEP: "It is nested too deeply ({what}).",
        Bad.CHECKSUM: "Its checksum is wrong ({what}).",
        Bad.ENCODING: "It is not encoded as it should be ({what}).",
        Bad.UNKNOWN_FORMAT: "This is not a format this device knows ({what}).",
        Bad.UNSUPPORTED: "This kind is not supported ({what}).",
        Bad.DUPLICATE: "Something is in it twice ({what}).",
        Bad.TRAILING: "There is something after its end ({what}).",
        Bad.INCONSISTENT: "Its parts contradict each other ({what}).",
        Bad.FIELD: "A field is missing, unknown or of the wrong kind ({what}).",
        Bad.VALUE: "A value is out of bounds ({what}).",
        Bad.NETWORK: "It is for another network ({what}).",
        Bad.DESCRIPTOR: "The descriptor cannot be used ({what}).",
        Bad.ADDRESS: "The address is not valid ({what}).",
        Bad.SIGNATURE: "A signature is not valid ({what}).",
        Bad.UNREADABLE: "It cannot be read ({what}).",
        Lock.NO_VAULT: "This device has no vault yet. Hold a genesis ceremony first.",
        Lock.NO_SLOT: "There is no such key on this device.",
        Lock.NO_OFFICER: "{officer} has no part in any key of this device.",
        Lock.WRONG_FACTOR: "That was not right for {officer}. Tries left: {left}.",
        Lock.LOCKED_OUT: "{officer} is locked out after too many wrong tries.",
        Lock.TOO_FEW: "Not enough officers have unlocked the key.",
        Lock.WEAK_SECRET: "The passphrase is too short: at least {least} characters.",
        Lock.EXISTS: "That name is already taken ({name}).",
        Lock.NO_KEY: "None of the keys on this device can sign this.",
        Lock.FAULT: "A signature came out wrong and was thrown away. Nothing was signed.",
        Lock.CHILD: "The signing process failed. Nothing was signed.",
        Lock.BUSY: "Another signature is being made.",
        Lock.TOKEN: "The token does not answer as it should ({what}).",
        Lock.ENTROPY: "The random numbers failed their test ({what}).",
        Lock.DEVICE: "The device's own storage does not answer ({what}).",
        Broken.JOURNAL: "The journal does not add up ({what}). The device is locked.",
        Broken.VAULT: "The vault does not add up ({what}). The device is locked.",
        Broken.IMAGE: "The system image is not the one it should be ({what}). The device is locked.",
        Broken.COUNTER: "This is an older copy of the vault ({what}). The device is locked.",
        Broken.ACCOUNT: "An enrolled account was changed from outside ({what}). The device is locked.",
        Broken.POLICY: "The policy was changed from outside ({what}). The device is locked.",
        Broken.SELFCHECK: "The device failed its self-check ({what}). The device is locked.",
    }
)
