"""What other wallets hand back: finished inputs, other versions; and proofs beside the PSBT instead of inside."""

from __future__ import annotations

import base64

import pytest
from embit import bip32
from embit.psbt import PSBT

from signer.chains.registry import find_chain
from signer.chains.utxo.draft import UtxoDraft
from signer.chains.utxo.proofs import slim
from signer.core.errors import Malformed
from signer.core.task import Signature
from tests.signer.chains.test_journey import consensus
from tests.vectors.attacks_further import CATALOGUE, GROUPS
from tests.vectors.workshop import Group, Pay, back, book, coin, compact, funding, p2wpkh, sized

#: Has no Linux arm64 wheel.
bdkpython = pytest.importorskip("bdkpython")
CHAIN = find_chain("bitcoin", "regtest")
ACCOUNTS = {name: CHAIN.enrol(group.descriptor, name) for name, group in GROUPS.items()}


@pytest.mark.parametrize("kind", ["wsh", "sh-wsh", "sh"])
def test_signatures_of_a_finished_psbt_are_taken_back(kind: str) -> None:
    group = Group(kind=kind)
    account = CHAIN.enrol(group.descriptor, "treasury")
    coins = [coin(group, f"c{n}", 1_000_000, 0, n) for n in range(2)]
    payload = book(coins, [Pay(1_500_000, p2wpkh("payee")), back(group, 490_000, 1, 0)]).to_bytes()
    theirs = PSBT.parse(payload)
    for cosigner in group.cosigners[:2]:
        theirs.sign_with(bip32.HDKey.from_seed(bytes([cosigner.number]) * 32))
    finished = bdkpython.Psbt(base64.b64encode(theirs.serialize()).decode()).finalize()
    assert finished.could_finalize
    answer = CHAIN.read(base64.b64decode(finished.psbt.serialize()), ())
    assert all(not half.partials for half in answer.psbt.inputs)
    assert isinstance(answer, UtxoDraft)
    assert len(answer.signatures) == 4
    draft = CHAIN.read(payload, ()).attach(answer.signatures)
    assert consensus(draft.finish(account), coins)


@pytest.mark.parametrize(
    "junk", [b"", b"\x00", b"\x05\x01", b"\x02\x00\x01\x51", b"\xff" * 9, b"\x01\x01\x51"]
)
def test_a_finished_input_of_noise_gives_no_signature(junk: bytes) -> None:
    made = book([coin(Group(), "c", 1_000_000, 0, 0)], [Pay(900_000, p2wpkh("payee"))])
    made.ins[0][b"\x08"] = junk or b"\x00"
    made.ins[0][b"\x07"] = junk
    draft = CHAIN.read(made.to_bytes(), ())
    assert isinstance(draft, UtxoDraft)
    assert draft.signatures == ()


def test_a_signed_version_2_can_no_longer_be_added_to() -> None:
    group = Group()
    account = CHAIN.enrol(group.descriptor, "treasury")
    made = book([coin(group, "c", 1_000_000, 0, 0)], [Pay(900_000, p2wpkh("payee"))], psbt_version=2)
    made.top[b"\x06"] = b"\x03"
    draft = CHAIN.read(made.to_bytes(), ())
    cosigner = group.cosigners[0]
    task = draft.tasks(account, frozenset({cosigner.fingerprint}))[0]
    answer = Signature(task.index, task.public_key, cosigner.sign(task.origin.path, task.message))
    after = CHAIN.read(draft.attach([answer]).to_bytes(), ())
    assert isinstance(after, UtxoDraft)
    assert after.psbt.globals[b"\x06"] == b"\x00"


@pytest.mark.parametrize("attack", [a for a in CATALOGUE if a.status != 4], ids=lambda a: a.name)
def test_proofs_beside_the_psbt_are_worth_the_same(attack) -> None:  # type: ignore[no-untyped-def]
    payload = attack.make()
    thin, proofs = slim(payload)
    inside = CHAIN.read(payload, ()).inspect(ACCOUNTS[attack.account])
    beside = CHAIN.read(thin, proofs).inspect(ACCOUNTS[attack.account])
    if "previous-wrong-id" in attack.findings:
        # Beside the PSBT each proof is found by its own id, so there two that were exchanged do no harm.
        assert beside.signable == (attack.name == "previous-of-sibling")
        return
    assert beside.findings == inside.findings
    assert beside.spend == inside.spend


def test_a_proof_twice_is_refused() -> None:
    thin, proofs = slim(
        book([coin(Group(), "c", 1_000_000, 0, 0)], [Pay(900_000, p2wpkh("payee"))]).to_bytes()
    )
    with pytest.raises(Malformed):
        CHAIN.read(thin, (*proofs, *proofs))


def test_one_previous_transaction_for_many_inputs_travels_once() -> None:
    group = Group()
    spots = [group.spot(0, number) for number in range(10)]
    shared = funding("shared", [(1_000_000, spot.script) for spot in spots])
    # As a node gives it: with a witness, which the proof must not carry.
    full = shared[:4] + b"\x00\x01" + shared[4:-4] + compact(1) + sized(bytes(107)) + shared[-4:]
    coins = [coin(group, "x", 1_000_000, 0, number) for number in range(10)]
    for number, item in enumerate(coins):
        item.previous, item.vout = shared, number
    made = book(coins, [Pay(9_000_000, p2wpkh("payee"))])
    for pairs in made.ins:
        pairs[b"\x00"] = full
    thin, proofs = slim(made.to_bytes())
    assert proofs == (shared,)
    assert CHAIN.read(thin, proofs).inspect(CHAIN.enrol(group.descriptor, "t")).spend.fee is not None
