"""From an account to what is announced: m of n signatures, in any order, and what is not let through."""

from __future__ import annotations

import cbor2
import pytest

from signer.chains.nem import CHAINS
from signer.chains.nem.address import keccak_256
from signer.core.errors import Bad, Malformed, Refused
from signer.core.finding import Code
from signer.core.spend import Role
from signer.core.task import Algorithm, Signature, Task
from tests.vectors import nem_workshop as w

MAIN, TEST = CHAINS
ACCOUNT = TEST.enrol(w.terms(), "vault")
KEYS = {key.public: key for key in (*w.COSIGNERS, w.STRANGER)}
EVERYONE = frozenset(cosigner.origin.fingerprint for cosigner in ACCOUNT.cosigners)
INNER = w.transfer(fee=100_000, note=w.message(b"invoice 17"))
OUTER = w.wrap(INNER)


def answer(task: Task) -> Signature:
    return Signature(task.index, task.public_key, KEYS[task.public_key].sign(task.message))


def test_a_payment_is_computed_from_the_bytes() -> None:
    report = TEST.read(w.payload(OUTER), ()).inspect(ACCOUNT)
    assert report.signable
    assert not report.signed
    (payment,) = report.spend.payments
    assert (payment.role, str(payment.amount)) == (Role.PAYEE, "25.000000 tXEM")
    assert payment.address == w.address(w.PAYEE).decode()
    assert str(report.spend.fee) == "0.400000 tXEM"  # inside 0.1, wrapper 0.15, one cosignature 0.15
    assert str(report.spend.leaving()) == "25.000000 tXEM"
    assert report.spend.deadline == 1_777_601_985
    facts = {fact.name: fact.value for fact in report.spend.facts}
    assert facts["message"] == "invoice 17"
    assert facts["made"] == "2026-04-30 22:19:45 UTC"
    assert facts["deadline"] == "2026-05-01 02:19:45 UTC"


def test_two_of_three_sign_and_the_bytes_are_those_of_the_protocol() -> None:
    draft = TEST.read(w.payload(OUTER), ())
    tasks = {task.public_key: task for task in draft.tasks(ACCOUNT, EVERYONE)}
    assert {task.algorithm for task in tasks.values()} == {Algorithm.ED25519_KECCAK}
    assert tasks[w.AIKO.public].message == OUTER
    assert tasks[w.CHIE.public].message == w.cosignature(INNER, w.CHIE)

    draft = TEST.read(draft.attach([answer(tasks[w.CHIE.public])]).to_bytes(), ())
    assert [task.public_key for task in draft.tasks(ACCOUNT, EVERYONE)] == sorted(
        [w.AIKO.public, w.BEN.public]
    )
    with pytest.raises(Refused) as caught:
        draft.finish(ACCOUNT)
    assert caught.value.code is Code.INCOMPLETE

    done = draft.attach([answer(tasks[w.AIKO.public])])
    assert len(done.inspect(ACCOUNT).signed) == 2
    assert done.txid == keccak_256(OUTER).hex() == draft.txid
    first, second = cbor2.loads(done.finish(ACCOUNT))
    assert first == [OUTER, w.AIKO.sign(OUTER)]
    assert second == [w.cosignature(INNER, w.CHIE), w.CHIE.sign(w.cosignature(INNER, w.CHIE))]


def test_two_cosignatures_without_the_initiator_are_not_enough() -> None:
    draft = TEST.read(w.payload(OUTER), ())
    tasks = [task for task in draft.tasks(ACCOUNT, EVERYONE) if task.public_key != w.AIKO.public]
    with pytest.raises(Refused):
        draft.attach([answer(task) for task in tasks]).finish(ACCOUNT)


