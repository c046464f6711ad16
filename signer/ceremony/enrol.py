"""Making a key, and enrolling what the device will know: accounts to sign for, builders whose requests it accepts."""

from __future__ import annotations

from collections.abc import Sequence

from signer.ceremony.addresses import overlapping
from signer.ceremony.ports import Builders, Keys
from signer.ceremony.signing import Bench
from signer.chains.draft import Chain
from signer.core.account import Account
from signer.core.errors import Bad, Lock, Malformed, Refused, VaultError
from signer.core.event import Event, EventKind
from signer.core.finding import Code, Finding
from signer.core.officer import PASSPHRASES, Means, check_name
from signer.core.quorum import is_quorum
from signer.core.slot import Slot

_KEY_BYTES = 32


def make_key(
    bench: Bench,
    keys: Keys,
    slot: str,
    officers: Sequence[tuple[str, bytearray]],
    threshold: int,
    means: Means = PASSPHRASES,
    *,
    any_quorum: bool = False,
) -> Slot:
    """A fresh key under the officers' passphrases, which are wiped; the journal knows before and after.

    `any_quorum` is for development, and the journal says so. Raises Refused(OFFICER_TWICE), VaultError(QUORUM), and
    VaultError as `Keys.create` does, NO_OFFICER for a holding of somebody else.
    """
    names = [name for name, _ in officers]
    for name in names:
        if names.count(name) > 1:
            raise Refused((Finding.of(Code.OFFICER_TWICE, officer=name),))
    for name, _ in means.holdings:
        if name not in names:
            raise VaultError(Lock.NO_OFFICER, officer=name)
    sound = is_quorum(threshold, len(names))
    if not any_quorum:
        check_quorum(threshold, len(names))
    details = {"slot": slot, "quorum": f"{threshold} of {len(names)}"}
    details |= {} if sound else {"development": "yes"}
    _record(bench, EventKind.GENESIS, b"", *names, state="begun", **details)
    made = keys.create(slot, officers, threshold, means)
    details |= {"fingerprint": made.fingerprint.hex()}
    _record(bench, EventKind.GENESIS, b"", *names, state="made", **details)
    return made


def check_quorum(needed: int, officers: int) -> None:
    """Raises VaultError(QUORUM) for one officer alone, or all of them."""
    if not is_quorum(needed, officers):
        raise VaultError(Lock.QUORUM, needed=needed, officers=officers)


def enrol_account(bench: Bench, chain: Chain, text: str, name: str) -> Account:
    """Read an account from its text form, keep it, journal it: from then on it counts. Raises Malformed, or
    VaultError(EXISTS).

    Enrolling the same account under the same name again changes nothing.
    """
    check_name(name, "account name")
    account = chain.enrol(text, name)
    for known in bench.desk.accounts.list():
        if known.name == name or known.id == account.id:
            if known == account:
                return account
            raise VaultError(Lock.EXISTS, name=known.name)
    twin = overlapping(bench.desk, account)
    if twin is not None:
        raise VaultError(Lock.EXISTS, name=twin.name)
    bench.desk.accounts.add(account)
    _record(bench, EventKind.ACCOUNT_ENROLLED, account.id, name=name, chain=account.chain)
    return account


def enrol_builder(bench: Bench, builders: Builders, public_key: bytes, name: str) -> None:
    """Accept requests signed by this Ed25519 key (32 bytes) from now on. Raises Malformed, or VaultError(EXISTS)."""
    check_name(name, "builder name")
    if len(public_key) != _KEY_BYTES:
        raise Malformed(Bad.VALUE, what="builder key")
    known = bench.desk.policies.builders()
    if known.get(public_key) == name:
        return
    if public_key in known or name in known.values():
        raise VaultError(Lock.EXISTS, name=name)
    builders.add_builder(public_key, name)
    _record(bench, EventKind.BUILDER_ENROLLED, public_key, name=name)


def _record(bench: Bench, kind: EventKind, subject: bytes, *officers: str, **details: str) -> None:
    bench.journal.append(
        Event(kind, bench.desk.clock.now(), officers, subject, tuple(sorted(details.items())))
    )
