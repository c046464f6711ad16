"""What commands print: sentences for people, or one JSON document with `--json`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from signer.ceremony.examine import Examined
from signer.core.amount import percent
from signer.core.errors import KinkoError, Refused
from signer.core.finding import Finding
from signer.core.fingerprint import spoken
from signer.core.spend import Payment, Role, Spend
from signer.core.words import Language, clean, error_sentence, finding_sentence

_GROUP = 4


def say(text: str) -> None:
    """Print. A reader that has seen enough (`| head`) ends the printing and not the command."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how to print."""

    as_json: bool
    language: Language

    def tell(self, document: dict[str, object], lines: Sequence[str]) -> None:
        """Print the document, or the lines."""
        if self.as_json:
            say(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))
        else:
            say("\n".join(clean(line) for text in lines for line in text.split("\n")))

    def error(self, error: KinkoError) -> None:
        """Print an error: to standard output as JSON, or to standard error in words."""
        if self.as_json:
            findings = [self.finding(f) for f in error.findings] if isinstance(error, Refused) else []
            self.tell(
                {
                    "error": _label(error),
                    "family": type(error).__name__,
                    "sentence": error_sentence(error, self.language),
                    "findings": findings,
                },
                (),
            )
        else:
            print(error_sentence(error, self.language), file=sys.stderr)

    def finding(self, finding: Finding) -> dict[str, object]:
        return {
            "code": finding.code.label,
            "severity": finding.severity.name,
            "sentence": finding_sentence(finding, self.language),
            "details": dict(finding.details),
        }

    def finding_lines(self, findings: Sequence[Finding]) -> list[str]:
        """One line a finding."""
        return [
            f"{f.severity.name:<10} {finding_sentence(f, self.language)} [{f.code.label}]" for f in findings
        ]

    def report(self, examined: Examined) -> tuple[dict[str, object], list[str]]:
        """An examination as a document and as lines, complete and unelided."""
        report, verdict = examined.report, examined.verdict
        findings = sorted((*report.findings, *verdict.findings), key=lambda f: -f.severity)
        words = spoken(examined.asked.subject)
        document: dict[str, object] = {
            "account": {"name": examined.account.name, "id": report.account_id.hex()},
            "chain": examined.account.chain,
            "digest": examined.asked.subject.hex(),
            "words": list(words),
            "spend": _spend(report.spend),
            "findings": [self.finding(f) for f in findings],
            "signed": [str(origin) for origin in report.signed],
            "threshold": report.threshold,
            "verdict": {
                "allowed": verdict.allowed,
                "rules": [str(rule) for rule in verdict.rules],
                "approvals": verdict.approvals,
            },
        }
        lines = [
            f"Account    {examined.account.name} ({report.spend.network})",
            f"Words      {' '.join(words)}",
            *_spend_lines(report.spend),
            f"Signed     {len(report.signed)} of {report.threshold}",
            *self.finding_lines(findings),
            f"Verdict    {'may be approved' if verdict.allowed else 'REFUSED'}",
            f"Decided    {' + '.join(verdict.rules)}",
            *(
                [f"Needed     {verdict.approvals} officers of this device, or more"]
                if verdict.allowed
                else []
            ),
        ]
        return document, lines


def grouped(address: str) -> str:
    """The address whole, in groups of four that can be read aloud; a prefix up to a colon is one of them."""
    prefix, colon, body = address.rpartition(":")
    pieces = [body[at : at + _GROUP] for at in range(0, len(body), _GROUP)]
    return " ".join([*filter(None, [prefix + colon]), *pieces])


def _label(error: KinkoError) -> str:
    return error.findings[0].code.label if isinstance(error, Refused) else str(error.code.value)


def _spend(spend: Spend) -> dict[str, object]:
    leaving = spend.leaving()
    return {
        "network": spend.network,
        "inputs": [
            {
                "coin": source.coin,
                "amount": source.amount.units if source.amount else None,
                "path": source.path,
            }
            for source in spend.sources
        ],
        "outputs": [_payment(payment) for payment in spend.payments],
        "fee": spend.fee.units if spend.fee else None,
        "fee_rate": spend.fee_rate,
        "leaving": leaving.units if leaving else None,
        "asset": spend.fee.asset.ticker if spend.fee else None,
        "others": [{"asset": amount.asset.ticker, "amount": amount.units} for amount in spend.others()],
        "facts": {fact.name: fact.value for fact in spend.facts},
    }


def _payment(payment: Payment) -> dict[str, object]:
    return {
        "index": payment.index,
        "role": payment.role.value,
        "amount": payment.amount.units,
        "asset": payment.amount.asset.ticker,
        "address": payment.address,
        "path": payment.path,
    }


def _spend_lines(spend: Spend) -> list[str]:
    leaving = spend.leaving()
    lines = [f"Input  {s.index:<3} {s.amount or 'unproved'!s:>24}  {s.coin}" for s in spend.sources]
    for p in spend.payments:
        title = "Pay" if p.role is Role.PAYEE else p.role.value.capitalize()
        lines.append(f"{title:<6} {p.index:<3} {p.amount!s:>24}  {grouped(p.address)}")
    if spend.fee is not None and leaving is not None:
        share = (
            f"{percent(spend.fee.units, leaving.units)} % of what leaves"
            if leaving.units > spend.carriage()
            else ("of other assets" if spend.others() else "nothing leaves")
        )
        rate = (
            f", {spend.fee_rate // 1000}.{spend.fee_rate % 1000:03d} per vbyte"
            if spend.fee_rate is not None
            else ""
        )
        lines.append(f"Fee        {spend.fee!s:>24}  {share}{rate}")
    lines += [f"{fact.name:<10} {fact.value}" for fact in spend.facts]
    return lines