@pytest.mark.parametrize("change", ["bit", "key", "index", "scalar"])
def test_a_wrong_signature_is_not_attached(change: str) -> None:
    draft = TEST.read(w.payload(OUTER), ())
    task = draft.tasks(ACCOUNT, EVERYONE)[0]
    good = answer(task)
    order = 2**252 + 27742317777372353535851937790883648493
    later = (int.from_bytes(good.data[32:], "little") + order).to_bytes(32, "little")
    wrong = {
        "bit": Signature(good.index, good.public_key, bytes([good.data[0] ^ 1]) + good.data[1:]),
        "key": Signature(good.index, w.STRANGER.public, good.data),
        "index": Signature(good.index + 1, good.public_key, good.data),
        "scalar": Signature(good.index, good.public_key, good.data[:32] + later),
    }[change]
    with pytest.raises(Malformed) as caught:
        draft.attach([wrong])
    assert caught.value.code is Bad.SIGNATURE


def test_the_account_is_the_same_however_its_cosignatories_are_ordered() -> None:
    start, *keys = w.terms().removesuffix(")").split(",[")
    other = start + "".join(f",[{key}" for key in reversed(keys)) + ")"
    assert other != w.terms()
    assert TEST.enrol(other, "other").id == ACCOUNT.id
    assert TEST.enrol(TEST.export(ACCOUNT), "again").id == ACCOUNT.id
    assert TEST.address(ACCOUNT, 0, 0) == w.address(w.VAULT).decode()
    with pytest.raises(Malformed):
        TEST.address(ACCOUNT, 0, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (w.terms(1), Bad.VALUE),
        (w.terms(4), Bad.VALUE),
        (w.terms(coin=43), Bad.NETWORK),
        (w.terms() + "x", Bad.DESCRIPTOR),
        (w.terms().replace(w.BEN.public.hex(), w.AIKO.public.hex()), Bad.DUPLICATE),
        (w.terms().replace(w.BEN.public.hex(), w.VAULT.public.hex()), Bad.DUPLICATE),
        (w.terms().replace(w.BEN.public.hex(), bytes(32).hex()), Bad.VALUE),
        (w.terms().replace("44h/1h", "44h/99999999999h"), Bad.DESCRIPTOR),
        ("nem-multisig(" * 2000, Bad.TOO_LARGE),
        ("", Bad.DESCRIPTOR),
    ],
)
def test_an_account_that_does_not_add_up_is_not_enrolled(text: str, code: Bad) -> None:
    with pytest.raises(Malformed) as caught:
        TEST.enrol(text, "vault")
    assert caught.value.code is code


def test_networks_are_apart() -> None:
    with pytest.raises(Malformed):
        MAIN.read(w.payload(OUTER), ())
    with pytest.raises(Malformed):
        MAIN.enrol(w.terms(), "vault")
    with pytest.raises(Malformed) as caught:  # nothing in it but the byte says whose it is
        TEST.read(w.payload(w.wrap(w.head(0x0801, w.VAULT, 150_000, network=w.MAIN) + bytes(40))), ())
    assert caught.value.code is Bad.NETWORK
    report = TEST.read(w.payload(OUTER), ()).inspect(MAIN.enrol(w.terms(coin=43), "main"))
    assert Code.NETWORK_WRONG in {finding.code for finding in report.findings}


def test_an_address_with_hyphens_is_the_same_address() -> None:
    plain = w.address(w.PAYEE).decode()
    hyphens = "-".join(plain[place : place + 6] for place in range(0, 40, 6))
    assert TEST.lock(hyphens.lower()) == plain.encode()
    for wrong in ("", plain[:-1], plain[:-1] + "7", "é" * 40, "1" * 40, w.address(w.PAYEE, w.MAIN).decode()):
        with pytest.raises(Malformed):
            TEST.lock(wrong)


def test_no_cut_and_no_flipped_byte_gets_through_with_its_signature() -> None:
    """Truncation is malformed; a changed byte is malformed, refused, or leaves the signature invalid."""
    payload = w.payload(OUTER, (w.AIKO, w.AIKO.sign(OUTER)))
    for size in range(0, len(payload), 3):
        with pytest.raises(Malformed):
            TEST.read(payload[:size], ())
    for place in range(0, len(payload), 2):
        changed = bytearray(payload)
        changed[place] ^= 0x11
        try:
            report = TEST.read(bytes(changed), ()).inspect(ACCOUNT)
        except Malformed:
            continue
        assert not report.signable, place
