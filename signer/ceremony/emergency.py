"""A key may be known to others: what to do, by role, with the spare account that the quorum named beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signer.ceremony.examine import Desk
from signer.core.account import Account
from signer.core.errors import Refused
from signer.core.finding import Code, Finding
from signer.core.fingerprint import spoken
from signer.core.words import Language, emergency


@dataclass(frozen=True, slots=True)
class Plan:
    """What fills the steps. `spare` is None where no quorum has named one."""

    account: Account
    spare: Account | None
    facts: Mapping[str, str]

    def steps(self, language: Language) -> Sequence[tuple[str, Sequence[str]]]:
        """Who, and what he does in which order."""
        return [(role, [line.format(**self.facts) for line in lines]) for role, lines in emergency(language)]


def plan_for(desk: Desk, name: str) -> Plan:
    """The plan for an account. Needs no key and no officer. Raises Refused(ACCOUNT_UNKNOWN)."""
    accounts = desk.accounts.list()
    account = next((known for known in accounts if known.name == name), None)
    if account is None:
        raise Refused((Finding.of(Code.ACCOUNT_UNKNOWN, account=name),))
    named = desk.policies.upkeep().spares.get(account.id)
    spare = next((known for known in accounts if known.id == named), None)
    wanted = {cosigner.origin.fingerprint for cosigner in account.cosigners}
    here = [slot for slot in desk.slots() if slot.fingerprint in wanted]
    facts = {
        "account": account.name,
        "threshold": str(account.threshold),
        "keys": str(len(account.cosigners)),
        "here": ", ".join(f"{slot.name} {slot.fingerprint.hex()}" for slot in here) or "-",
        "officers": "; ".join(
            f"{slot.threshold} / {len(slot.officers)}: {', '.join(slot.officers)}" for slot in here
        )
        or "-",
        "spare": spare.name if spare else "SPARE",
        "address": desk.readers[spare.chain].address(spare, 0, 0) if spare else "-",
        "words": " ".join(spoken(spare.id)) if spare else "-",
    }
    return Plan(account, spare, facts)
