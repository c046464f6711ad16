"""Inspection: what a draft would do to an account, with every finding, from the bytes and the account alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from signer.chains.utxo.carried import token_findings
from signer.chains.utxo.contents import Contents
from signer.chains.utxo.outputs import look
from signer.chains.utxo.size import signed_weight, vbytes
from signer.chains.utxo.survey import Survey, survey
from signer.chains.utxo.wallet import Wallet, open_wallet
from signer.chains.utxo.whole import Sums, field_findings, key_findings, sum_findings, time_findings
from signer.core.account import Account, KeyOrigin
from signer.core.amount import Amount
from signer.core.errors import Malformed
from signer.core.finding import Code, Finding
from signer.core.spend import AccountScript, Fact, Report, Source, Spend


def inspect(draft: Contents, account: Account) -> tuple[Report, Survey]:
    """The report, and the inputs found to be the account's own."""
    wallet, misfit = _open(draft, account)
    if wallet is None:
        nothing = (None,) * len(draft.psbt.inputs)
        seen = Survey(nothing, nothing, ())
    else:
        seen = survey(draft, wallet)
    outputs = look(draft, wallet, seen.spots)
    paid = _amounts(draft)
    sums = _sums(draft, seen, wallet, paid)
    signed = () if wallet is None else _signed(seen, wallet)
    findings = [*misfit, *seen.findings, *outputs.findings]
    findings += token_findings(draft, outputs.payments)
    findings += field_findings(draft.psbt)
    findings += sum_findings(draft.params, draft.psbt, sums)
    findings += time_findings(draft.params, draft.psbt.tx)
    if wallet is not None:
        findings += key_findings(draft.psbt, wallet)
    findings += [Finding.of(Code.SIGNED_ALREADY, key=str(origin)) for origin in signed]
    spend = Spend(
        network=draft.params.title,
        sources=_sources(draft, seen, paid),
        payments=outputs.payments,
        fee=None if sums.fee is None else Amount(sums.fee, draft.params.asset),
        fee_rate=sums.rate,
        script=None if wallet is None else AccountScript(wallet.descriptor.shape.value),
        facts=(Fact("vbytes", str(vbytes(sums.weight))), Fact("psbt", f"v{draft.psbt.version}")),
    )
    unique = tuple(dict.fromkeys(findings))
    threshold = account.threshold if wallet is None else wallet.descriptor.threshold
    return Report(draft.digest, account.id, spend, unique, signed, threshold), seen


def _open(draft: Contents, account: Account) -> tuple[Wallet | None, list[Finding]]:
    """The account opened, unless it is another network's or does not add up."""
    claimed = draft.params.title
    if account.chain != draft.params.chain:
        return None, [Finding.of(Code.NETWORK_WRONG, claimed=claimed, enrolled=account.chain)]
    try:
        return open_wallet(draft.params, account), []
    except Malformed:
        return None, [Finding.of(Code.ACCOUNT_UNKNOWN)]


def _sums(draft: Contents, seen: Survey, wallet: Wallet | None, paid: Sequence[int | None]) -> Sums:
    tx = draft.psbt.tx
    weight = 4 * len(tx.stripped()) if wallet is None else signed_weight(tx, seen.spots, wallet.descriptor)
    known = [units for units in paid if units is not None]
    total = sum(known) if len(known) == len(paid) else None
    return Sums(total, sum(output.units for output in tx.outputs), weight)


def _amounts(draft: Contents) -> list[int | None]:
    """The amount of each input if it is proved: by a previous transaction, or by a signature that commits to it."""
    committed = draft.commits_to_amounts
    return [
        coin.output.units if coin.output is not None and (coin.proved or committed) else None
        for coin in draft.coins
    ]


def _sources(draft: Contents, seen: Survey, paid: Sequence[int | None]) -> tuple[Source, ...]:
    sources = []
    for index, (item, units, spot) in enumerate(zip(draft.psbt.tx.inputs, paid, seen.spots, strict=True)):
        amount = None if units is None else Amount(units, draft.params.asset)
        sources.append(Source(index, item.coin, amount, None if spot is None else (spot.branch, spot.index)))
    return tuple(sources)


def _signed(seen: Survey, wallet: Wallet) -> tuple[KeyOrigin, ...]:
    """Whose valid signatures stand on every input of the account."""
    count: Counter[KeyOrigin] = Counter()
    own = [item for item in seen.own if item is not None]
    for item in own:
        if not item.signed:
            break  # then nobody's signature stands on every input
        origins = zip(item.spot.claims, wallet.descriptor.uses, strict=True)
        count.update({used.key.origin for key, used in origins if key in item.signed})
    return tuple(key.origin for key in wallet.descriptor.keys if own and count[key.origin] == len(own))
