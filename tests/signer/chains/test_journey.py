"""A PSBT all the way: read, inspected, signed by two, finished, and judged by Bitcoin's own consensus code."""

from __future__ import annotations

import pbk
import pytest
import wallycore
from embit.transaction import Transaction
from pbk.script import PrecomputedTransactionData

from signer.chains.registry import READERS, find_chain
from signer.chains.utxo.signature import is_ecdsa, to_der
from signer.chains.utxo.transaction import read_previous
from signer.core.errors import Bad, Malformed, Refused
from signer.core.finding import Code
from signer.core.spend import Role
from signer.core.task import Algorithm, Signature, Task
from tests.vectors.workshop import Book, Coin, Cosigner, Group, Pay, Single, back, book, coin, p2wpkh

CHAIN = find_chain("bitcoin", "regtest")
KINDS = ("wsh", "sh-wsh", "sh")


def consensus(raw: bytes, coins: list[Coin]) -> bool:
    """Every input of a raw transaction, by Bitcoin Core's script interpreter with every rule on."""
    tx = pbk.Transaction(raw)
    outputs = [pbk.TransactionOutput(pbk.ScriptPubkey(c.spot.script), c.units) for c in coins]
    spent = PrecomputedTransactionData(tx, outputs)
    flags = pbk.ScriptVerificationFlags(0)
    for flag in pbk.ScriptVerificationFlags:
        flags |= flag
    return all(
        pbk.ScriptPubkey(c.spot.script).verify(c.units, tx, spent, index, flags)
        for index, c in enumerate(coins)
    )


def payment(group: Group, coins: list[Coin], **options: object) -> Book:
    total = sum(c.units for c in coins)
    pays = [Pay(30_000_000, p2wpkh("payee")), back(group, total - 30_000_000 - 20_000, 1, 4)]
    return book(coins, pays, **options)  # type: ignore[arg-type]


def sign(draft, account, cosigner):  # type: ignore[no-untyped-def]
    tasks = draft.tasks(account, frozenset({cosigner.fingerprint}))
    made = [Signature(t.index, t.public_key, cosigner.sign(t.origin.path, t.message)) for t in tasks]
    return draft.attach(made)


