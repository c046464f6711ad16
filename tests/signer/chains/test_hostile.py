"""Hostile bytes: reading raises Malformed and nothing else, inspection never raises, and both are quick and small."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signer.chains.registry import find_chain
from signer.core.errors import Malformed, Refused
from signer.core.spend import Report
from tests.fuzz.psbt import CRASHERS, fuzz, reach
from tests.vectors.attacks_catalogue import good
from tests.vectors.attacks_further import CATALOGUE
from tests.vectors.workshop import Coin, Cosigner, Group, Pay, Single, book, coin, compact, le, p2wpkh, sized

CHAIN = find_chain("bitcoin", "regtest")
ACCOUNT = CHAIN.enrol(Group().descriptor, "treasury")
SEEDS = [raw for raw in (attack.make() for attack in CATALOGUE) if raw]
GOOD = good().to_bytes()


def swallow(payload: bytes, proofs: tuple[bytes, ...] = ()) -> Report | None:
    """Everything a stranger's bytes can reach. Any other exception fails the test."""
    try:
        draft = CHAIN.read(payload, proofs)
    except Malformed:
        return None
    report = draft.inspect(ACCOUNT)
    draft.belongs(ACCOUNT)
    try:
        draft.tasks(ACCOUNT, frozenset(key.origin.fingerprint for key in ACCOUNT.cosigners))
    except Refused:
        assert not report.signable
    with contextlib.suppress(Refused):
        draft.finish(ACCOUNT)
    assert CHAIN.read(draft.to_bytes(), proofs).to_bytes() == payload
    return report


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A PSBT of the attack folder with a few bytes changed, removed, doubled or exchanged with another's."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case 1:
                data[at] = draw(st.sampled_from([0, 1, 0x4C, 0xFC, 0xFD, 0xFE, 0xFF]))
            case 2:
                del data[at : at + draw(st.integers(1, 40))]
            case 3:
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
            case _:
                other = draw(st.sampled_from(SEEDS))
                data[at:] = other[at:]
        if not data:
            break
    return bytes(data)


@settings(max_examples=600)
@given(mutated())
def test_mutated_psbts(payload: bytes) -> None:
    swallow(payload)


def test_the_kept_corpus() -> None:
    """The attack folder, and whatever the fuzzer once broke it with."""
    for payload in (*SEEDS, *(path.read_bytes() for path in sorted(CRASHERS.glob("*.psbt")))):
        reach(CHAIN, ACCOUNT, payload)


def test_a_short_fuzz() -> None:
    assert fuzz(3, seed=7) > 100


@settings(max_examples=150)
@given(st.binary(max_size=300))
@example(b"")
def test_random_bytes_behind_the_magic(tail: bytes) -> None:
    swallow(b"psbt\xff" + tail)


@settings(max_examples=150)
@given(st.lists(st.binary(max_size=120), max_size=3))
def test_random_proofs(proofs: list[bytes]) -> None:
    swallow(GOOD, tuple(proofs))


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_random_account_texts(text: str) -> None:
    with pytest.raises(Malformed):
        CHAIN.enrol(text, "x")


@st.composite
def misspelt(draw: st.DrawFn) -> str:
    text = list(ACCOUNT.terms)
    at = draw(st.integers(0, len(text) - 1))
    text[at] = draw(st.sampled_from("()[]{}<>;,/*'h#@0129azAZ é\n\x00"))
    return "".join(text)


@settings(max_examples=150)
@given(misspelt())
def test_misspelt_descriptors(text: str) -> None:
    """One character changed: refused, or an account whose canonical text stands for itself."""
    try:
        account = CHAIN.enrol(text, "x")
    except Malformed:
        return
    assert CHAIN.enrol(account.terms, "y").id == account.id
    assert CHAIN.enrol(CHAIN.export(account), "y").id == account.id


@settings(max_examples=150)
@given(st.text(max_size=120))
def test_random_addresses(text: str) -> None:
    with pytest.raises(Malformed):
        CHAIN.lock(text)


def psbt(tx: bytes, *maps: bytes) -> bytes:
    return b"psbt\xff" + sized(b"\x00") + sized(tx) + b"\x00" + b"".join(maps)


