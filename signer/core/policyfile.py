"""The policy as a document people read and sign: strict JSON in, the same bytes out for the same policy."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from signer.core.errors import Bad, Malformed
from signer.core.finding import Code, Severity
from signer.core.holding import Holding
from signer.core.known import KnownAsset, Levy
from signer.core.policy import Clause, Constraint, Policy, Tier
from signer.core.prepared import Preparer
from signer.core.rules import (
    Destinations,
    Entry,
    FeeCeiling,
    FreshCheckpoint,
    Hours,
    PerTransaction,
    Scope,
    ScriptTypes,
    SignedRequests,
    Window,
)
from signer.core.spend import AccountScript, PayeeScript
from signer.core.standing import (
    Attended,
    Drilled,
    Exported,
    Factors,
    Forbidden,
    Places,
    Scripts,
    Witnessed,
)
from signer.core.strictjson import Object, read_object

MAX_BYTES: Final = 1024 * 1024
MAX_CLAUSES: Final = 100
MAX_BOOK: Final = 10_000
MAX_LIST: Final = 100
_YEAR: Final = 366 * 86_400
_MINUTES: Final = 1440
#: Every account, an account's id, a chain (CAIP-2): a clause for what can be none of them would bind nobody.
_APPLIES_TO: Final = re.compile(r"\*|[0-9a-f]{64}|[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}")


def read_policy(data: bytes) -> Policy:
    """Raises Malformed: for JSON that is not, a key that is unknown, missing or twice, a value out of bounds."""
    if len(data) > MAX_BYTES:
        raise Malformed(Bad.TOO_LARGE, what="policy", limit=MAX_BYTES)
    top = read_object(data, "policy")
    clauses = top.objects("clauses", _clause, MAX_CLAUSES)
    policy = Policy(top.integer("version", 1, 2**31), clauses, top.integer("delay", 0, _YEAR))
    top.done()
    return policy


def write_policy(policy: Policy) -> bytes:
    """The one canonical text: sorted keys, no blanks, UTF-8."""
    clauses = [_write_clause(clause) for clause in policy.clauses]
    document = {"version": policy.version, "delay": policy.delay, "clauses": clauses}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def policy_digest(policy: Policy) -> bytes:
    """SHA-256 of the canonical text, 32 bytes: what officers approve and the vault is bound to."""
    return hashlib.sha256(write_policy(policy)).digest()


def _clause(part: Object) -> Clause:
    applies_to = part.text("applies_to", 64)
    if not _APPLIES_TO.fullmatch(applies_to):
        raise Malformed(Bad.VALUE, what=f"{part.where}.applies_to")
    tiers = part.objects("tiers", _tier, MAX_LIST)
    rules: list[Constraint] = []
    for key, read in _RULES.items():
        if part.has(key):
            rules.extend(part.objects(key, read, MAX_LIST))
    return Clause(applies_to, tuple(rules), tiers)


def _tier(part: Object) -> Tier:
    return Tier(part.integer("units"), part.integer("approvals", 1, 100))


def _fee(part: Object) -> Constraint:
    return FeeCeiling(part.integer("units"), part.integer("hundredths", 0, 10_000), part.integer("rate"))


def _destinations(part: Object) -> Constraint:
    name = part.text("scope", 10)
    if name not in list(Scope):
        raise Malformed(Bad.VALUE, what=f"{part.where}.scope")
    book = part.objects("book", _entry, MAX_BOOK)
    return Destinations(Scope(name), book, part.integer("cool_down", 0, _YEAR))


def _entry(part: Object) -> Entry:
    return Entry(part.text("address", 200), part.text("label", 100), part.integer("since"))


def _per_transaction(part: Object) -> Constraint:
    return PerTransaction(part.integer("units"))


def _window(part: Object) -> Constraint:
    return Window(
        part.integer("seconds", 1, _YEAR), part.integer("units"), part.integer("count", 0, 1_000_000)
    )


def _asset(part: Object) -> Constraint:
    levies = part.objects("levy", _levy, 1)
    levy = levies[0] if levies else None
    name, decimals = part.text("id", 180), part.integer("decimals", 0, 18)
    terms = KnownAsset(name, decimals, part.integer("supply"), levy)
    units, seconds = part.integer("units"), part.integer("seconds", 1, _YEAR)
    return Holding(terms, units, seconds, part.integer("window"))


def _levy(part: Object) -> Levy:
    kind = part.text("kind", 10)
    if kind not in ("absolute", "share"):
        raise Malformed(Bad.VALUE, what=f"{part.where}.kind")
    return Levy(part.text("recipient", 200), part.text("asset", 180), part.integer("units"), kind == "share")


def _hours(part: Object) -> Constraint:
    digits = part.text("weekdays", 7)
    if not set(digits) <= set("0123456"):
        raise Malformed(Bad.VALUE, what=f"{part.where}.weekdays")
    days = frozenset(int(digit) for digit in digits)
    opens = part.integer("opens", 0, _MINUTES)
    closes = part.integer("closes", opens + 1, _MINUTES)  # over midnight would be never
    return Hours(days, opens, closes, part.integer("offset", -720, 840))


def _signed_requests(part: Object) -> Constraint:
    return SignedRequests(part.integer("max_age", 1, _YEAR))


def _fresh_checkpoint(part: Object) -> Constraint:
    return FreshCheckpoint(part.integer("records", 0, 1_000_000))


def _witnessed(part: Object) -> Constraint:
    return Witnessed(
        part.integer("witnesses", 1, 64),
        part.integer("records", 0, 1_000_000),
        part.integer("seconds", 1, _YEAR),
    )


def _exported(part: Object) -> Constraint:
    return Exported(part.integer("records", 0, 1_000_000))


def _drilled(part: Object) -> Constraint:
    return Drilled(part.integer("seconds", 1, 5 * _YEAR))


def _attended(part: Object) -> Constraint:
    return Attended(part.integer("seconds", 1, _YEAR))


def _forbidden(part: Object) -> Constraint:
    label = part.text("finding", 64)
    for code in Code:
        if code.label == label and code.severity is Severity.WARN:
            return Forbidden(code)
    raise Malformed(Bad.VALUE, what=f"{part.where}.finding")


def _places(part: Object) -> Constraint:
    return Places(part.integer("sites", 0, 100), part.integer("organisations", 0, 100))


def _factors(part: Object) -> Constraint:
    return Factors(part.integer("kinds", 1, 3))


def _scripts(part: Object) -> Constraint:
    keys = part.objects("preparers", lambda one: Preparer.parse(one.text("key", 200)), MAX_LIST)
    if not keys:
        raise Malformed(Bad.EMPTY, what=f"{part.where}.preparers")
    return Scripts(keys)


def _script_types(part: Object) -> Constraint:
    return ScriptTypes(part.names("accounts", AccountScript), part.names("payees", PayeeScript))


_RULES: Final[Mapping[str, Callable[[Object], Constraint]]] = MappingProxyType(
    {
        "fee": _fee,
        "destinations": _destinations,
        "per_transaction": _per_transaction,
        "windows": _window,
        "assets": _asset,
        "hours": _hours,
        "signed_requests": _signed_requests,
        "fresh_checkpoint": _fresh_checkpoint,
        "script_types": _script_types,
        "witnessed": _witnessed,
        "exported": _exported,
        "drilled": _drilled,
        "attended": _attended,
        "forbidden": _forbidden,
        "places": _places,
        "factors": _factors,
        "scripts": _scripts,
    }
)


def _write_clause(clause: Clause) -> dict[str, object]:
    document: dict[str, object] = {
        "applies_to": clause.applies_to,
        "tiers": [{"units": tier.units, "approvals": tier.approvals} for tier in clause.tiers],
    }
    for rule in clause.rules:
        key, fields = _write_rule(rule)
        found = document.setdefault(key, [])
        if isinstance(found, list):
            found.append(fields)
    return document


def _write_rule(rule: Constraint) -> tuple[str, dict[str, object]]:
    match rule:
        case FeeCeiling(units, hundredths, rate):
            return "fee", {"units": units, "hundredths": hundredths, "rate": rate}
        case Destinations(scope, book, cool_down):
            entries = [{"address": e.address, "label": e.label, "since": e.since} for e in book]
            return "destinations", {"scope": scope.value, "book": entries, "cool_down": cool_down}
        case PerTransaction(units):
            return "per_transaction", {"units": units}
        case Window(seconds, units, count):
            return "windows", {"seconds": seconds, "units": units, "count": count}
        case Holding(terms, units, seconds, window):
            fields: dict[str, object] = {"id": terms.id, "decimals": terms.decimals, "supply": terms.supply}
            fields["levy"] = [_write_levy(terms.levy)] if terms.levy else []
            return "assets", {**fields, "units": units, "seconds": seconds, "window": window}
        case Hours(weekdays, opens, closes, offset):
            days = "".join(str(day) for day in sorted(weekdays))
            return "hours", {"weekdays": days, "opens": opens, "closes": closes, "offset": offset}
        case SignedRequests(max_age):
            return "signed_requests", {"max_age": max_age}
        case FreshCheckpoint(records):
            return "fresh_checkpoint", {"records": records}
        case ScriptTypes(accounts, payees):
            return "script_types", {"accounts": sorted(accounts), "payees": sorted(payees)}
        case _:
            return _write_standing(rule)


def _write_standing(
    rule: Witnessed | Exported | Drilled | Attended | Forbidden | Places | Factors | Scripts,
) -> tuple[str, dict[str, object]]:
    match rule:
        case Witnessed(witnesses, records, seconds):
            return "witnessed", {"witnesses": witnesses, "records": records, "seconds": seconds}
        case Exported(records):
            return "exported", {"records": records}
        case Drilled(seconds):
            return "drilled", {"seconds": seconds}
        case Attended(seconds):
            return "attended", {"seconds": seconds}
        case Forbidden(code):
            return "forbidden", {"finding": code.label}
        case Places(sites, organisations):
            return "places", {"sites": sites, "organisations": organisations}
        case Factors(kinds):
            return "factors", {"kinds": kinds}
        case Scripts(preparers):
            return "scripts", {"preparers": [{"key": preparer.text} for preparer in preparers]}


def _write_levy(levy: Levy) -> dict[str, object]:
    kind = "share" if levy.share else "absolute"
    return {"kind": kind, "recipient": levy.recipient, "asset": levy.asset, "units": levy.units}
