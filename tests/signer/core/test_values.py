"""Amounts, paths, fingerprint words, quorum, policy, and a sentence for every code in each language."""

import string
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer.core.account import KeyOrigin, parse_path
from signer.core.amount import Amount, Asset, parse_amount, percent
from signer.core.errors import Bad, Broken, Lock, Malformed, Refused
from signer.core.finding import Code
from signer.core.fingerprint import spoken
from signer.core.quorum import Approval, Quorum
from signer.core.when import utc
from signer.core.words import en, ja

BTC = Asset("BTC", 8)


@given(st.integers(0, 21 * 10**14))
def test_a_decimal_reads_back(units):
    assert parse_amount(Amount(units, BTC).decimal(), BTC).units == units


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1e8", "1.", ".5", "1.123456789", "0x1", "１", "1,5", "1 2", "9" * 30]
)
def test_a_strange_amount_is_refused(text):
    with pytest.raises(Malformed):
        parse_amount(text, BTC)


def test_amounts_of_two_assets_never_meet():
    with pytest.raises(ValueError, match="is not"):
        Amount(1, BTC) + Amount(1, Asset("XEM", 6))


@given(st.integers(1, 10**15), st.integers(1, 10**15))
def test_a_percentage_is_never_too_small(part, whole):
    shown = percent(part, whole)
    assert shown.startswith("< ") == (part * 10_000 < whole)
    hundredths = int(shown.removeprefix("< ").replace(".", ""))
    assert hundredths * whole >= part * 10_000 > (hundredths - 1) * whole


def test_percentages():
    shown = [percent(part, 1_000_000) for part in (0, 3, 99, 100, 101, 999_999, 1_000_000, 2_500_000)]
    assert shown == ["0.00", "< 0.01", "< 0.01", "0.01", "0.02", "100.00", "100.00", "250.00"]
    assert (percent(0, 0), percent(1, 0)) == ("0.00", "100.00")


def test_paths():
    path = parse_path("m/48h/1'/0H/2h")
    assert path == (48 + 2**31, 1 + 2**31, 2**31, 2 + 2**31)
    assert str(KeyOrigin(b"\xde\xad\xbe\xef", path)) == "deadbeef/48h/1h/0h/2h"
    for bad in ("48hh", "a", "1/", "2147483648", "-1", "1//2"):
        with pytest.raises(ValueError):
            parse_path(bad)


def test_spoken_words():
    # The example in the PGP word list's own documentation, its first eight bytes.
    words = spoken(bytes.fromhex("e58294f2e9a227486e8b061b31cc528fd7fa3f19"))
    assert words == tuple("topmost istanbul pluto vagabond treadmill pacific brackish dictator".split())


def approval(officer, digest=b"d" * 32, version=1):
    return Approval(officer, digest, version, 1_790_000_000)


def refusal(quorum, given_approval):
    with pytest.raises(Refused) as caught:
        quorum.add(given_approval)
    return caught.value.findings[0].code


@pytest.mark.parametrize("written", ["chie", "Chie", "CHIE ", "\uff23hie"])
def test_the_preparer_is_known_however_the_builder_writes_his_name(written):
    quorum = Quorum(b"d" * 32, 1, 2, frozenset({"aiko", "ben", "chie"}), preparer=written)
    with pytest.raises(Refused) as caught:
        quorum.add(Approval("chie", b"d" * 32, 1, 0))
    assert caught.value.findings[0].code is Code.OFFICER_PREPARED
    assert quorum.add(Approval("aiko", b"d" * 32, 1, 0)).missing == 1


def test_a_quorum_counts_each_officer_once_and_the_preparer_never():
    quorum = Quorum(b"d" * 32, 1, 2, frozenset({"aiko", "ben", "chie"}), preparer="chie")
    one = quorum.add(approval("aiko"))
    assert not one.complete
    assert one.missing == 1
    assert refusal(one, approval("aiko")) is Code.OFFICER_TWICE
    assert refusal(one, approval("chie")) is Code.OFFICER_PREPARED
    assert refusal(one, approval("dai")) is Code.OFFICER_UNKNOWN
    assert one.add(approval("ben")).complete


def test_an_approval_is_for_these_bytes_and_this_policy_only():
    quorum = Quorum(b"d" * 32, 1, 1, frozenset({"aiko"}))
    assert refusal(quorum, approval("aiko", digest=b"e" * 32)) is Code.APPROVAL_STALE
    assert refusal(quorum, approval("aiko", version=2)) is Code.APPROVAL_STALE


@pytest.mark.parametrize("language", [en, ja])
def test_every_code_has_a_sentence(language):
    errors: list[Enum] = [*Bad, *Lock, *Broken]
    assert set(language.FINDINGS) == set(Code)
    assert set(language.ERRORS) == set(errors)


def fields(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", list(Code))
def test_both_languages_say_the_same_details(code):
    assert fields(en.FINDINGS[code]) == fields(ja.FINDINGS[code])


def test_moments():
    assert utc(0) == "1970-01-01 00:00 UTC"
    assert utc(1_790_000_000) == "2026-09-21 14:13 UTC"
    assert utc(2**62) == str(2**62)
