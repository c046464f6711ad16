"""A coin that signs with a fork id: digests against python-bitcoinlib's, signatures with their own type."""

from __future__ import annotations

import pytest
from bitcoin.core import CTransaction
from bitcoin.core.script import SIGVERSION_WITNESS_V0, CScript, SignatureHash

from signer.chains.draft import Network
from signer.chains.utxo.coin import TPUB, Digest, Params
from signer.chains.utxo.family import chain
from signer.core.amount import Asset
from signer.core.errors import Malformed
from signer.core.finding import Code, Severity
from signer.core.task import Signature
from tests.vectors.workshop import Group, Pay, back, book, coin, le, p2sh

FORK = chain(
    Params(
        network=Network("bip122:00000000000000000000000000000000", "fork", "test", Asset("FORK", 8)),
        p2pkh=b"\x6f",
        p2sh=b"\xc4",
        hrp=None,
        key_version=TPUB,
        coin_type=1,
        dust_rate=1_000,
        min_fee_rate=1_000,
        max_units=21_000_000 * 10**8,
        digest=Digest.FORKID,
        taproot=False,
    )
)
GROUP = Group(kind="sh")


def test_fork_id_signatures() -> None:
    account = FORK.enrol(GROUP.descriptor, "fork")
    coins = [coin(GROUP, f"c{number}", 1_000_000, 0, number) for number in range(3)]
    made = book(coins, [Pay(1_500_000, p2sh(b"\x51")), back(GROUP, 1_490_000, 1, 0)])
    for pairs in made.ins:
        pairs[b"\x03"] = le(0x41)
    draft = FORK.read(made.to_bytes(), ())
    assert draft.inspect(account).signable
    tx = CTransaction.deserialize(made.top[b"\x00"])
    for cosigner in GROUP.cosigners[:2]:
        answers = []
        for task in draft.tasks(account, frozenset({cosigner.fingerprint})):
            script = CScript(coins[task.index].spot.redeem)
            theirs = SignatureHash(script, tx, task.index, 0x41, 1_000_000, SIGVERSION_WITNESS_V0)
            assert theirs == task.message
            answers.append(
                Signature(task.index, task.public_key, cosigner.sign(task.origin.path, task.message))
            )
        draft = FORK.read(draft.attach(answers).to_bytes(), ())
        assert draft.inspect(account).signable
    final = CTransaction.deserialize(draft.finish(account))
    for given in final.vin:
        empty, first, second, script = list(CScript(given.scriptSig))
        assert empty in (0, b"")
        assert first[-1] == second[-1] == 0x41
        assert p2sh(bytes(script)) in {c.spot.script for c in coins}


def test_a_psbt_that_does_not_say_its_fork_id_is_one_of_bitcoin() -> None:
    made = book([coin(GROUP, "c", 1_000_000, 0, 0)], [back(GROUP, 990_000, 1, 0)])
    report = FORK.read(made.to_bytes(), ()).inspect(FORK.enrol(GROUP.descriptor, "fork"))
    assert [finding.code for finding in report.findings if finding.severity is Severity.STOP] == [
        Code.SIGHASH_OTHER_COIN
    ]


def test_all_without_the_fork_id_stops() -> None:
    made = book([coin(GROUP, "c", 1_000_000, 0, 0)], [back(GROUP, 990_000, 1, 0)])
    made.ins[0][b"\x03"] = le(0x01)
    report = FORK.read(made.to_bytes(), ()).inspect(FORK.enrol(GROUP.descriptor, "fork"))
    assert Code.SIGHASH_OTHER_COIN in [finding.code for finding in report.findings]
    assert not report.signable


@pytest.mark.parametrize("kind", ["wsh", "sh-wsh"])
def test_no_segwit_account_on_a_coin_without_segwit(kind: str) -> None:
    with pytest.raises(Malformed):
        FORK.enrol(Group(kind=kind).descriptor, "x")
