"""What a report says beyond its grave findings: roles, sums, rates, who has signed, times, networks."""

from __future__ import annotations

import pytest

from signer.chains.registry import find_chain
from signer.chains.utxo.descriptor import Shape
from signer.chains.utxo.script import Kind
from signer.core.account import Account
from signer.core.finding import Code, Finding, Severity
from signer.core.request import MAX_SIGNATURES
from signer.core.spend import AccountScript, PayeeScript, Report, Role
from signer.core.task import Signature
from tests.vectors.workshop import Book, Cosigner, Group, Pay, Single, back, book, coin, p2wpkh

CHAIN = find_chain("bitcoin", "regtest")
LITECOIN = find_chain("litecoin", "regtest")
GROUP = Group()
ACCOUNT = CHAIN.enrol(GROUP.descriptor, "treasury")


def inspected(made: Book, account: Account = ACCOUNT) -> Report:
    return CHAIN.read(made.to_bytes(), tuple(made.proofs)).inspect(account)


def codes(report: Report) -> list[Code]:
    return [finding.code for finding in report.findings]


def details(report: Report, code: Code) -> dict[str, str | int]:
    return next(dict(finding.details) for finding in report.findings if finding.code is code)


def coins(count: int = 1, units: int = 1_000_000, index: int = 0) -> list:  # type: ignore[type-arg]
    return [coin(GROUP, f"c{n}", units, 0, index + n) for n in range(count)]


def test_sums_and_roles() -> None:
    pays = [
        Pay(300_000, p2wpkh("payee")),
        back(GROUP, 200_000, 0, 7),
        back(GROUP, 490_000, 1, 3),
        Pay(0, b"\x6a\x02hi"),
    ]
    report = inspected(book(coins(), pays))
    assert [p.role for p in report.spend.payments] == [Role.PAYEE, Role.OWN, Role.CHANGE, Role.DATA]
    assert [p.path for p in report.spend.payments] == [None, (0, 7), (1, 3), None]
    assert report.spend.fee is not None
    assert report.spend.fee.units == 10_000
    leaving = report.spend.leaving()
    assert leaving is not None
    assert leaving.units == 300_000
    assert details(report, Code.PAYEE_OWN) == {"output": 1}
    assert report.spend.sources[0].path == (0, 0)
    assert report.spend.network == "bitcoin regtest"
    assert report.spend.payments[3].address == "6a026869"


def test_script_types_are_named_for_the_policy() -> None:
    report = inspected(
        book(coins(), [Pay(300_000, p2wpkh("payee")), Pay(0, b"\x6a\x02hi"), back(GROUP, 690_000, 1, 3)])
    )
    assert report.spend.script is AccountScript.WSH_MULTISIG
    kinds = [payment.script for payment in report.spend.payments]
    assert kinds == [PayeeScript.P2WPKH, PayeeScript.DATA, PayeeScript.P2WSH]


def test_a_policy_can_name_whatever_there_is() -> None:
    assert {shape.value for shape in Shape} == set(AccountScript)
    assert {kind.value for kind in Kind} == set(PayeeScript)


def test_the_fee_rate_is_of_the_signed_transaction() -> None:
    report = inspected(book(coins(), [Pay(1_000_000 - 20_000, p2wpkh("payee"))]))
    vbytes = int({f.name: f.value for f in report.spend.facts}["vbytes"])
    assert vbytes == 146  # 82 bytes outside the witness, 2 + 252 weight units for it
    assert report.spend.fee_rate == 20_000_000 // vbytes


def test_unproved_amounts_make_no_fee() -> None:
    made = book(coins(2), [Pay(1_500_000, p2wpkh("payee"))])
    del made.ins[1][b"\x00"]
    report = inspected(made)
    assert report.spend.fee is None
    assert report.spend.fee_rate is None
    assert report.spend.sources[0].amount is not None
    assert report.spend.sources[1].amount is None


@pytest.mark.parametrize(("branch", "index"), [(0, 0), (0, 19), (1, 5), (1, 30)])
def test_own_addresses_that_nothing_claims_are_known(branch: int, index: int) -> None:
    """Never as change, though: that takes a claim."""
    report = inspected(book(coins(index=12), [Pay(900_000, GROUP.spot(branch, index).script)]))
    assert report.spend.payments[0].role is Role.OWN
    assert report.spend.payments[0].path == (branch, index)


