"""Findings about a transaction as a whole: fields, duplicates, sums, fee, times, size."""

from __future__ import annotations

from typing import NamedTuple

from signer.chains.utxo.coin import Params
from signer.chains.utxo.fields import PROPRIETARY, Global
from signer.chains.utxo.keys import KEY_NETWORKS
from signer.chains.utxo.miniscript import paths
from signer.chains.utxo.psbt import Psbt
from signer.chains.utxo.size import MAX_STANDARD_WEIGHT, vbytes
from signer.chains.utxo.transaction import Transaction
from signer.chains.utxo.wallet import Wallet
from signer.core.account import HARDENED
from signer.core.finding import Code, Finding
from signer.core.when import utc

_TIME_FROM = 500_000_000
_FINAL = 0xFFFFFFFF
_REPLACEABLE_BELOW = 0xFFFFFFFE
_NO_RELATIVE_LOCK = 1 << 31
_RELATIVE_TIME = 1 << 22
_RELATIVE_UNIT = 512
_PURPOSES = frozenset({44, 48, 49, 84, 86})


class Sums(NamedTuple):
    """`paid` in and `sent` out in the smallest unit (`paid` None if any input is unproved), `weight` when signed."""

    paid: int | None
    sent: int
    weight: int

    @property
    def fee(self) -> int | None:
        return None if self.paid is None else self.paid - self.sent

    @property
    def rate(self) -> int | None:
        """Thousandths of the smallest unit per vbyte, rounded down."""
        fee = self.fee
        return None if fee is None or fee < 0 else fee * 1000 // vbytes(self.weight)


def field_findings(psbt: Psbt) -> list[Finding]:
    """Fields that the allow-list does not have."""
    places = [("the PSBT", psbt.unknown)]
    places += [(f"input {index}", half.unknown) for index, half in enumerate(psbt.inputs) if half.unknown]
    places += [(f"output {index}", half.unknown) for index, half in enumerate(psbt.outputs) if half.unknown]
    findings = []
    for where, keys in places:
        for key in keys:
            if key[0] == PROPRIETARY:
                findings.append(Finding.of(Code.FIELD_PROPRIETARY, where=where))
            else:
                findings.append(Finding.of(Code.FIELD_UNKNOWN, where=where, field=f"0x{key[0]:02x}"))
    return findings


def sum_findings(params: Params, psbt: Psbt, sums: Sums) -> list[Finding]:
    """Duplicate inputs, missing sides, sums and the fee."""
    tx = psbt.tx
    findings = []
    if not tx.inputs:
        findings.append(Finding.of(Code.INPUTS_MISSING))
    if not tx.outputs:
        findings.append(Finding.of(Code.OUTPUTS_MISSING))
    seen: set[bytes] = set()
    for index, item in enumerate(tx.inputs):
        if item.outpoint in seen:
            findings.append(Finding.of(Code.INPUT_DUPLICATE, input=index))
        seen.add(item.outpoint)
    if sums.sent > params.max_units or (sums.paid or 0) > params.max_units:
        findings.append(Finding.of(Code.OVERFLOW))
    if sums.fee is not None and sums.fee < 0:
        findings.append(Finding.of(Code.FEE_NEGATIVE))
    if sums.rate is not None and sums.rate < params.min_fee_rate:
        findings.append(Finding.of(Code.FEE_LOW))
    if sums.weight > MAX_STANDARD_WEIGHT:
        findings.append(Finding.of(Code.TRANSACTION_LARGE, size=vbytes(sums.weight)))
    return findings


def time_findings(params: Params, tx: Transaction) -> list[Finding]:
    """Version, special type, locktime, replaceability, relative timelocks (BIP 68, 125)."""
    findings = []
    special = params.type_of(tx.version)
    if special is not None:
        findings.append(Finding.of(Code.TYPE_REFUSED, kind=special))
    elif tx.version not in params.versions:
        findings.append(Finding.of(Code.VERSION, version=tx.version))
    if tx.locktime and any(item.sequence != _FINAL for item in tx.inputs):
        if tx.locktime < _TIME_FROM:
            findings.append(Finding.of(Code.LOCKTIME_HEIGHT, height=tx.locktime))
        else:
            findings.append(Finding.of(Code.LOCKTIME, when=lock_time(tx.locktime)))
    if params.replaceable and any(item.sequence < _REPLACEABLE_BELOW for item in tx.inputs):
        findings.append(Finding.of(Code.REPLACEABLE))
    if tx.version >= 2:
        for index, item in enumerate(tx.inputs):
            if item.sequence < _NO_RELATIVE_LOCK and item.sequence & 0xFFFF:
                findings.append(Finding.of(Code.RELATIVE_LOCK, input=index, age=relative_age(item.sequence)))
    return findings


def relative_age(sequence: int) -> str:
    """What a relative timelock asks for, in words that need no translation."""
    count = sequence & 0xFFFF
    return f"{count * _RELATIVE_UNIT} s" if sequence & _RELATIVE_TIME else f"{count} blocks"


def lock_time(number: int) -> str:
    """A locktime (BIP 65): a block or a moment."""
    if number < _TIME_FROM:
        return f"block {number}"
    return utc(number)


def key_findings(psbt: Psbt, wallet: Wallet) -> list[Finding]:
    """Extended keys in the PSBT that are not the account's, and paths that are another coin's."""
    params = wallet.params
    findings = []
    known = {(key.node.chain_code + key.node.public_key): key.prefix for key in wallet.descriptor.keys}
    for pair, value in psbt.globals.items():
        if pair[0] != Global.XPUB:
            continue
        if KEY_NETWORKS.get(pair[1:5]) != params.key_version:
            findings.append(Finding.of(Code.NETWORK_WRONG, claimed="another network", enrolled=params.title))
        if known.get(pair[14:]) != value:
            findings.append(Finding.of(Code.XPUB_FOREIGN, fingerprint=value[:4].hex()))
    for key in wallet.descriptor.keys:
        path = key.origin.path
        if len(path) >= 2 and path[0] - HARDENED in _PURPOSES and path[1] != params.coin_type + HARDENED:
            findings.append(Finding.of(Code.COIN_TYPE, key=str(key.origin), coin=params.network.coin))
    return list(dict.fromkeys(findings + path_findings(wallet)))


def path_findings(wallet: Wallet) -> list[Finding]:
    """The ways to spend from a miniscript account, recovery paths too: those who approve shall know them."""
    tree = wallet.descriptor.tree
    if tree is None:
        return []
    findings = []
    for path in paths(tree):
        groups = []
        for count, members in path.groups:
            names = ", ".join(
                wallet.descriptor.uses[number].key.origin.fingerprint.hex() for number in members
            )
            groups.append(f"{count} / {len(members)} ({names})")
        keys = " + ".join([*groups, "hash preimage"] if path.hashed else groups)
        when = [relative_age(path.older)] if path.older else []
        when += [lock_time(path.after)] if path.after else []
        if when:
            findings.append(Finding.of(Code.SPENDING_PATH_LATER, keys=keys, when=" + ".join(when)))
        else:
            findings.append(Finding.of(Code.SPENDING_PATH, keys=keys))
    return findings