def _many_inputs(count: int) -> bytes:
    ins = b"".join(le(number, 32) + le(0) + b"\x00" + le(0xFFFFFFFF) for number in range(count))
    tx = le(2) + compact(count) + ins + b"\x01" + le(1, 8) + b"\x00" + le(0)
    return psbt(tx, b"\x00" * (count + 1))


def _many_outputs(count: int) -> bytes:
    tx = le(2) + b"\x00" + compact(count) + (le(1, 8) + b"\x00") * count + le(0)
    return psbt(tx, b"\x00" * count)


def _many_fields(count: int) -> bytes:
    unknown = b"".join(b"\x03\x7e" + number.to_bytes(2, "big") + b"\x00" for number in range(128))
    ins = b"".join(le(number, 32) + le(0) + b"\x00" + le(0xFFFFFFFF) for number in range(count))
    tx = le(2) + compact(count) + ins + b"\x00" + le(0)
    return psbt(tx, (unknown + b"\x00") * count)


BOMBS = {
    "inputs": _many_inputs(150_000),
    "outputs": _many_outputs(300_000),
    "fields": _many_fields(2_000),
    "giant": b"psbt\xff" + bytes(9_000_000),
    "giant-field": b"psbt\xff\x01\x00\xfe" + le(0xFFFFFFFF) + bytes(1_000),
    "previous-inputs": psbt(
        le(2) + b"\x01" + bytes(36) + b"\x00" + le(0) + b"\x00" + le(0),
        sized(b"\x00") + sized(le(1) + compact(90_000) + bytes(41) * 80_000) + b"\x00",
    ),
    "nested-witness": psbt(
        le(2) + b"\x01" + bytes(36) + b"\x00" + le(0) + b"\x00" + le(0),
        sized(b"\x00")
        + sized(
            le(1) + b"\x00\x01\x01" + bytes(41) + b"\x00" + compact(110_000) + b"\x01\x00" * 110_000 + le(0)
        )
        + b"\x00",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_quick_and_small(bomb: str) -> None:
    """100 ms of CPU (doubled for a loaded machine) and 50 MB."""
    data = BOMBS[bomb]
    start = time.process_time()
    with pytest.raises(Malformed):
        CHAIN.read(data, ())
    assert time.process_time() - start < 0.2
    tracemalloc.start()
    with pytest.raises(Malformed):
        CHAIN.read(data, ())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


def test_hashing_without_segwit_has_an_end() -> None:
    group = Group(kind="sh")
    account = CHAIN.enrol(group.descriptor, "old")
    first = coin(group, "c", 1_000_000, 0, 0)
    spread = [replace(first, vout=number) for number in range(2_000)]
    made = book(spread, [Pay(1, b"\x6a" + bytes(9_000)) for _ in range(100)])
    for pairs in made.ins:
        del pairs[b"\x00"]
    start = time.process_time()
    report = CHAIN.read(made.to_bytes(), (first.previous,)).inspect(account)
    assert "transaction-huge" in {finding.code.label for finding in report.findings}
    assert time.process_time() - start < 2


def test_the_largest_that_is_read_is_inspected_in_reasonable_time() -> None:
    for payload in (_many_inputs(4_096), _many_outputs(8_192)):
        start = time.process_time()
        report = swallow(payload)
        assert report is not None
        assert not report.signable
        assert time.process_time() - start < 3


def test_unproved_taproot_inputs_cost_no_more_each_when_there_are_many() -> None:
    """Whether all of them are taproot was once asked anew for each: 23 seconds for a PSBT of 600 kB."""
    account = Single(Cosigner(4), "tr")
    spot, enrolled = account.spot(0, 0), CHAIN.enrol(account.descriptor, "taproot")
    spent = [Coin(le(number), 0, 1_000, spot) for number in range(4_096)]
    draft = CHAIN.read(book(spent, [Pay(1_000, p2wpkh("payee"))], carry=False).to_bytes(), ())
    start = time.process_time()
    assert draft.inspect(enrolled).spend.fee is not None
    assert time.process_time() - start < 8