def test_far_own_addresses_need_a_claim() -> None:
    far = GROUP.spot(1, 500)
    assert inspected(book(coins(), [Pay(900_000, far.script)])).spend.payments[0].role is Role.PAYEE
    assert inspected(book(coins(), [back(GROUP, 900_000, 1, 500)])).spend.payments[0].role is Role.CHANGE


@pytest.mark.parametrize(("index", "far"), [(10_005, False), (10_006, True)])
def test_change_further_than_the_gap_beyond_what_is_in_use(index: int, far: bool) -> None:
    report = inspected(book(coins(index=5), [back(GROUP, 900_000, 1, index)]))
    assert (Code.INDEX_TOO_FAR in codes(report)) is far
    assert report.signable


def test_inputs_far_along_are_told() -> None:
    report = inspected(book(coins(index=1_000_001), [back(GROUP, 900_000, 1, 0)]))
    assert details(report, Code.INDEX_TOO_FAR) == {"what": "input", "index": 0, "number": 1_000_001}


def test_who_has_signed() -> None:
    draft = CHAIN.read(book(coins(2), [Pay(1_900_000, p2wpkh("payee"))]).to_bytes(), ())
    first, second = GROUP.cosigners[:2]
    for cosigner, taken in ((first, 2), (second, 1)):
        tasks = draft.tasks(ACCOUNT, frozenset({cosigner.fingerprint}))[:taken]
        made = [Signature(t.index, t.public_key, cosigner.sign(t.origin.path, t.message)) for t in tasks]
        draft = draft.attach(made)
    report = draft.inspect(ACCOUNT)
    # The second has signed one input of two, and so has not signed.
    assert [origin.fingerprint for origin in report.signed] == [first.fingerprint]
    assert details(report, Code.SIGNED_ALREADY)["key"] == f"{first.fingerprint.hex()}/48h/1h/0h/2h"
    assert [task.index for task in draft.tasks(ACCOUNT, frozenset({second.fingerprint}))] == [1]
    assert draft.tasks(ACCOUNT, frozenset({first.fingerprint})) == ()


def test_tasks_only_for_the_keys_asked_for() -> None:
    draft = CHAIN.read(book(coins(3), [Pay(2_900_000, p2wpkh("payee"))]).to_bytes(), ())
    assert draft.tasks(ACCOUNT, frozenset()) == ()
    assert draft.tasks(ACCOUNT, frozenset({b"\x00" * 4})) == ()
    tasks = draft.tasks(ACCOUNT, frozenset(c.fingerprint for c in GROUP.cosigners))
    assert len(tasks) == 9
    assert len(tasks) < MAX_SIGNATURES
    for task in tasks:
        cosigner = next(c for c in GROUP.cosigners if c.fingerprint == task.origin.fingerprint)
        assert cosigner.public(*task.origin.path[-2:]) == task.public_key


def test_a_taproot_internal_key_must_be_ours() -> None:
    single = Single(kind="tr")
    account = CHAIN.enrol(single.descriptor, "one")
    key = single.cosigner.public(0, 0)[1:]
    change_key = single.cosigner.public(1, 0)[1:]
    for inside, outside, expected in (
        (key, change_key, None),
        (Cosigner(9).public(0, 0)[1:], change_key, Code.KEYS_MISMATCH),
        (key, Cosigner(9).public(0, 0)[1:], Code.CHANGE_FAKE),
    ):
        made = book([coin(single, "c", 1_000_000, 0, 0)], [back(single, 900_000, 1, 0)])
        made.ins[0][b"\x17"], made.outs[0][b"\x05"] = inside, outside
        grave = {f.code for f in inspected(made, account).findings if f.severity is Severity.STOP}
        assert grave == ({expected} if expected else set())


def test_another_network_is_never_signed() -> None:
    payload = book(coins(), [back(GROUP, 900_000, 1, 0)]).to_bytes()
    report = LITECOIN.read(payload, ()).inspect(ACCOUNT)
    assert Code.NETWORK_WRONG in codes(report)
    assert not report.signable
    assert report.spend.payments[0].role is Role.PAYEE
    assert not LITECOIN.read(payload, ()).belongs(ACCOUNT)


def test_the_same_bytes_are_shown_in_the_coin_of_the_account() -> None:
    payload = book(coins(), [Pay(900_000, p2wpkh("payee"))]).to_bytes()
    account = LITECOIN.enrol(GROUP.descriptor, "ltc")
    report = LITECOIN.read(payload, ()).inspect(account)
    assert report.spend.payments[0].address.startswith("rltc1")
    assert report.spend.payments[0].amount.asset.ticker == "tLTC"


