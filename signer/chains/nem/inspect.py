"""Inspection: what a NEM transaction would do to an account, with every finding, from the bytes and the account."""

from __future__ import annotations

from signer.chains.nem.account import Wallet, open_wallet
from signer.chains.nem.attach import Pairs, is_valid
from signer.chains.nem.fee import XEM_ID, cosigning_fee, least_fee, xem_units
from signer.chains.nem.models import Core, Head, Message, Modification, Multisig, Other, Transaction, Transfer
from signer.chains.nem.modify import facts as modified
from signer.chains.nem.modify import judge
from signer.chains.nem.network import (
    FIXED_FEE,
    MAX_LIFE,
    SUPPLY,
    Params,
    moment,
    unix,
)
from signer.chains.nem.tasks import cosigners, needed, signers
from signer.core.account import Account, KeyOrigin
from signer.core.amount import Amount
from signer.core.errors import Malformed
from signer.core.finding import Code, Finding
from signer.core.known import Known
from signer.core.spend import Fact, Payment, Report, Role, Source, Spend


def inspect(
    params: Params, outer: Transaction, pairs: Pairs, digest: bytes, account: Account, known: Known
) -> Report:
    """The report. What is neither a transfer of an account nor a change of its keys is refused by its name."""
    findings: list[Finding] = []
    wallet = _open(params, account, findings)
    core = outer.inner if isinstance(outer, Multisig) else outer
    facts = [Fact("initiator", outer.head.signer.hex()), *_times(outer.head)]
    signable = outer if isinstance(outer, Multisig | Modification) else None
    if signable is None or isinstance(core, Other):
        findings.append(Finding.of(Code.TYPE_REFUSED, kind=core.head.type.name.lower().replace("_", " ")))
    findings += _lives(outer, core)
    payments: tuple[Payment, ...] = ()
    if isinstance(core, Transfer):
        payments = _payments(params, core, wallet, findings)
        facts += _message(core, findings)
    elif isinstance(core, Modification):
        facts += modified(params, core)
        if wallet is not None and signable is not None:
            findings += judge(params, signable, wallet, known.accounts)
    signed = _signed(params, signable, pairs, wallet, findings)
    asked = needed(signable, wallet) if signable and wallet else account.threshold
    fee = _fee(outer, core, asked, params, findings)
    taken = sum((p.amount for p in payments if p.role is not Role.OWN), fee)
    source = Source(0, "unknown" if wallet is None else wallet.address, taken)
    spend = Spend(
        network=params.title,
        sources=(source,),
        payments=payments,
        fee=fee,
        facts=tuple(facts),
        deadline=unix(min(outer.head.deadline, core.head.deadline)),
        made=unix(max(outer.head.timestamp, core.head.timestamp)),
    )
    others = cosigners(signable, wallet) if signable and wallet else ()
    first = (
        None if wallet is None else {wallet.public_key: wallet.origin, **wallet.keys}.get(outer.head.signer)
    )
    # Without the initiator's own signature any number of others is one too few.
    asked = asked if first in signed else max(asked, len(signed) + 1)
    return Report(digest, account.id, spend, tuple(dict.fromkeys(findings)), signed, asked, others)


def _open(params: Params, account: Account, findings: list[Finding]) -> Wallet | None:
    if account.chain != params.chain:
        findings.append(Finding.of(Code.NETWORK_WRONG, claimed=params.title, enrolled=account.chain))
        return None
    try:
        return open_wallet(params, account)
    except Malformed:
        findings.append(Finding.of(Code.ACCOUNT_UNKNOWN))
        return None


def _times(head: Head) -> tuple[Fact, ...]:
    return Fact("made", moment(head.timestamp)), Fact("deadline", moment(head.deadline))


def _lives(outer: Transaction, core: Core) -> list[Finding]:
    """A node takes no deadline before its timestamp, nor one more than 24 hours after it."""
    return [
        Finding.of(Code.DEADLINE, deadline=moment(head.deadline))
        for head in dict.fromkeys((outer.head, core.head))
        if not 0 < head.deadline - head.timestamp <= MAX_LIFE
    ]


def _payments(
    params: Params, core: Transfer, wallet: Wallet | None, findings: list[Finding]
) -> tuple[Payment, ...]:
    own = wallet is not None and core.recipient == wallet.address
    if own:
        findings.append(Finding.of(Code.PAYEE_OWN, output=0))
    for item in core.mosaics:
        if item.id != XEM_ID:
            findings.append(Finding.of(Code.MOSAIC_REFUSED, mosaic=item.id, quantity=item.quantity))
    units = xem_units(core)
    if units > SUPPLY:
        findings.append(Finding.of(Code.OVERFLOW))
    if not units:
        findings.append(Finding.of(Code.OUTPUT_ZERO, output=0))
    role = Role.OWN if own else Role.PAYEE
    return (Payment(0, role, Amount(units, params.network.asset), core.recipient),)


def _message(core: Transfer, findings: list[Finding]) -> list[Fact]:
    if core.message is None:
        return []
    if core.message.kind == Message.ENCRYPTED:
        findings.append(Finding.of(Code.MESSAGE_ENCRYPTED, size=len(core.message.data)))
        return [Fact("message", "encrypted")]
    try:
        text = core.message.data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    return [Fact("message", text if text.isprintable() and text else f"hex {core.message.data.hex()}")]


def _signed(
    params: Params,
    outer: Multisig | Modification | None,
    pairs: Pairs,
    wallet: Wallet | None,
    findings: list[Finding],
) -> tuple[KeyOrigin, ...]:
    """Whose valid signatures are there; the account and the initiator must be the ones enrolled."""
    if wallet is None or outer is None:
        return ()
    wanted = signers(outer, wallet)
    core = outer.inner if isinstance(outer, Multisig) else outer
    if core.head.signer != wallet.public_key:
        findings.append(Finding.of(Code.ACCOUNT_UNKNOWN))
    if isinstance(outer, Multisig) and outer.head.signer not in wanted:
        findings.append(Finding.of(Code.INITIATOR_FOREIGN, key=outer.head.signer.hex()))
    good = []
    for key, data in pairs:
        origin = wanted.get(key)
        if origin is None:
            findings.append(Finding.of(Code.SIGNATURE_STRANGER, input=0, key=key.hex()))
        elif not is_valid(params, outer, key, data):
            findings.append(Finding.of(Code.SIGNATURE_INVALID, input=0))
        else:
            good.append(origin)
            findings.append(Finding.of(Code.SIGNED_ALREADY, key=str(origin)))
    return tuple(good)


def _fee(
    outer: Transaction,
    core: Core,
    signatures: int,
    params: Params,
    findings: list[Finding],
) -> Amount:
    """All that the account pays: inside, wrapper and cosignatures. A node refuses less than its minimum."""
    asset = params.network.asset
    parts = [(core.head.fee, least_fee(core))]
    if isinstance(outer, Multisig):
        parts += [(outer.head.fee, FIXED_FEE), (cosigning_fee(signatures), 0)]
    if any(paid < needed for paid, needed in parts):
        minimum = Amount(sum(needed for _, needed in parts), asset)
        findings.append(Finding.of(Code.FEE_BELOW, minimum=str(minimum)))
    total = sum(paid for paid, _ in parts)
    if total > SUPPLY:
        findings.append(Finding.of(Code.OVERFLOW))
    return Amount(total, asset)