@pytest.mark.parametrize("psbt_version", [0, 2])
@pytest.mark.parametrize("carry", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_two_of_three_sign_and_the_chain_agrees(kind: str, carry: bool, psbt_version: int) -> None:
    group = Group(kind=kind)
    coins = [coin(group, f"c{n}", 20_000_000, 0, n) for n in range(3)]
    made = payment(group, coins, carry=carry, psbt_version=psbt_version)
    account = CHAIN.enrol(group.descriptor, "treasury")
    draft = CHAIN.read(made.to_bytes(), tuple(made.proofs))
    assert draft.belongs(account)
    report = draft.inspect(account)
    assert [f.code for f in report.findings] == [Code.REPLACEABLE]
    assert [p.role for p in report.spend.payments] == [Role.PAYEE, Role.CHANGE]
    assert report.spend.fee is not None
    assert report.spend.fee.units == 20_000
    with pytest.raises(Refused):
        draft.finish(account)
    draft = sign(draft, account, group.cosigners[2])
    draft = CHAIN.read(draft.to_bytes(), tuple(made.proofs))
    assert [o.fingerprint for o in draft.inspect(account).signed] == [group.cosigners[2].fingerprint]
    draft = sign(draft, account, group.cosigners[0])
    raw = draft.finish(account)
    assert consensus(raw, coins)
    vsize = int({f.name: f.value for f in report.spend.facts}["vbytes"])
    assert abs(vsize - _vsize(raw)) <= 1


def schnorr(cosigner: Cosigner, task: Task) -> bytes:
    """BIP 341 key path by wallycore."""
    key = wallycore.ec_private_key_bip341_tweak(cosigner.private(task.origin.path), None, 0)
    return bytes(wallycore.ec_sig_from_bytes(key, task.message, wallycore.EC_FLAG_SCHNORR))


@pytest.mark.parametrize("psbt_version", [0, 2])
@pytest.mark.parametrize("kind", ["wpkh", "sh-wpkh", "pkh", "tr"])
def test_single_keys_and_the_chain_agrees(kind: str, psbt_version: int) -> None:
    single = Single(kind=kind)
    coins = [coin(single, f"c{n}", 20_000_000, 0, n) for n in range(3)]
    made = book(
        coins, [Pay(30_000_000, p2wpkh("payee")), back(single, 29_990_000, 1, 4)], psbt_version=psbt_version
    )
    if kind == "tr":
        for pairs in made.ins:
            del pairs[b"\x00"]  # a taproot signature commits to every amount by itself
    account = CHAIN.enrol(single.descriptor, "one")
    draft = CHAIN.read(made.to_bytes(), ())
    report = draft.inspect(account)
    assert [f.code for f in report.findings] == [Code.REPLACEABLE]
    assert [p.role for p in report.spend.payments] == [Role.PAYEE, Role.CHANGE]
    cosigner = single.cosigner
    answers = []
    for task in draft.tasks(account, frozenset({cosigner.fingerprint})):
        sign_it = schnorr if task.algorithm is Algorithm.SCHNORR else ecdsa
        answers.append(Signature(task.index, task.public_key, sign_it(cosigner, task)))
    draft = CHAIN.read(draft.attach(answers).to_bytes(), ())
    again = draft.inspect(account)
    assert again.signable
    assert [o.fingerprint for o in again.signed] == [cosigner.fingerprint]
    assert draft.tasks(account, frozenset({cosigner.fingerprint})) == ()
    raw = draft.finish(account)
    assert consensus(raw, coins)
    vsize = int({f.name: f.value for f in report.spend.facts}["vbytes"])
    assert abs(vsize - _vsize(raw)) <= 1


def taproot(*sighashes: int | None) -> tuple[Book, list[Coin]]:
    """A taproot payment whose inputs ask for these sighashes."""
    single = Single(kind="tr")
    coins = [coin(single, f"c{n}", 20_000_000, 0, n) for n in range(len(sighashes))]
    made = book(coins, [Pay(20_000_000 * len(coins) - 20_000, p2wpkh("payee"))])
    for pairs, sighash in zip(made.ins, sighashes, strict=True):
        if sighash is not None:
            pairs[b"\x03"] = sighash.to_bytes(4, "little")
    return made, coins


def test_taproot_inputs_that_ask_for_all_are_signed_so_beside_those_that_do_not() -> None:
    account, cosigner = CHAIN.enrol(Single(kind="tr").descriptor, "one"), Single(kind="tr").cosigner
    made, coins = taproot(1, None, 0, 1)
    draft = CHAIN.read(made.to_bytes(), ())
    assert [f.code for f in draft.inspect(account).findings] == [Code.REPLACEABLE]
    tasks = draft.tasks(account, frozenset({cosigner.fingerprint}))
    answers = [Signature(task.index, task.public_key, schnorr(cosigner, task)) for task in tasks]
    signed = CHAIN.read(draft.attach(answers).to_bytes(), ())
    assert [len(half.pairs[b"\x13"]) for half in signed.psbt.inputs] == [65, 64, 64, 65]  # type: ignore[attr-defined]
    assert {half.pairs[b"\x13"][64:] for half in signed.psbt.inputs} == {b"", b"\x01"}  # type: ignore[attr-defined]
    assert signed.inspect(account).signed
    assert CHAIN.read(made.to_bytes(), ()).attach(signed.signatures).to_bytes() == signed.to_bytes()
    raw = signed.finish(account)
    assert consensus(raw, coins)
    vsize = int({f.name: f.value for f in draft.inspect(account).spend.facts}["vbytes"])
    assert abs(vsize - _vsize(raw)) <= 1


@pytest.mark.parametrize("ending", [b"", b"\x00", b"\x02", b"\x81"])
def test_a_taproot_signature_for_another_sighash_is_no_signature(ending: bytes) -> None:
    account, cosigner = CHAIN.enrol(Single(kind="tr").descriptor, "one"), Single(kind="tr").cosigner
    made, _ = taproot(1)
    (task,) = CHAIN.read(made.to_bytes(), ()).tasks(account, frozenset({cosigner.fingerprint}))
    made.ins[0][b"\x13"] = schnorr(cosigner, task) + ending
    draft = CHAIN.read(made.to_bytes(), ())
    assert Code.SIGNATURE_INVALID in [f.code for f in draft.inspect(account).findings]
    with pytest.raises(Refused):
        draft.finish(account)
    with pytest.raises(Malformed):
        CHAIN.read(taproot(None)[0].to_bytes(), ()).attach(
            [Signature(0, task.public_key, schnorr(cosigner, task))]
        )


@pytest.mark.parametrize("sighash", [2, 3, 0x81, 0x82, 0x83, 0x101])
def test_a_taproot_input_that_leaves_something_open_stops(sighash: int) -> None:
    account = CHAIN.enrol(Single(kind="tr").descriptor, "one")
    report = CHAIN.read(taproot(sighash)[0].to_bytes(), ()).inspect(account)
    assert Code.SIGHASH in [f.code for f in report.findings]


def ecdsa(cosigner: Cosigner, task: Task) -> bytes:
    return cosigner.sign(task.origin.path, task.message)


def test_a_taproot_amount_that_nobody_states_stops() -> None:
    single = Single(kind="tr")
    coins = [coin(single, f"c{n}", 20_000_000, 0, n) for n in range(2)]
    made = book(coins, [Pay(39_000_000, p2wpkh("payee"))])
    del made.ins[1][b"\x00"], made.ins[1][b"\x01"]
    account = CHAIN.enrol(single.descriptor, "one")
    draft = CHAIN.read(made.to_bytes(), ())
    report = draft.inspect(account)
    with pytest.raises(Refused):
        draft.finish(account)
    with pytest.raises(Malformed):
        draft.attach([Signature(0, single.cosigner.public(0, 0), bytes(64))])
    assert Code.INPUT_UNKNOWN_AMOUNT in [f.code for f in report.findings]
    assert not report.signable


def _vsize(raw: bytes) -> int:
    tx = Transaction.parse(raw)
    size = len(raw)
    if not tx.is_segwit:
        return size
    stacks = sum(len(vin.witness.serialize()) for vin in tx.vin)
    bare = size - stacks - 2
    return (3 * bare + size + 3) // 4


def test_bytes_come_back_as_they_were() -> None:
    group = Group()
    raw = payment(group, [coin(group, "c", 50_000_000, 0, 0)]).to_bytes()
    assert CHAIN.read(raw, ()).to_bytes() == raw


def test_a_signature_of_another_input_is_refused() -> None:
    group = Group()
    coins = [coin(group, f"c{n}", 20_000_000, 0, n) for n in range(2)]
    account = CHAIN.enrol(group.descriptor, "treasury")
    draft = CHAIN.read(payment(group, coins).to_bytes(), ())
    task = draft.tasks(account, frozenset({group.cosigners[0].fingerprint}))[0]
    data = group.cosigners[0].sign(task.origin.path, task.message)
    with pytest.raises(Malformed):
        draft.attach([Signature(1, task.public_key, data)])
    with pytest.raises(Malformed):
        draft.attach([Signature(7, task.public_key, data)])


def test_a_strangers_signature_is_refused_though_it_verifies() -> None:
    group, stranger = Group(), Cosigner(9)
    account = CHAIN.enrol(group.descriptor, "treasury")
    draft = CHAIN.read(payment(group, [coin(group, "c", 50_000_000, 0, 0)]).to_bytes(), ())
    task = draft.tasks(account, frozenset({group.cosigners[0].fingerprint}))[0]
    path = task.origin.path
    with pytest.raises(Malformed):
        draft.attach([Signature(0, stranger.public(0, 0), stranger.sign(path, task.message))])


@pytest.mark.parametrize(
    "spoil",
    [lambda der: der[:-1] + b"\x02", lambda der: der[:-1], lambda der: b"", lambda der: der + b"\x01"],
)
def test_signatures_in_another_form_do_not_count(spoil) -> None:  # type: ignore[no-untyped-def]
    cosigner, digest = Cosigner(1), bytes(range(32))
    der = to_der(cosigner.sign((0,), digest), 1)
    key = wallycore.ec_public_key_from_private_key(cosigner.private((0,)))
    assert is_ecdsa(bytes(key), digest, der, 1)
    assert not is_ecdsa(bytes(key), digest, spoil(der), 1)


def test_a_longer_spelling_inside_a_previous_transaction_is_refused() -> None:
    previous = coin(Group(), "c", 1_000, 0, 0).previous
    assert read_previous(previous).txid
    for spelling in (b"\xfd\x01\x00", b"\xfe\x01\x00\x00\x00"):
        with pytest.raises(Malformed) as caught:
            read_previous(previous[:4] + spelling + previous[5:])
        assert caught.value.code is Bad.ENCODING


def test_every_network_is_there_once() -> None:
    names = [(chain.network.coin, chain.network.name) for chain in READERS.values()]
    assert len(set(names)) == len(names) == 19
