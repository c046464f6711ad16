"""From the bytes that crossed the gap to a judged report. Needs no key and no officer, and changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from signer.ceremony.ports import Accounts, Clock, Policies
from signer.ceremony.refuge import given_up, refuge, written
from signer.chains.draft import Chain, Draft
from signer.core.account import Account
from signer.core.envelope import Verify, is_sealed, open_sealed
from signer.core.errors import Bad, Malformed, Refused
from signer.core.finding import Code, Finding, stops
from signer.core.known import Known
from signer.core.policy import Verdict, judge_all, known_assets
from signer.core.request import SpendRequest
from signer.core.rules import Context
from signer.core.slot import Slot
from signer.core.spend import Report
from signer.core.upkeep import Upkeep
from signer.core.when import utc
from signer.wire.values import Payload

#: A builder's clock may be this many seconds ahead of ours.
CLOCK_SKEW = 300
#: So many seconds an answer needs to be signed, carried back and announced.
WAY_BACK = 300


def _no_keys() -> Sequence[Slot]:
    return ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What an examination reads: who is enrolled, what the policy says, what time it is, which keys are here."""

    clock: Clock
    accounts: Accounts
    policies: Policies
    readers: Mapping[str, Chain]
    verify_envelope: Verify
    slots: Callable[[], Sequence[Slot]] = _no_keys


@dataclass(frozen=True, slots=True)
class Asked:
    """The question inside a payload. `request` and `builder` are None for a bare transaction of another wallet.

    `subject` is what fingerprint words, approvals and the journal speak of: the request's digest, or the draft's.
    """

    draft_bytes: bytes
    proofs: tuple[bytes, ...]
    request: SpendRequest | None
    builder: bytes | None
    subject: bytes


@dataclass(frozen=True, slots=True)
class Examined:
    """A question with its answer: which account it touches, what it would do, and what the policy says of it."""

    asked: Asked
    account: Account
    draft: Draft
    report: Report
    verdict: Verdict
    context: Context


def examine(desk: Desk, payload: Payload, account_name: str = "") -> Examined:
    """Read, inspect and judge. Raises Malformed, or Refused(ACCOUNT_UNKNOWN) when nothing enrolled fits.

    `account_name` picks the account to inspect against; empty lets the payload's own key origins decide.
    """
    asked = _open(desk, payload)
    account, read = _match(desk, asked, account_name)
    policies = desk.policies.in_force(desk.clock.now())
    assets = known_assets(policies, account.id, account.chain)
    draft = read.knowing(Known(tuple(desk.accounts.list()), assets))
    report = draft.inspect(account)
    keys, upkeep = _keys_of(desk, account), desk.policies.upkeep()
    found = (*_envelope(desk, asked, account), *_late(desk, report), *_standing(account, keys, upkeep))
    unagreed = _unagreed(desk, asked, upkeep) if keys else []
    chain = desk.readers[account.chain]
    found = (*found, *unagreed, *given_up(desk.accounts, chain, account, upkeep, report))
    context = replace(_context(desk, asked, account, upkeep), keys=keys)
    safe = refuge(desk.accounts, chain, account, upkeep, policies, report, context.now)
    if safe is not None:
        found = (*found, Finding.of(Code.REFUGE, account=safe[0].name))
        context = replace(context, refuge=safe[0].id, own=context.own | safe[1])
    report = replace(report, findings=(*found, *report.findings))
    verdict = judge_all(policies, report, account.chain, context)
    return Examined(asked, account, draft, report, verdict, context)


def is_superseded(desk: Desk, examined: Examined) -> bool:
    """Whether the quorum has named another refuge since it was examined: then nothing said of it holds."""
    account, upkeep, counted = examined.account.id, desk.policies.upkeep(), examined.context.refuge
    return counted not in (b"", upkeep.successors.get(account), upkeep.spares.get(account))


def forbidden_since(desk: Desk, examined: Examined) -> tuple[Finding, ...]:
    """What forbids it by now: since it was examined time has passed, other transactions were signed, and the quorum may
    have given the account up."""
    account, now, upkeep = examined.account, desk.clock.now(), desk.policies.upkeep()
    context = replace(
        examined.context,
        now=now,
        spent=desk.policies.spent(account.id),
        moved=desk.policies.moved(account.id),
    )
    verdict = judge_all(desk.policies.in_force(now), examined.report, account.chain, context)
    left = given_up(desk.accounts, desk.readers[account.chain], account, upkeep, examined.report)
    late = (*_envelope(desk, examined.asked, account), *_late(desk, examined.report), *left)
    return stops((*late, *verdict.findings))