def test_keys_on_another_coins_path_are_told() -> None:
    main = find_chain("litecoin", "mainnet")
    path = (48 + (1 << 31), 1 << 31, 1 << 31, 2 + (1 << 31))
    group = Group(cosigners=tuple(Cosigner(number, path, main=True) for number in (1, 2, 3)))
    made = book([coin(group, "c", 1_000_000, 0, 0)], [Pay(900_000, p2wpkh("payee"))])
    report = main.read(made.to_bytes(), ()).inspect(main.enrol(group.descriptor, "ltc"))
    told = [finding for finding in report.findings if finding.code is Code.COIN_TYPE]
    assert len(told) == 3
    assert report.signable
    bitcoin = find_chain("bitcoin", "mainnet")
    report = bitcoin.read(made.to_bytes(), ()).inspect(bitcoin.enrol(group.descriptor, "btc"))
    assert Code.COIN_TYPE not in codes(report)


def test_times() -> None:
    final = coins()
    final[0].sequence = 0xFFFFFFFF
    assert codes(inspected(book(final, [Pay(900_000, p2wpkh("payee"))], locktime=800_000))) == []
    replaceable = inspected(book(coins(), [Pay(900_000, p2wpkh("payee"))], locktime=800_000))
    assert replaceable.findings == (
        Finding.of(Code.LOCKTIME_HEIGHT, height=800_000),
        Finding.of(Code.REPLACEABLE),
    )
    dated = inspected(book(coins(), [Pay(900_000, p2wpkh("payee"))], locktime=1_900_000_000))
    assert details(dated, Code.LOCKTIME) == {"when": "2030-03-17 17:46 UTC"}
    slow = coins()
    slow[0].sequence = (1 << 22) | 10
    assert details(inspected(book(slow, [Pay(900_000, p2wpkh("p"))])), Code.RELATIVE_LOCK)["age"] == "5120 s"
    assert Code.RELATIVE_LOCK not in codes(inspected(book(slow, [Pay(900_000, p2wpkh("p"))], version=1)))


def test_what_nodes_would_not_pass_on() -> None:
    many = [Pay(1_000, p2wpkh(f"payee {number}")) for number in range(3_300)]
    report = inspected(book(coins(units=10_000_000), many))
    assert details(report, Code.TRANSACTION_LARGE)["size"] > 100_000
    assert report.signable


def test_a_script_too_large_to_run_is_a_burn() -> None:
    for size, role in ((10_000, Role.UNKNOWN), (10_001, Role.BURN)):
        report = inspected(book(coins(), [Pay(900_000, b"\x51" * size)]))
        assert report.spend.payments[0].role is role
        assert not report.signable


def test_an_account_that_was_tampered_with_fits_nothing() -> None:
    crooked = Account("x", ACCOUNT.chain, ACCOUNT.terms.replace("(2,", "(1,"), 2, ACCOUNT.cosigners)
    report = inspected(book(coins(), [Pay(900_000, p2wpkh("payee"))]), crooked)
    assert not report.signable
    other_spelling = Account("x", ACCOUNT.chain, ACCOUNT.terms.replace("48h", "48'"), 2, ACCOUNT.cosigners)
    assert Code.ACCOUNT_UNKNOWN in codes(
        inspected(book(coins(), [Pay(900_000, p2wpkh("payee"))]), other_spelling)
    )
    broken = Account("x", ACCOUNT.chain, ACCOUNT.terms[:-3], 2, ACCOUNT.cosigners)
    assert Code.ACCOUNT_UNKNOWN in codes(inspected(book(coins(), [Pay(900_000, p2wpkh("payee"))]), broken))


def test_the_digest_is_of_payload_and_proofs() -> None:
    inside = book(coins(), [Pay(900_000, p2wpkh("payee"))])
    beside = book(coins(), [Pay(900_000, p2wpkh("payee"))], carry=False)
    digests = {
        CHAIN.read(inside.to_bytes(), ()).digest,
        CHAIN.read(beside.to_bytes(), tuple(beside.proofs)).digest,
        CHAIN.read(beside.to_bytes(), ()).digest,
        CHAIN.read(inside.to_bytes(), tuple(beside.proofs)).digest,
    }
    assert len(digests) == 4
