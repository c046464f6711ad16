"""The commands that make requests: a payment, a sweep, and a request written again."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from online_builder.cli.output import Output
from online_builder.desk import Desk
from online_builder.errors import BuilderError, Trouble
from online_builder.files import read_input, write_output
from online_builder.plan.family import Wish
from online_builder.plan.payees import Payee, parse_csv, parse_payees
from online_builder.store.values import StoredRequest
from signer.chains.draft import Chain
from signer.chains.registry import doubts
from signer.core.amount import Asset, parse_amount
from signer.core.errors import Bad, ExitStatus, Malformed
from signer.core.finding import Code, Finding
from signer.core.fingerprint import spoken
from signer.core.request import MAX_PREPARER, MAX_PURPOSE
from signer.core.words import Language, finding_sentence

_RATE: Final = Asset("", 3)
_MOST_COINS: Final = 1_000
_MOST_HOURS: Final = 24 * 365
#: What an appliance will warn of that only the builder can mend.
_TOLD: Final = frozenset({Code.FEE_LOW, Code.FEE_BELOW, Code.OUTPUT_DUST})


def propose(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Build a payment and write the request."""
    known = desk.known(args.account)
    chain, _ = desk.account(known)
    if args.asset and args.all_to:
        raise BuilderError(
            Trouble.CANNOT_BUILD, why="--all-to moves money: say with --to how much of an asset goes"
        )
    sweep_to = chain.lock(args.all_to) if args.all_to else b""
    payees = _payees(args, chain, desk.asset(known.name, args.asset) if args.asset else None)
    request = desk.propose(known.name, _wish(args, payees, sweep_to))
    _write_or_give_up(desk, request, args.format, args.out)
    document, lines = _told(desk, request, args.format, args.out)
    addresses = [payee.address for payee in payees] or [args.all_to]
    warnings = [finding for address in addresses for finding in doubts(chain, address)]
    _warn(document, lines, warnings)
    out.tell(document, lines)
    return ExitStatus.DONE


def sweep(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Build the requests that move everything to another account; a file each in a folder, as soon as it is built."""
    if not 1 <= args.coins <= _MOST_COINS:
        raise Malformed(Bad.VALUE, what="coins", limit=_MOST_COINS)
    told, moved = [], 0
    built = desk.sweeping(args.account, args.into, _wish(args, (), b""), args.coins)
    for number, request in enumerate(built, 1):
        path = args.out / f"sweep-{number:03d}-{request.id[:8]}.{args.format}"
        _write_or_give_up(desk, request, args.format, path)
        told.append(_told(desk, request, args.format, path))
        moved += _moved(desk, request)
    left = desk.holdings(args.account)
    stays = [amount for amount in (left.confirmed, left.waiting, *left.assets) if amount.units]
    document: dict[str, object] = {
        "requests": [row for row, _ in told],
        "moved": moved,
        "left": [{"asset": amount.asset.ticker, "amount": amount.units} for amount in stays],
    }
    lines = [line for _, lines in told for line in lines]
    out.tell(document, [*lines, *(f"Stays      {amount}" for amount in stays)])
    return ExitStatus.DONE


def change(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Build the request that gives an account other keys, or its keys for the first time."""
    request = desk.change(desk.known(args.account).name, args.into, _wish(args, (), b""))
    _write_or_give_up(desk, request, args.format, args.out)
    out.tell(*_told(desk, request, args.format, args.out))
    return ExitStatus.DONE


def request(desk: Desk, args: Namespace, out: Output) -> ExitStatus:
    """Write a request again: as it was made, or as a PSBT with the signatures collected so far."""
    found = desk.store.request(args.id)
    write_output(args.out, _data(found, args.format))
    document, lines = _told(desk, found, args.format, args.out)
    out.tell(document, lines)
    return ExitStatus.DONE


def _wish(args: Namespace, payees: tuple[Payee, ...], sweep_to: bytes) -> Wish:
    if not 1 <= args.expires <= _MOST_HOURS:
        raise Malformed(Bad.VALUE, what="expires", limit=_MOST_HOURS)
    rate = parse_amount(args.fee_rate, _RATE).units if args.fee_rate else None
    if rate == 0:
        raise Malformed(Bad.VALUE, what="fee rate")
    for what, text, most in (
        ("purpose", args.purpose, MAX_PURPOSE),
        ("preparer", args.preparer, MAX_PREPARER),
    ):
        if len(text) > most or not text.isprintable():
            raise Malformed(Bad.VALUE, what=what, limit=most)
    lifetime = args.expires * 3600
    return Wish(
        payees, rate, args.purpose, args.preparer, lifetime, sweep_to, args.message, args.initiator.lower()
    )


def _payees(args: Namespace, chain: Chain, asset: Asset | None) -> tuple[Payee, ...]:
    if args.csv:
        return parse_csv(read_input(str(args.csv)), chain, asset)
    return parse_payees(args.to, chain, asset) if args.to else ()


def _data(request: StoredRequest, form: str) -> bytes:
    return request.sealed if form == "request" else request.draft


def _write_or_give_up(desk: Desk, request: StoredRequest, form: str, path: Path) -> None:
    """A request that nobody has must not hold coins."""
    try:
        write_output(path, _data(request, form))
    except Malformed:
        desk.cancel(request.id)
        raise


def _moved(desk: Desk, request: StoredRequest) -> int:
    """Of the chain's own coin: units of another asset are not added to it."""
    chain, account = desk.account(desk.known(request.account))
    spend, coin = chain.read(request.draft, request.proofs).inspect(account).spend, chain.network.asset
    return sum(payment.amount.units for payment in spend.payments if payment.amount.asset == coin)


def _warn(document: dict[str, object], lines: list[str], findings: Sequence[Finding]) -> None:
    """Add what the one who pays should know before officers are called together."""
    before = document.get("warnings")
    rows = [{"code": f.code.label, **dict(f.details)} for f in findings]
    document["warnings"] = [*(before if isinstance(before, list) else ()), *rows]
    lines += [f"Careful    {finding_sentence(finding, Language.EN)}" for finding in findings]


def _told(desk: Desk, request: StoredRequest, form: str, path: Path) -> tuple[dict[str, object], list[str]]:
    chain, account = desk.account(desk.known(request.account))
    report = chain.read(request.draft, request.proofs).inspect(account)
    spend, data = report.spend, _data(request, form)
    # A bare PSBT is known to the appliance by its own bytes, a request by its digest.
    digest = request.digest if form == "request" else hashlib.sha256(data).digest()
    words, size = spoken(digest), len(data)
    rows = [
        {"address": p.address, "amount": p.amount.units, "asset": p.amount.asset.ticker, "role": p.role.value}
        for p in spend.payments
    ]
    document: dict[str, object] = {
        "id": request.id,
        "words": list(words),
        "digest": digest.hex(),
        "fee": spend.fee.units if spend.fee else None,
        "inputs": len(spend.sources),
        "outputs": rows,
        "bytes": size,
        "out": str(path),
    }
    counts = f"{len(spend.sources)} inputs, {len(spend.payments)} outputs, fee {spend.fee}"
    lines = [
        f"Request    {request.id[:8]}: {counts}",
        f"Words      {' '.join(words)}",
        f"Written    {size} bytes to {path}",
    ]
    _warn(document, lines, [finding for finding in report.findings if finding.code in _TOLD])
    return document, lines
