"""What is enrolled and what is remembered, across restarts, and when somebody edits the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from signer.core.account import Account, Cosigner, KeyOrigin
from signer.core.errors import Broken, Lock, Tampered, VaultError
from signer.core.event import ASSET, Event, EventKind
from signer.core.policy import BUILT_IN, Clause, Policy, Tier
from signer.core.rules import Destinations, Entry, Scope
from signer.journal.journal import FileJournal
from signer.journal.records import Records

ACCOUNT = Account(
    "treasury",
    "bip122:000000000019d6689c085ae165831e93",
    "wsh(sortedmulti(2,...))",
    2,
    (Cosigner(KeyOrigin(b"abcd", (48 + 2**31, 2**31)), "xpub1"), Cosigner(KeyOrigin(b"efgh", ()), "xpub2")),
)
BUILDER = bytes(range(32))


@pytest.fixture
def records(home: Path, journal: FileJournal) -> Records:
    return Records(home / "enrolled", bytearray(32), journal)


@pytest.fixture
def fresh(home: Path, opened: Callable[[], FileJournal]) -> Callable[[], Records]:
    return lambda: Records(home / "enrolled", bytearray(32), opened())


def enrol(records: Records, account: Account = ACCOUNT) -> None:
    records.add(account)
    records.journal.append(Event(EventKind.ACCOUNT_ENROLLED, 1, (), account.id, (("name", account.name),)))


def enrol_builder(records: Records, name: str = "desk") -> None:
    records.add_builder(BUILDER, name)
    records.journal.append(Event(EventKind.BUILDER_ENROLLED, 1, (), BUILDER, (("name", name),)))


def signed(records: Records, at: int, units: int, **more: str) -> None:
    details = {"account": ACCOUNT.id.hex(), "units": str(units), **more}
    records.journal.append(Event(EventKind.SIGNED, at, (), bytes(32), tuple(details.items())))


def test_accounts_and_builders_come_back(records: Records, fresh: Callable[[], Records]) -> None:
    assert records.list() == ()
    enrol(records)
    enrol_builder(records)
    records.add(ACCOUNT)
    records.add_builder(BUILDER, "desk")
    assert fresh().list() == (ACCOUNT,)
    assert dict(fresh().builders()) == {BUILDER: "desk"}


def test_names_are_taken_once(records: Records) -> None:
    enrol(records)
    for other in (replace(ACCOUNT, terms="other"), replace(ACCOUNT, name="other")):
        with pytest.raises(VaultError) as caught:
            records.add(other)
        assert caught.value.code is Lock.EXISTS
    enrol_builder(records)
    for key, name in ((BUILDER, "other"), (bytes(32), "desk")):
        with pytest.raises(VaultError) as caught:
            records.add_builder(key, name)
        assert caught.value.code is Lock.EXISTS


@pytest.mark.parametrize("index", range(0, 200, 7))
def test_an_edited_file_is_found(records: Records, fresh: Callable[[], Records], index: int) -> None:
    enrol(records)
    data = bytearray(records.path.read_bytes())
    data[index % len(data)] ^= 1
    records.path.write_bytes(data)
    with pytest.raises(Tampered) as caught:
        fresh().list()
    assert caught.value.code is Broken.ACCOUNT


def test_what_no_ceremony_enrolled_does_not_count_even_under_the_right_seal(records: Records) -> None:
    """The power went between file and journal: then it was not enrolled, and can be enrolled again."""
    enrol(records)
    other = replace(ACCOUNT, name="mine", terms="other")
    records.add(other)
    records.add_builder(BUILDER, "desk")
    assert records.list() == (ACCOUNT,)
    assert not records.builders()
    enrol(records, replace(other, terms="another"))
    enrol_builder(records, "front office")
    assert [account.terms for account in records.list()] == [ACCOUNT.terms, "another"]
    assert dict(records.builders()) == {BUILDER: "front office"}


@pytest.mark.parametrize("what", ["account", "builder"])
@pytest.mark.parametrize("gone", [False, True])
def test_an_older_file_is_found(
    records: Records, fresh: Callable[[], Records], what: str, gone: bool
) -> None:
    """What was enrolled since is in the journal, and not there."""
    enrol(records)
    old = records.path.read_bytes()
    if what == "account":
        enrol(records, replace(ACCOUNT, name="second", terms="other"))
    else:
        enrol_builder(records)
    newest = records.path.read_bytes()
    records.path.unlink() if gone else records.path.write_bytes(old)
    for known in (records, fresh()):
        for look in (known.list, known.builders, lambda: records.add(replace(ACCOUNT, name="third"))):
            with pytest.raises(Tampered) as caught:
                look()
            assert caught.value.code is Broken.ACCOUNT
    records.path.write_bytes(newest)
    assert fresh().list()


def test_what_was_signed_is_remembered(records: Records, fresh: Callable[[], Records]) -> None:
    assert (records.spent(ACCOUNT.id), records.seen(b"1" * 16), records.last_sequence(BUILDER)) == (
        (),
        False,
        -1,
    )
    signed(records, 10, 500)
    signed(records, 20, 7, builder=BUILDER.hex(), request=(b"1" * 16).hex(), sequence="9")
    signed(records, 30, 1, builder=BUILDER.hex(), request=(b"2" * 16).hex(), sequence="3")
    for known in (records, fresh()):
        assert known.spent(ACCOUNT.id) == ((10, 500), (20, 7), (30, 1))
        assert known.spent(bytes(32)) == ()
        assert known.seen(b"1" * 16)
        assert known.seen(b"2" * 16)
        assert not known.seen(b"3" * 16)
        assert known.last_sequence(BUILDER) == 9
        assert known.last_sequence(bytes(32)) == -1


def test_what_went_to_the_refuge_uses_up_no_limit_of_the_coin_but_those_of_assets(records: Records) -> None:
    """Those hold there too: counted nowhere, they would hold each transaction and never the sum."""
    signed(records, 10, 500, **{f"{ASSET}gold": "7"}, refuge="00" * 32)
    assert records.spent(ACCOUNT.id) == ()
    assert records.moved(ACCOUNT.id) == ((10, "gold", 7),)


def test_numbers_that_are_none_do_no_harm(records: Records) -> None:
    signed(records, 1, 5, sequence="٣", request="zz")
    assert records.spent(ACCOUNT.id) == ((1, 5),)


def test_checkpoints_that_others_remember(records: Records) -> None:
    seen = records.journal.checkpoint()
    signed(records, 1, 5)
    assert records.unseen(seen) == 1
    assert records.unseen(b"nonsense") is None


POLICY = Policy(1, BUILT_IN.clauses)


def test_the_policy_in_force_is_the_one_the_vault_is_bound_to(records: Records) -> None:
    digest = records.keep(POLICY)
    assert records.current() == BUILT_IN
    records.bound = lambda: digest
    assert records.current() == POLICY
    path = records.path.with_name(f"policy-{digest.hex()}")
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    for damage in (lambda: None, path.unlink):
        damage()
        with pytest.raises(Tampered) as caught:
            records.current()
        assert caught.value.code is Broken.POLICY


def book(version: int, *addresses: str, delay: int = 0, since: int = 0) -> Policy:
    entries = tuple(Entry(address, "payee", since) for address in addresses)
    rule = Destinations(Scope.BOOK, entries, 100)
    return Policy(version, (Clause("*", (rule,), (Tier(0, 1),)),), delay)


def agree(records: Records, policy: Policy, at: int, *, finished: bool = True) -> None:
    """The journal's record of a change; the vault is bound to it unless the power went."""
    digest = records.keep(policy)
    details = (("version", str(policy.version)),)
    records.journal.append(Event(EventKind.POLICY_CHANGED, at, ("aiko", "ben"), digest, details))
    if finished:
        records.bound = lambda: digest


