"""Tokens of Bitcoin Cash: the prefix by the specification's vectors, what a policy lets move, and what is said."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.chains.registry import doubts, find_chain
from signer.chains.utxo.coin import Params
from signer.chains.utxo.tokens import MAX_COMMITMENT, Capability, Nft, Token, split
from signer.core.errors import Refused
from signer.core.finding import Code, Severity
from signer.core.holding import Holding
from signer.core.known import Known, KnownAsset
from signer.core.policy import Clause, Policy, Tier, judge
from signer.core.rules import Context, Destinations, Entry, FeeCeiling, PerTransaction, Scope
from signer.core.spend import Report, Role
from signer.core.task import Signature
from tests.vectors import token_attacks as t
from tests.vectors.workshop import Pay

CASH = find_chain("bitcoincash", "regtest")
MAIN = find_chain("bitcoincash", "mainnet")
ACCOUNT = CASH.enrol(t.GROUP.descriptor, "treasury")
COIN, ART = KnownAsset(t.FUNGIBLE, 2, 10**9), KnownAsset(t.UNIQUE, 0, 10)
SCRIPT = b"\x76\xa9\x14" + b"\x31" * 20 + b"\x88\xac"
B, CC = bytes([0xBB]) * 32, b"\xcc"
NONE, MUTABLE, MINTING = Capability.NONE, Capability.MUTABLE, Capability.MINTING


def params() -> Params:
    assert isinstance(CASH.params, Params)
    return CASH.params


#: From cashtokens/cashtokens, test-vectors/token-prefix-valid.json: after 0xef and the category.
VALID = [
    ("1001", 1, None),
    ("10fc", 252, None),
    ("10fdfd00", 253, None),
    ("10fdffff", 65_535, None),
    ("10fe00000100", 65_536, None),
    ("10feffffffff", 4_294_967_295, None),
    ("10ff0000000001000000", 4_294_967_296, None),
    ("10ffffffffffffffff7f", 2**63 - 1, None),
    ("20", 0, Nft(NONE, b"")),
    ("3001", 1, Nft(NONE, b"")),
    ("30ffffffffffffffff7f", 2**63 - 1, Nft(NONE, b"")),
    ("6001cc", 0, Nft(NONE, CC)),
    ("60051234567890", 0, Nft(NONE, bytes.fromhex("1234567890"))),
    ("7001ccfd" + "fd00", 253, Nft(NONE, CC)),
    ("7028" + "cc" * 40 + "fe00000100", 65_536, Nft(NONE, CC * 40)),
    ("21", 0, Nft(MUTABLE, b"")),
    ("31feffffffff", 4_294_967_295, Nft(MUTABLE, b"")),
    ("7102ccccffffffffffffffff7f", 2**63 - 1, Nft(MUTABLE, CC * 2)),
    ("22", 0, Nft(MINTING, b"")),
    ("6201cc", 0, Nft(MINTING, CC)),
    ("7228" + "cc" * 40 + "ffffffffffffffff7f", 2**63 - 1, Nft(MINTING, CC * 40)),
]

#: From test-vectors/token-prefix-invalid.json, and (last three) those its page calls reserved: 41 bytes and more.
INVALID = [
    *("00", "80", "a0", "9001", "23", "24", "2f", "1101", "1201", "40", "5001", "60", "61", "62"),
    *(
        "60fd0100cc",
        "60fe01000000cc",
        "60ff0100000000000000cc",
        "6000",
        "700001",
        "6001",
        "6101",
        "6102cc",
        "6202cc",
    ),
    *(
        "10",
        "10fd00",
        "10fe000000",
        "10ff00000000000000",
        "7001cc",
        "7001ccfd00",
        "7001ccfe000000",
        "30",
        "1000",
    ),
    *("3000", "10fd0100", "10fe01000000", "10ff0100000000000000", "30fd0100", "10ff0000000000000080"),
    *(
        "30ff0000000000000080",
        "7029" + "cc" * 41 + "fe00000100",
        "6229" + "cc" * 41,
        "71fdfd00" + "cc" * 253 + "01",
    ),
]


@pytest.mark.parametrize(("tail", "amount", "nft"), VALID)
def test_a_prefix_of_the_specification(tail: str, amount: int, nft: Nft | None) -> None:
    prefix = b"\xef" + B + bytes.fromhex(tail)
    token, script = split(params(), prefix + SCRIPT)
    assert (token, script) == (Token(B, amount, nft), SCRIPT)
    assert token is not None
    assert token.to_bytes() == prefix


@pytest.mark.parametrize("tail", INVALID)
def test_what_is_no_prefix_stays_a_script_that_nobody_knows(tail: str) -> None:
    raw = b"\xef" + B + bytes.fromhex(tail)
    assert split(params(), raw) == (None, raw)


@pytest.mark.parametrize("size", [0, 1, 5, 32, 33])
def test_a_prefix_cut_short(size: int) -> None:
    raw = (b"\xef" + B + b"\x10\x01")[:size]
    assert split(params(), raw) == (None, raw)


def test_only_bitcoin_cash_has_tokens() -> None:
    raw = t.fungible(5) + SCRIPT
    for coin in ("bitcoin", "litecoin", "monacoin", "dash"):
        other = find_chain(coin, "regtest").params
        assert isinstance(other, Params)
        assert split(other, raw) == (None, raw)


def test_the_category_is_written_as_transaction_ids_are() -> None:
    """From test-vectors/token-prefix-valid.json."""
    raw = bytes.fromhex("ef2143658709000000000000000000000000000000000000000000009078563412" + "1001")
    token, _ = split(params(), raw + SCRIPT)
    assert token is not None
    assert token.name == "1234567890000000000000000000000000000000000000000000000987654321"
    assert MAX_COMMITMENT == 40


def report(payload: bytes, *known: KnownAsset) -> Report:
    return CASH.read(payload, ()).knowing(Known(assets=known)).inspect(ACCOUNT)


def codes(found: Report) -> set[Code]:
    return {finding.code for finding in found.findings if finding.severity > Severity.INFO}


GOOD = t.moved([t.fungible(10_000)], t.Out(t.fungible(6_000)), t.Out(t.fungible(4_000), 5))


def test_an_asset_is_a_line_of_its_own_and_never_money() -> None:
    found = report(GOOD, COIN)
    assert found.signable
    assert codes(found) == {Code.ASSET_MOVES}
    assert [(p.index, str(p.amount), p.role) for p in found.spend.payments] == [
        (0, "0.00001000 tBCH", Role.PAYEE),
        (0, f"60.00 {t.FUNGIBLE}", Role.PAYEE),
        (1, "0.00001000 tBCH", Role.CHANGE),
        (1, f"40.00 {t.FUNGIBLE}", Role.CHANGE),
        (2, "0.39979000 tBCH", Role.CHANGE),
    ]
    assert str(found.spend.leaving()) == "0.00001000 tBCH"
    assert [str(amount) for amount in found.spend.others()] == [f"60.00 {t.FUNGIBLE}"]
    assert found.spend.payments[3].path == (1, 5)


def test_without_the_policy_nothing_of_it_is_signed() -> None:
    draft = CASH.read(GOOD, ())
    assert {Code.INPUT_REFUSED, Code.OUTPUT_REFUSED} <= codes(draft.inspect(ACCOUNT))
    with pytest.raises(Refused):
        draft.tasks(ACCOUNT, frozenset({t.GROUP.cosigners[0].fingerprint}))
    told = [str(p.amount) for p in draft.inspect(ACCOUNT).spend.payments]
    assert f"6000 {t.FUNGIBLE}" in told  # nobody said how it is divided: smallest units
    other = draft.knowing(Known(assets=(KnownAsset("dim:coin", 3, 1),)))
    assert not other.inspect(ACCOUNT).signable
    assert draft.knowing(Known(assets=(COIN,))).inspect(ACCOUNT).signable


def test_fungible_tokens_and_nfts_are_named_apart() -> None:
    payload = t.moved([t.nft(b"art", 0, 7)], t.Out(t.nft(b"art")), t.Out(t.fungible(7), 5))
    assert report(payload, COIN, ART).signable
    assert not report(payload, COIN).signable
    assert not report(payload, ART).signable
    (said,) = [f for f in report(payload, COIN, ART).findings if f.code is Code.TOKEN_UNIQUE]
    assert dict(said.details) == {"output": 0, "token": t.FUNGIBLE, "nft": f"none {b'art'.hex()}"}


def test_nfts_of_one_kind_are_counted() -> None:
    """The same category, commitment and capability twice in: twice out, or one is missing."""
    twice = [t.nft(b"art")] * 2
    assert report(t.moved(twice, t.Out(t.nft(b"art")), t.Out(t.nft(b"art"), 5)), ART).signable
    assert Code.TOKEN_BURNED in codes(report(t.moved(twice, t.Out(t.nft(b"art"))), ART))
    assert Code.TOKEN_BURNED in codes(report(t.moved([t.nft(b"a"), t.nft(b"b")], t.Out(t.nft(b"b"))), ART))


def test_an_output_with_tokens_needs_more_money() -> None:
    """142 or so bytes of output and input at the dust rate: the prefix counts."""
    for units, wrong in ((t._DUST, False), (600, True)):
        made, _ = t.payment([t.fungible(100)], [], [Pay(units, t.fungible(100) + SCRIPT)])
        assert (Code.OUTPUT_DUST in codes(report(made.to_bytes(), COIN))) is wrong


def policy(*rules: object) -> Policy:
    return Policy(1, (Clause("*", rules, (Tier(0, 1), Tier(10**12, 3))),))  # type: ignore[arg-type]


NOW = Context(now=10_000, created=9_000)


def test_the_policy_limits_each_asset() -> None:
    found = report(GOOD, COIN)
    judged = partial(judge, report=found, chain=ACCOUNT.chain, context=NOW)
    assert [f.code for f in judged(policy(PerTransaction(10**6))).findings] == [Code.ASSET_UNLISTED]
    good = judged(policy(PerTransaction(10**6), Holding(COIN, 6_000, 3_600, 6_000)))
    assert good.allowed
    assert good.approvals == 3
    verdict = judged(policy(Holding(COIN, 5_999, 3_600, 10**6)))
    assert [f.code for f in verdict.findings] == [Code.LIMIT_TRANSACTION]
    before = replace(NOW, moved=((9_999, t.FUNGIBLE, 1),))
    verdict = judge(policy(Holding(COIN, 6_000, 3_600, 6_000)), found, ACCOUNT.chain, before)
    assert [f.code for f in verdict.findings] == [Code.LIMIT_WINDOW]


def test_what_only_carries_tokens_is_not_held_against_the_fee() -> None:
    """A thousand satoshi leave with the tokens, and the fee is twenty times that; money beside them counts again."""
    ceiling, holding = FeeCeiling(10**6, 1_000, 10**6), Holding(COIN, 6_000, 3_600, 6_000)
    assert judge(policy(ceiling, holding), report(GOOD, COIN), ACCOUNT.chain, NOW).allowed
    out = [t.Out(t.fungible(6_000)), t.Out(t.fungible(4_000), 5)]
    made, _ = t.payment([t.fungible(10_000)], out, [Pay(3_000, SCRIPT)])
    verdict = judge(policy(ceiling, holding), report(made.to_bytes(), COIN), ACCOUNT.chain, NOW)
    assert [f.code for f in verdict.findings] == [Code.FEE_PERCENT]


def test_tokens_go_where_the_book_says_that_they_are_kept() -> None:
    """The address of an output with tokens is that of a receiver who keeps them: the book must name that form."""
    assert CASH.spell is not None
    plain, kept = CASH.spell(SCRIPT), CASH.with_tokens(str(CASH.spell(SCRIPT)))
    assert report(GOOD, COIN).spend.payments[0].address == kept
    holding = Holding(COIN, 6_000, 3_600, 6_000)
    for address, allowed in ((plain, False), (kept, True)):
        book = Destinations(Scope.BOOK, (Entry(str(address), "exchange", 0),))
        assert judge(policy(book, holding), report(GOOD, COIN), ACCOUNT.chain, NOW).allowed is allowed


#: From test-vectors/cashaddr.json: types 2 and 3, hash.
ADDRESSES = [
    ("bitcoincash:zr7fzmep8g7h7ymfxy74lgc0v950j3r295z4y4gq0v", 2, "fc916f213a3d7f1369313d5fa30f6168f9446a2d"),
    ("bitcoincash:zq9l9e2dgkx0hp43qm3c3h252e9euugrfcaxv4l962", 2, "0bf2e54d458cfb86b106e388dd54564b9e71034e"),
    ("bitcoincash:rpawqn2h74a4t50phuza84kdp3794pq3cct3k50p0y", 3, "7ae04d57f57b55d1e1bf05d3d6cd0c7c5a8411c6"),
    ("bitcoincash:rqv53dwyatxse2xh7nnlqhyr6ryjgfdtag38xjkhc5", 3, "1948b5c4eacd0ca8d7f4e7f05c83d0c92425abea"),
]


@pytest.mark.parametrize(("text", "kind", "payload"), ADDRESSES)
def test_addresses_for_tokens_are_read_and_written(text: str, kind: int, payload: str) -> None:
    digest = bytes.fromhex(payload)
    script = b"\x76\xa9\x14" + digest + b"\x88\xac" if kind == 2 else b"\xa9\x14" + digest + b"\x87"
    assert MAIN.lock(text) == script
    assert MAIN.spell is not None
    assert MAIN.with_tokens(str(MAIN.spell(script))) == MAIN.with_tokens(text) == text
    assert not doubts(MAIN, text)
    assert not doubts(MAIN, text.partition(":")[2])
    assert find_chain("bitcoin", "mainnet").with_tokens("1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu") is None


def test_two_sign_and_the_digest_covers_the_prefix() -> None:
    """Against a digest put together here by the specification's sentence."""
    draft = CASH.read(GOOD, ()).knowing(Known(assets=(COIN,)))
    made, coins = t.payment([t.fungible(10_000)], [t.Out(t.fungible(6_000)), t.Out(t.fungible(4_000), 5)])
    for key in t.GROUP.cosigners[:2]:
        tasks = draft.tasks(ACCOUNT, frozenset({key.fingerprint}))
        assert tasks[0].message == t.preimage(made.top[b"\x00"], coins[0], t.fungible(10_000))
        assert tasks[0].message != t.preimage(made.top[b"\x00"], coins[0], b"")
        draft = draft.attach(
            [Signature(x.index, x.public_key, key.sign(x.origin.path, x.message)) for x in tasks]
        )
    assert len(draft.inspect(ACCOUNT).signed) == 2
    assert t.fungible(6_000) + SCRIPT in draft.finish(ACCOUNT)


@given(st.binary(max_size=120))
def test_whatever_stands_there_is_a_prefix_to_the_byte_or_none(tail: bytes) -> None:
    """The digest is made of what `to_bytes` writes: so what was read and what is signed are the same bytes."""
    raw = b"\xef" + B + tail
    token, script = split(params(), raw)
    assert raw == script if token is None else raw == token.to_bytes() + script
