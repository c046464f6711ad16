"""Our inspection against embit, BDK and the consensus engine, on thousands of generated PSBTs, good and mutated.

The property that matters: what inspection lets pass, once signed, is accepted by Bitcoin's own validation code for the
coins as they really are, and does exactly what the report said.
"""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass

import pbk
import pytest
from embit import bip32
from embit.networks import NETWORKS
from embit.psbt import PSBT
from embit.transaction import Transaction
from pbk.script import PrecomputedTransactionData

from signer.chains.draft import Draft
from signer.chains.registry import find_chain
from signer.core.account import Account
from signer.core.errors import Malformed
from signer.core.spend import Report, Role
from signer.core.task import Signature
from tests.vectors.workshop import Book, Coin, Cosigner, Group, Pay, back, book, coin, p2sh, p2wpkh, p2wsh

#: Has no Linux arm64 wheel.
bdkpython = pytest.importorskip("bdkpython")
CHAIN = find_chain("bitcoin", "regtest")
KINDS = ("wsh", "sh-wsh", "sh")
GOOD_ROUNDS = 150
MUTATED_ROUNDS = 2_000


@dataclass
class Case:
    """A generated payment and the truth about its coins."""

    group: Group
    account: Account
    coins: list[Coin]
    made: Book

    @property
    def truth(self) -> dict[bytes, tuple[int, bytes]]:
        return {c.txid + c.vout.to_bytes(4, "little"): (c.units, c.spot.script) for c in self.coins}


