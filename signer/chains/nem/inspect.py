"""Inspection: what a NEM transaction would do to an account, with every finding, from the bytes and the account."""

from __future__ import annotations

from collections.abc import Sequence

from signer.chains.nem.account import Wallet, open_wallet
from signer.chains.nem.attach import Pairs, is_valid
from signer.chains.nem.fee import MAX_QUANTITY, WHOLE, XEM_ID, cosigning_fee, least_fee, units_of
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
from signer.core.amount import Amount, Asset
from signer.core.errors import Malformed
from signer.core.finding import Code, Finding
from signer.core.known import Known, KnownAsset, Levy
from signer.core.spend import Fact, Payment, Report, Role, Source, Spend

#: A fee of so many times the minimum, which is fixed, is more than haste.
_GENEROUS = 2


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
        payments = _payments(params, core, wallet, known.assets, findings)
        facts += _message(core, findings)
    elif isinstance(core, Modification):
        facts += modified(params, core)
        if wallet is not None and signable is not None:
            findings += judge(params, signable, wallet, known.accounts)
    signed = _signed(params, signable, pairs, wallet, findings)
    asked = needed(signable, wallet) if signable and wallet else account.threshold
    fee = _fee(outer, core, asked, params, known.assets, findings)
    coins = [p.amount for p in payments if p.role is not Role.OWN and p.amount.asset == fee.asset]
    taken = sum(coins, fee)
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
    params: Params,
    core: Transfer,
    wallet: Wallet | None,
    known: Sequence[KnownAsset],
    findings: list[Finding],
) -> tuple[Payment, ...]:
    """What the recipient gets, an asset each, and then what issuers take. A mosaic is XEM only as `nem:xem`."""
    own = wallet is not None and core.recipient == wallet.address
    if own:
        findings.append(Finding.of(Code.PAYEE_OWN, output=0))
    moved = _moved(params, core, known, findings)
    there = {asset.id: asset.supply * 10**asset.decimals for asset in known if asset.supply} | {
        params.network.asset.ticker: SUPPLY
    }
    if any(amount.units > there.get(amount.asset.ticker, MAX_QUANTITY) for amount in moved):
        findings.append(Finding.of(Code.OVERFLOW))
    if not _possible(core):
        findings.append(Finding.of(Code.TRANSFER_IMPOSSIBLE))
    findings += [
        Finding.of(Code.OUTPUT_ZERO, output=index) for index, amount in enumerate(moved) if not amount.units
    ]
    role = Role.OWN if own else Role.PAYEE
    paid = [Payment(index, role, amount, core.recipient) for index, amount in enumerate(moved)]
    for item in core.mosaics:
        for asset in known:
            if asset.id == item.id and asset.levy is not None:
                paid.append(_levied(params, len(paid), asset.levy, units_of(item, core), known, findings))
    return tuple(paid)


def _possible(core: Transfer) -> bool:
    """A node sorts mosaics, multiplies them by whole numbers and drops an empty message: then nothing verifies."""
    order = [f"{item.id} : {item.quantity}" for item in core.mosaics]
    fraction = bool(order) and core.amount % WHOLE != 0
    return order == sorted(order) and not fraction and (core.message is None or bool(core.message.data))


def _moved(
    params: Params, core: Transfer, known: Sequence[KnownAsset], findings: list[Finding]
) -> list[Amount]:
    coin = params.network.asset
    if not core.mosaics:
        return [Amount(core.amount, coin)]
    moved = []
    for item in core.mosaics:
        amount = Amount(units_of(item, core), _asset(params, item.id, known))
        moved.append(amount)
        if item.id == XEM_ID:
            continue
        if item.id in {asset.id for asset in known}:
            findings.append(Finding.of(Code.ASSET_MOVES, amount=str(amount), coin=coin.ticker))
        else:
            findings.append(Finding.of(Code.MOSAIC_REFUSED, mosaic=item.id, quantity=item.quantity))
    return moved


def _asset(params: Params, name: str, known: Sequence[KnownAsset]) -> Asset:
    """By its whole name, never a short one; in smallest units where nobody said how it is divided."""
    if name == XEM_ID:
        return params.network.asset
    return next((Asset(asset.id, asset.decimals) for asset in known if asset.id == name), Asset(name, 0))


def _levied(
    params: Params, index: int, levy: Levy, units: int, known: Sequence[KnownAsset], findings: list[Finding]
) -> Payment:
    """What the issuer takes of a transfer, from the sender and on top of it (NIS: a share is in 1/10,000)."""
    taken = units * levy.units // 10_000 if levy.share else levy.units
    amount = Amount(taken, _asset(params, levy.asset, known))
    if levy.asset != XEM_ID and levy.asset not in {asset.id for asset in known}:
        findings.append(Finding.of(Code.MOSAIC_REFUSED, mosaic=levy.asset, quantity=taken))
    findings.append(Finding.of(Code.LEVY, amount=str(amount), address=levy.recipient))
    return Payment(index, Role.PAYEE, amount, levy.recipient)


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
    known: Sequence[KnownAsset],
    findings: list[Finding],
) -> Amount:
    """All that the account pays: inside, wrapper and cosignatures. A node refuses less than its minimum."""
    asset = params.network.asset
    parts = [(core.head.fee, least_fee(core, known))]
    if isinstance(outer, Multisig):
        parts += [(outer.head.fee, FIXED_FEE), (cosigning_fee(signatures), cosigning_fee(signatures))]
    total, minimum = sum(paid for paid, _ in parts), Amount(sum(needed for _, needed in parts), asset)
    if any(paid < needed for paid, needed in parts):
        findings.append(Finding.of(Code.FEE_BELOW, minimum=str(minimum)))
    elif total > _GENEROUS * minimum.units:
        findings.append(Finding.of(Code.FEE_ABOVE, fee=str(Amount(total, asset)), minimum=str(minimum)))
    if total > SUPPLY:
        findings.append(Finding.of(Code.OVERFLOW))
    return Amount(total, asset)