def _keys_of(desk: Desk, account: Account) -> tuple[Slot, ...]:
    """The keys of this device that are cosigners of the account."""
    wanted = {cosigner.origin.fingerprint for cosigner in account.cosigners}
    return tuple(slot for slot in desk.slots() if slot.fingerprint in wanted)


def _standing(account: Account, keys: Sequence[Slot], upkeep: Upkeep) -> list[Finding]:
    """What is to be said of the account and of its keys here, whatever is asked."""
    found = []
    if account.threshold < 2:
        count = len(account.cosigners)
        found.append(Finding.of(Code.ACCOUNT_ONE_KEY, threshold=account.threshold, keys=count))
    if keys and account.id not in upkeep.registered:
        found.append(Finding.of(Code.ACCOUNT_UNREGISTERED))
    if len(keys) > 1:
        found.append(Finding.of(Code.KEYS_TOGETHER, keys=len(keys)))
    for slot in keys:
        if not slot.sound:
            few, many = slot.threshold, len(slot.officers)
            found.append(Finding.of(Code.KEY_NO_QUORUM, key=slot.name, needed=few, officers=many))
    return found


def _unagreed(desk: Desk, asked: Asked, upkeep: Upkeep) -> list[Finding]:
    """Whose requests count is for the quorum to say; a key that somebody typed in alone is nobody's but his."""
    name = desk.policies.builders().get(asked.builder, "") if asked.builder else ""
    if not name or asked.builder in upkeep.registered:
        return []
    return [Finding.of(Code.BUILDER_UNREGISTERED, name=name)]


