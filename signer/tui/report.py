"""A review as lines of text: everything the officers must read, nothing shortened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from signer.ceremony.signing import Review
from signer.core.account import Account
from signer.core.amount import Amount, Asset, percent
from signer.core.finding import Finding, Severity, stops
from signer.core.spend import Payment, Role, Source, Spend
from signer.core.when import utc
from signer.core.words import Language, finding_sentence
from signer.tui.advice import for_findings
from signer.tui.text import BLANK, Line, Tone, clean, groups, pad, right, wrap
from signer.tui.words import Labels

_HOME_ROLES: Final = (Role.CHANGE, Role.OWN)
_ROLE_TONES: Final = {Role.BURN: Tone.STOP, Role.UNKNOWN: Tone.STOP, Role.DATA: Tone.WARN}
_SEVERITY_TONES: Final = {Severity.STOP: Tone.STOP, Severity.WARN: Tone.WARN, Severity.INFO: Tone.DIM}
_SEVERITY_MARKS: Final = {Severity.STOP: "STOP", Severity.WARN: "WARN", Severity.INFO: "INFO"}
_LABEL_WIDTH: Final = 20
_LONGEST_NAME: Final = 32
_GROUPS_A_LINE: Final = 8  # the same on every screen, so that two people can compare line by line


@dataclass(frozen=True, slots=True)
class Page:
    """What the lines are made from. `builder` is the enrolled name of the builder's key, or the key."""

    review: Review
    labels: Labels
    language: Language
    builder: str = ""

    def lines(self, width: int) -> list[Line]:
        """Everything, for a width in cells."""
        parts = (
            banner(self, width),
            _findings(self, width),
            _words(self, width),
            _summary(self, width),
            _request(self, width),
            _payments(self, width),
            _returning(self, width),
            _inputs(self, width),
            _facts(self, width),
        )
        lines: list[Line] = []
        for part in parts:
            block = list(part)
            lines += [*block, BLANK] if block else []
        end = self.labels.review.end
        return [*lines, ((right(end, (width + len(end)) // 2), Tone.DIM),)]


def allowed(review: Review) -> bool:
    """Whether officers may approve it at all."""
    return review.examined.verdict.allowed and bool(review.slots)


def returning(spend: Spend) -> str:
    """What comes back to the account, each asset for itself; empty where nothing does."""
    sums: dict[Asset, Amount] = {}
    for payment in spend.payments:
        if payment.role in _HOME_ROLES:
            asset = payment.amount.asset
            sums[asset] = sums.get(asset, Amount(0, asset)) + payment.amount
    return " + ".join(str(amount) for amount in sums.values())


def leaving(review: Review, labels: Labels) -> str:
    """What leaves the account, or that it is not known."""
    spend = review.examined.report.spend
    amount = spend.leaving()
    if amount is None:
        return labels.review.unknown_amount
    return " + ".join(str(part) for part in (amount, *spend.others()))


def fee(review: Review, labels: Labels) -> str:
    """The fee, or that it is not known."""
    amount = review.examined.report.spend.fee
    return str(amount) if amount is not None else labels.review.unknown_amount


def share(review: Review, labels: Labels) -> str:
    """The fee in percent of what leaves; empty where nothing leaves."""
    spend = review.examined.report.spend
    amount, gone = spend.fee, spend.leaving()
    if amount is None or gone is None or gone.units <= spend.carriage():
        return ""
    return labels.review.fee_of.format(percent=percent(amount.units, gone.units))


def in_short(review: Review, labels: Labels) -> str:
    """The payment in one sentence, for the screens after the review."""
    count = outputs(outgoing(review.examined.report.spend))
    words = labels.approve.summary_one if count == 1 else labels.approve.summary
    text = words.format(amount=leaving(review, labels), count=f"{count:,}", fee=fee(review, labels))
    part = share(review, labels)
    return f"{text} ({part})" if part else text


def outgoing(spend: Spend) -> tuple[Payment, ...]:
    """The outputs that do not come back."""
    return tuple(payment for payment in spend.payments if payment.role not in _HOME_ROLES)


def outputs(payments: tuple[Payment, ...]) -> int:
    """How many outputs they are: one that carries tokens is several payments."""
    return len({payment.index for payment in payments})


def banner(page: Page, width: int) -> Iterator[Line]:
    """The verdict in one glance; for a refusal also what to do now."""
    review, words = page.review, page.labels.review
    if not review.examined.verdict.allowed:
        text, tone = words.verdict_stop, Tone.BANNER_STOP
    elif not review.slots:
        text, tone = page.labels.approve.no_key, Tone.BANNER_WARN
    elif any(finding.severity is Severity.WARN for finding in review.findings):
        text, tone = words.verdict_warn, Tone.BANNER_WARN
    else:
        text, tone = words.verdict_good, Tone.BANNER_GOOD
    for line in wrap(text, width - 2):
        yield ((pad(f" {line}", width), tone),)
    if stops(review.findings):
        yield BLANK
        yield _title(words.todo)
        yield from _prose(page.labels.stop.advice[for_findings(review.findings)], width, Tone.STRONG)


def _title(text: str) -> Line:
    return ((text, Tone.TITLE),)


def _prose(text: str, width: int, tone: Tone = Tone.PLAIN, indent: int = 2) -> Iterator[Line]:
    for line in wrap(text, width - indent):
        yield ((" " * indent + line, tone),)


def _row(label: str, value: str, width: int, tone: Tone = Tone.PLAIN) -> Iterator[Line]:
    """A label and its value, the value on further lines where it is long."""
    first, *rest = wrap(value, width - _LABEL_WIDTH - 2)
    yield ((pad(f"  {label}", _LABEL_WIDTH + 2), Tone.DIM), (first, tone))
    for line in rest:
        yield ((" " * (_LABEL_WIDTH + 2) + line, tone),)


def _findings(page: Page, width: int) -> Iterator[Line]:
    findings = page.review.findings
    yield _title(page.labels.review.findings.format(count=len(findings)))
    if not findings:
        yield from _prose(page.labels.review.no_findings, width)
    for finding in findings:
        yield from _finding(finding, page.language, width)


def _finding(finding: Finding, language: Language, width: int) -> Iterator[Line]:
    tone = _SEVERITY_TONES[finding.severity]
    first, *rest = wrap(clean(finding_sentence(finding, language)), width - 9)
    plain = Tone.STRONG if finding.severity is Severity.STOP else Tone.PLAIN
    yield ((f"  {_SEVERITY_MARKS[finding.severity]}   ", tone), (first, plain))
    for line in rest:
        yield ((" " * 9 + line, plain),)


def _words(page: Page, width: int) -> Iterator[Line]:
    yield _title(page.labels.review.words)
    yield from word_rows(page.review.words, width)
    yield from _prose(page.labels.review.words_hint, width, Tone.DIM)


def word_rows(words: tuple[str, ...], width: int) -> Iterator[Line]:
    """The fingerprint words numbered, four a row, two on a narrow panel."""
    across = 4 if width >= 72 else 2
    column = (width - 2) // across
    for start in range(0, len(words), across):
        row: list[tuple[str, Tone]] = [("  ", Tone.PLAIN)]
        for place, word in enumerate(words[start : start + across], start + 1):
            row += [(f"{place} ", Tone.DIM), (pad(word, column - 2), Tone.STRONG)]
        yield tuple(row)


def _summary(page: Page, width: int) -> Iterator[Line]:
    yield _title(page.labels.review.summary)
    yield from summary_rows(page, width)


def summary_rows(page: Page, width: int) -> Iterator[Line]:
    """The payment in short: from where, how much, at what cost, who decided."""
    words, review = page.labels.review, page.review
    spend, account = review.examined.report.spend, review.examined.account
    back, out = returning(spend), outgoing(spend)
    yield from _row(words.account, clean(account.name), width, Tone.STRONG)
    yield from _row(words.network, clean(spend.network), width, Tone.STRONG)
    yield from _row(words.leaving, leaving(review, page.labels), width, Tone.STRONG)
    yield from _row(words.payees, f"{outputs(out):,}", width)
    yield from _row(words.fee, fee(review, page.labels), width, Tone.STRONG)
    if share(review, page.labels):
        yield from _row(words.fee_share, share(review, page.labels), width)
    if spend.fee_rate is not None:
        unit = "" if spend.fee is None else spend.fee.asset.unit
        rate = f"{spend.fee_rate // 1000}.{spend.fee_rate % 1000:03d}"
        yield from _row(words.fee_rate, f"{rate} {unit}/vB", width)
    if back:
        yield from _row(words.returning, back, width)
    yield from _row(words.signatures, _signatures(page, account), width)
    decided = " + ".join(words.rules[rule] for rule in review.examined.verdict.rules)
    yield from _row(words.decided, decided, width)
    if allowed(review):
        yield from _row(words.needed, words.officers.format(count=review.quorum.needed), width)


def _signatures(page: Page, account: Account) -> str:
    have = len(page.review.examined.report.signed)
    return page.labels.review.signed_by.format(have=have, need=page.review.examined.report.threshold)


def _request(page: Page, width: int) -> Iterator[Line]:
    words, request = page.labels.review, page.review.examined.asked.request
    if request is None:
        return
    yield ((words.request, Tone.TITLE), ("  ", Tone.PLAIN), (words.claimed, Tone.DIM))
    yield from _row(words.builder, clean(page.builder) or words.unsigned, width)
    yield from _row(words.purpose, clean(request.purpose) or "-", width)
    yield from _row(words.prepared, clean(request.preparer) or "-", width)
    yield from _row(words.expires, utc(request.expires), width)


def _payments(page: Page, width: int) -> Iterator[Line]:
    out = outgoing(page.review.examined.report.spend)
    words = page.labels.review
    if out:
        yield _title(words.payments.format(count=f"{len(out):,}"))
    for number, payment in enumerate(out, 1):
        yield from _payment(
            payment, words.payment.format(number=f"{number:,}", total=f"{len(out):,}"), page, width
        )


def _returning(page: Page, width: int) -> Iterator[Line]:
    own = [p for p in page.review.examined.report.spend.payments if p.role in _HOME_ROLES]
    words = page.labels.review
    if own:
        yield _title(words.own.format(count=f"{len(own):,}"))
    for payment in own:
        label = f"{payment.path[0]}/{payment.path[1]}" if payment.path else ""
        yield from _payment(payment, label, page, width)


def _payment(payment: Payment, label: str, page: Page, width: int) -> Iterator[Line]:
    """One output: which, how much, what it is, and the whole address in groups of four."""
    tone = _ROLE_TONES.get(payment.role, Tone.DIM)
    role = page.labels.review.roles[payment.role]
    yield (
        (f"  {label}   {page.labels.review.output.format(number=payment.index)}   ", Tone.DIM),
        (role, tone),
    )
    yield from _amount(payment.amount, width)
    yield from address_lines(payment.address, width)


def _amount(amount: Amount, width: int) -> Iterator[Line]:
    """On one line; an asset that is called by a long number has it below, whole, in groups of four."""
    name = clean(amount.asset.ticker)
    if len(name) <= _LONGEST_NAME or ":" in name:
        yield from _prose(f"{amount.decimal()} {name}", width, Tone.STRONG, indent=4)
        return
    yield ((f"    {amount.decimal()}", Tone.STRONG),)
    yield from address_lines(name, width, indent=6)


def address_lines(address: str, width: int, indent: int = 4) -> Iterator[Line]:
    """All of an address, in groups of four that alternate, at most eight a line; a prefix on a line of its own."""
    pieces = groups(clean(address))
    if pieces and pieces[0].endswith(":"):
        yield ((" " * indent + pieces.pop(0), Tone.PLAIN),)
    across = max(1, min(_GROUPS_A_LINE, (width - indent) // 5))
    for start in range(0, len(pieces), across):
        row: list[tuple[str, Tone]] = [(" " * indent, Tone.PLAIN)]
        for place, piece in enumerate(pieces[start : start + across]):
            row += [(piece, Tone.PLAIN if place % 2 else Tone.STRONG), (" ", Tone.PLAIN)]
        yield tuple(row)


def _inputs(page: Page, width: int) -> Iterator[Line]:
    words, sources = page.labels.review, page.review.examined.report.spend.sources
    yield _title(words.inputs.format(count=f"{len(sources):,}"))
    for source in sources:
        yield from _source(source, page, width)


def _source(source: Source, page: Page, width: int) -> Iterator[Line]:
    words = page.labels.review
    path = f"  {source.path[0]}/{source.path[1]}" if source.path else ""
    amount = str(source.amount) if source.amount is not None else words.unproved
    tone = Tone.PLAIN if source.amount is not None else Tone.STOP
    yield ((f"  {words.input.format(number=source.index)}{path}  ", Tone.DIM), (amount, tone))
    yield from _prose(clean(source.coin), width, Tone.DIM, indent=4)


def _facts(page: Page, width: int) -> Iterator[Line]:
    facts = page.review.examined.report.spend.facts
    if facts:
        yield _title(page.labels.review.facts)
    for fact in facts:
        yield from _row(clean(fact.name), clean(fact.value), width)