def generate(dice: random.Random, groups: list[tuple[Group, Account]], *, small: bool = False) -> Case:
    group, account = dice.choice(groups)
    count = dice.randint(1, 2 if small else 5)
    coins = [
        coin(group, f"{dice.random()}", dice.randint(50_000, 10**9), 0, dice.randint(0, 50))
        for _ in range(count)
    ]
    total = sum(c.units for c in coins)
    fee = dice.randint(1_000, min(20_000, total // 4))
    pays = []
    rest = total - fee
    for number in range(dice.randint(0, 3)):
        units = dice.randint(1_000, max(1_001, rest // 2))
        tag = f"payee {number} {dice.random()}"
        script = dice.choice([p2wpkh(tag), p2wsh(tag.encode()), p2sh(tag.encode())])
        pays.append(Pay(units, script))
        rest -= units
    pays.append(back(group, rest, 1, dice.randint(0, 50)))
    dice.shuffle(pays)
    # embit and BDK read version 0 only.
    made = book(coins, pays, version=dice.choice([1, 2]), locktime=dice.choice([0, 0, 800_000]))
    return Case(group, account, coins, made)


@pytest.fixture(scope="module")
def groups() -> list[tuple[Group, Account]]:
    made = []
    for kind in KINDS:
        for threshold, count in ((1, 2), (2, 3), (3, 3), (3, 5)):
            group = Group(
                tuple(Cosigner(40 + n) for n in range(count)), threshold, kind, is_sorted=count != 2
            )
            made.append((group, CHAIN.enrol(group.descriptor, f"{kind} {threshold} of {count}")))
    return made


def sign(draft: Draft, case: Case, signers: list[Cosigner]) -> Draft:
    for cosigner in signers:
        tasks = draft.tasks(case.account, frozenset({cosigner.fingerprint}))
        draft = draft.attach(
            [Signature(t.index, t.public_key, cosigner.sign(t.origin.path, t.message)) for t in tasks]
        )
    return draft


FLAGS = pbk.ScriptVerificationFlags(0)
for _flag in pbk.ScriptVerificationFlags:
    FLAGS |= _flag


def agreed(raw: bytes, truth: dict[bytes, tuple[int, bytes]]) -> bool:
    """Whether consensus accepts every input for the coins as they are."""
    tx = pbk.Transaction(raw)
    parsed = Transaction.parse(raw)
    coins = [truth[vin.txid[::-1] + vin.vout.to_bytes(4, "little")] for vin in parsed.vin]
    spent = [pbk.TransactionOutput(pbk.ScriptPubkey(script), units) for units, script in coins]
    data = PrecomputedTransactionData(tx, spent)
    try:
        return all(
            pbk.ScriptPubkey(script).verify(units, tx, data, index, FLAGS)
            for index, (units, script) in enumerate(coins)
        )
    except pbk.ScriptVerifyException:
        return False


def told_truly(report: Report, raw: bytes, case: Case) -> None:
    """The report is what the transaction does, by another library's reading and the true amounts."""
    tx = Transaction.parse(raw)
    paid = sum(case.truth[vin.txid[::-1] + vin.vout.to_bytes(4, "little")][0] for vin in tx.vin)
    assert report.spend.fee is not None
    assert report.spend.fee.units == paid - sum(vout.value for vout in tx.vout)
    assert [p.amount.units for p in report.spend.payments] == [vout.value for vout in tx.vout]
    for payment, vout in zip(report.spend.payments, tx.vout, strict=True):
        if payment.role in (Role.PAYEE, Role.CHANGE, Role.OWN):
            assert payment.address == vout.script_pubkey.address(NETWORKS["regtest"])
        if payment.role is Role.CHANGE:
            assert payment.path is not None
            assert case.group.spot(*payment.path).script == vout.script_pubkey.data


def test_good_ones_pass_and_every_library_agrees(groups: list[tuple[Group, Account]]) -> None:
    dice = random.Random(1)
    for _ in range(GOOD_ROUNDS):
        case = generate(dice, groups)
        payload = case.made.to_bytes()
        draft = CHAIN.read(payload, ())
        report = draft.inspect(case.account)
        assert report.signable, report.findings
        theirs = PSBT.parse(payload)
        bdk = bdkpython.Psbt(base64.b64encode(payload).decode())
        assert report.spend.fee is not None
        assert theirs.fee() == report.spend.fee.units == bdk.fee()
        signers = dice.sample(list(case.group.cosigners), case.group.threshold)
        # The last cosigner signs with embit: its digests and ours must be the same.
        draft = sign(draft, case, signers[:-1])
        theirs = PSBT.parse(draft.to_bytes())
        theirs.sign_with(bip32.HDKey.from_seed(bytes([signers[-1].number]) * 32))
        full = CHAIN.read(theirs.serialize(), ())
        signed = full.inspect(case.account)
        assert signed.signable, signed.findings
        assert len(signed.signed) == case.group.threshold
        raw = full.finish(case.account)
        assert agreed(raw, case.truth)
        told_truly(report, raw, case)
        finished = bdkpython.Psbt(base64.b64encode(full.to_bytes()).decode()).finalize()
        assert finished.could_finalize
        assert (
            Transaction.parse(bytes(finished.psbt.extract_tx().serialize())).txid()
            == Transaction.parse(raw).txid()
        )


def mutate(dice: random.Random, case: Case) -> None:
    """Bend one to three things in the maps of a PSBT, as an attacker who knows the format would."""
    made = case.made
    for _ in range(dice.randint(1, 3)):
        pairs = dice.choice([made.top, *made.ins, *made.ins, *made.outs])
        if not pairs:
            continue
        key = dice.choice(list(pairs))
        value = bytearray(pairs[key])
        match dice.randint(0, 6):
            case 0:
                del pairs[key]
            case 1 | 2 if value:
                value[dice.randrange(len(value))] ^= 1 << dice.randrange(8)
                pairs[key] = bytes(value)
            case 3 if len(value) >= 8:
                at = dice.randrange(len(value) - 7)
                value[at : at + 8] = dice.choice(
                    [bytes(8), dice.randint(0, 10**9).to_bytes(8, "little"), b"\xff" * 8, dice.randbytes(8)]
                )
                pairs[key] = bytes(value)
            case 4:
                other = dice.choice([*made.ins, *made.outs])
                if other:
                    pairs[key] = other[dice.choice(list(other))]
            case 5:
                other = dice.choice([*made.ins, *made.outs])
                pairs.update(other)
            case _:
                pairs[dice.choice([b"\x03", b"\x07", b"\x08", b"\xfc\x01a", b"\x09"])] = dice.choice(
                    [b"\x01\x00\x00\x00", b"\x02\x00\x00\x00", b"\x83\x00\x00\x00", b""]
                )


def test_whatever_passes_is_true(groups: list[tuple[Group, Account]]) -> None:
    dice = random.Random(2)
    passed = stopped = malformed = 0
    for _ in range(MUTATED_ROUNDS):
        case = generate(dice, groups, small=True)
        mutate(dice, case)
        try:
            draft = CHAIN.read(case.made.to_bytes(), ())
        except Malformed:
            malformed += 1
            continue
        report = draft.inspect(case.account)
        if not report.signable:
            stopped += 1
            continue
        passed += 1
        signers = dice.sample(list(case.group.cosigners), case.group.threshold)
        raw = sign(draft, case, signers).finish(case.account)
        assert agreed(raw, case.truth)
        told_truly(report, raw, case)
    # All three happen often, or the generator tests nothing.
    assert min(passed, stopped, malformed) > MUTATED_ROUNDS // 20, (passed, stopped, malformed)