def _late(desk: Desk, report: Report) -> list[Finding]:
    """What the network will not take any more when the answer is back is refused before anybody is called."""
    now, deadline, made = desk.clock.now(), report.spend.deadline, report.spend.made
    found = []
    if made is not None and made > now + CLOCK_SKEW:
        found.append(Finding.of(Code.MADE_LATER, made=utc(made)))
    if deadline is None:
        return found
    left = deadline - now
    if left <= 0:
        return [*found, Finding.of(Code.DEADLINE_PAST, deadline=utc(deadline))]
    if left < WAY_BACK:
        return [*found, Finding.of(Code.DEADLINE_NEAR, minutes=left // 60)]
    return [*found, Finding.of(Code.DEADLINE_LEFT, hours=left // 3600, minutes=left % 3600 // 60)]


def _open(desk: Desk, payload: Payload) -> Asked:
    data = payload.data
    if not is_sealed(data):
        return Asked(data, (), None, None, hashlib.sha256(data).digest())
    sealed = open_sealed(data)
    if not sealed.verified(desk.verify_envelope):
        raise Malformed(Bad.SIGNATURE, what="envelope")
    request = SpendRequest.from_bytes(sealed.payload)
    return Asked(request.payload, request.proofs, request, sealed.public_key, request.digest)


def _match(desk: Desk, asked: Asked, name: str) -> tuple[Account, Draft]:
    """The enrolled account the transaction itself points at; where several could be meant, one it can be signed for."""
    enrolled = [account for account in desk.accounts.list() if name in ("", account.name)]
    if not enrolled:
        # Nothing to compare with; but what is no transaction at all is that, and not somebody else's.
        _check_form(desk, asked)
        raise Refused((Finding.of(Code.ACCOUNT_UNKNOWN, account=name),))
    drafts = _read(desk, asked, enrolled)
    named = {account: asked.request.chain if asked.request else account.chain for account in enrolled}
    candidates = [(account, drafts[chain]) for account, chain in named.items() if chain in drafts]
    if asked.request:
        wanted = asked.request.account_id
        candidates = [pair for pair in candidates if name or pair[0].id == wanted]
    elif not name:
        candidates = [pair for pair in candidates if pair[1].belongs(pair[0])]
    if not candidates:
        raise Refused((Finding.of(Code.ACCOUNT_UNKNOWN, account=name),))
    signable = [pair for pair in candidates if pair[1].inspect(pair[0]).signable]
    coins = sorted({desk.readers[account.chain].network.coin for account, _ in signable})
    if len({account.chain for account, _ in signable}) > 1 and not name:
        raise Refused((Finding.of(Code.COIN_AMBIGUOUS, coins=", ".join(coins)),))
    return (signable or candidates)[0]


def _check_form(desk: Desk, asked: Asked) -> None:
    """Raises Malformed where no chain that it could be of reads it: of several, what the first one says."""
    wrong: list[Malformed] = []
    for name, chain in desk.readers.items():
        if asked.request and asked.request.chain != name:
            continue
        try:
            chain.read(asked.draft_bytes, asked.proofs)
            return
        except Malformed as error:
            wrong.append(error)
        if wrong[0].code is not Bad.UNKNOWN_FORMAT:
            break  # it is of the first one's form, and broken
    raise wrong[0] if wrong else Malformed(Bad.UNSUPPORTED, what="chain")


def _read(desk: Desk, asked: Asked, enrolled: Sequence[Account]) -> dict[str, Draft]:
    """The payload read by every chain it could be of: by the one it names, else by those of the accounts.

    Raises Malformed where no chain can read it, with what the one says that knows its form.
    """
    drafts: dict[str, Draft] = {}
    wrong: list[Malformed] = []
    for chain in dict.fromkeys([asked.request.chain] if asked.request else [a.chain for a in enrolled]):
        if chain not in desk.readers:
            raise Malformed(Bad.UNSUPPORTED, what="chain")
        try:
            drafts[chain] = desk.readers[chain].read(asked.draft_bytes, asked.proofs)
        except Malformed as error:
            wrong.append(error)
    if not drafts:
        raise next((error for error in wrong if error.code is not Bad.UNKNOWN_FORMAT), wrong[0])
    return drafts


def _context(desk: Desk, asked: Asked, account: Account, upkeep: Upkeep) -> Context:
    """What the policy may look at besides the report."""
    request = asked.request
    return Context(
        now=desk.clock.now(),
        spent=desk.policies.spent(account.id),
        moved=desk.policies.moved(account.id),
        created=request.created if request and asked.builder else None,
        own=_own_addresses(desk, account, upkeep),
        unseen=_unseen(desk, request),
        upkeep=upkeep,
    )


def _unseen(desk: Desk, request: SpendRequest | None) -> int | None:
    """Records since the newest checkpoint of this device that came back; other devices' say nothing here."""
    counts = [desk.policies.unseen(checkpoint) for checkpoint in request.checkpoints] if request else []
    return min((count for count in counts if count is not None), default=None)


def _own_addresses(desk: Desk, account: Account, upkeep: Upkeep) -> frozenset[str]:
    """The first receive addresses of the other accounts on the same chain: where money may always go, and tokens.

    Only of accounts that a quorum agreed to: one that somebody typed in alone is nobody's but his.
    """
    others = [
        other
        for other in desk.accounts.list()
        if other.chain == account.chain and other.id != account.id and other.id in upkeep.registered
    ]
    return written(desk.readers[account.chain], others, (0,))


def _envelope(desk: Desk, asked: Asked, account: Account) -> list[Finding]:
    """What is wrong with the envelope: its signer, its age, its number, its chain."""
    request, builder = asked.request, asked.builder
    if request is None or builder is None:
        return []
    now = desk.clock.now()
    found = []
    if builder not in desk.policies.builders():
        found.append(Finding.of(Code.REQUEST_SIGNER, key=builder.hex()[:16]))
    if request.chain != account.chain:
        found.append(Finding.of(Code.NETWORK_WRONG, claimed=request.chain, enrolled=account.chain))
    if request.account_id != account.id:
        found.append(Finding.of(Code.ACCOUNT_UNKNOWN, account=account.name))
    if request.expires <= now:
        found.append(Finding.of(Code.REQUEST_EXPIRED, expires=utc(request.expires)))
    if request.created > now + CLOCK_SKEW:
        found.append(Finding.of(Code.REQUEST_FUTURE, created=utc(request.created)))
    if desk.policies.seen(request.request_id) or request.sequence <= desk.policies.last_sequence(builder):
        found.append(Finding.of(Code.REQUEST_REPLAYED, sequence=request.sequence))
    return found