def versions(records: Records, now: int) -> list[int]:
    return [policy.version for policy in records.in_force(now)]


def test_two_changes_one_after_the_other_do_not_shorten_the_delay_of_the_first(records: Records) -> None:
    agree(records, book(1, delay=1_000), 10)
    agree(records, book(2), 100)
    agree(records, book(3), 101)
    assert versions(records, 102) == [3, 1]
    assert versions(records, 1_099) == [3, 1]
    assert versions(records, 1_100) == [3]


def test_a_change_that_the_power_cut_short_does_not_start_the_delay(records: Records) -> None:
    agree(records, book(1, delay=1_000), 10)
    agree(records, book(2, "cut short"), 100, finished=False)
    assert versions(records, 150) == [1]
    agree(records, book(2), 5_000)
    assert versions(records, 5_001) == [2, 1]
    assert versions(records, 6_000) == [2]


def ready(records: Records, now: int) -> dict[str, int]:
    (policy,) = records.in_force(now)
    rules = [rule for clause in policy.clauses for rule in clause.rules if isinstance(rule, Destinations)]
    return {entry.address: entry.since for rule in rules for entry in rule.book}


def test_no_address_is_older_than_the_quorum_s_word_whatever_the_document_says(records: Records) -> None:
    agree(records, book(1, "a", "b"), 10)
    assert ready(records, 11) == {"a": 10, "b": 10}
    agree(records, book(2, "a", "c", since=5), 100)
    assert ready(records, 101) == {"a": 10, "c": 100}
    agree(records, book(3, "a", "b", "c", since=150), 200)
    assert ready(records, 201) == {"a": 150, "b": 200, "c": 150}
