"""The embedded chain: it mines, remembers over reopening, and judges like a node."""

import multiprocessing
import struct
from pathlib import Path

import pytest
from embit import ec, script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from online_builder.backends.embedded import Embedded
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Reason
from online_builder.plan.spends import spent_coins, unsigned_id
from signer.core.errors import Malformed

KEY = ec.PrivateKey(b"\x11" * 32)
MINE = script.p2wpkh(KEY)
ANYBODY = b"\x00\x14" + b"\x22" * 20


@pytest.fixture
def chain(tmp_path):
    with Embedded(tmp_path) as chain:
        chain.mine(101, MINE.data)
        yield chain


def spend(coin, units, sequence=0xFFFFFFFD, key=KEY, to=ANYBODY):
    tx = Transaction(2, [TransactionInput(bytes.fromhex(coin.txid), coin.vout, sequence=sequence)])
    tx.vout = [TransactionOutput(units, script.Script(to))]
    digest = tx.sighash_segwit(0, script.p2pkh(KEY), coin.units)
    signature = key.sign(digest).serialize() + b"\x01"
    tx.vin[0].witness = script.Witness([signature, KEY.get_public_key().sec()])
    return tx.serialize()


def ripe(chain):
    return next(coin for coin in chain.snapshot([MINE.data]).coins if coin.height == 1)


def test_a_payment_is_accepted_waits_and_is_mined(chain):
    coin = ripe(chain)
    tx = spend(coin, coin.units - 1000)
    assert chain.test_accept(tx).accepted
    txid = chain.broadcast(tx)
    assert chain.confirmations(txid) == 0
    assert chain.broadcast(tx) == txid
    assert coin not in chain.snapshot([MINE.data]).coins
    (waiting,) = chain.snapshot([ANYBODY]).coins
    assert (waiting.height, waiting.units) == (None, coin.units - 1000)
    chain.mine(2, MINE.data)
    assert chain.confirmations(txid) == 2
    reward = [c.units for c in chain.snapshot([MINE.data]).coins if c.height == 102]
    assert reward == [50 * 10**8 + 1000]


def test_every_refusal_has_its_reason(chain):
    coin = ripe(chain)
    young = next(c for c in chain.snapshot([MINE.data]).coins if c.height == 101)
    good = spend(coin, coin.units - 1000)
    wrong_key = spend(coin, coin.units - 1000, key=ec.PrivateKey(b"\x12" * 32))
    assert chain.test_accept(wrong_key).reason is Reason.SCRIPT
    assert chain.test_accept(spend(coin, coin.units)).reason is Reason.FEE_TOO_LOW
    assert chain.test_accept(spend(coin, coin.units + 1)).reason is Reason.FEE_TOO_LOW
    assert chain.test_accept(spend(coin, 293)).reason is Reason.DUST
    assert chain.test_accept(spend(young, young.units - 1000)).reason is Reason.IMMATURE
    lost = good.replace(bytes.fromhex(coin.txid)[::-1], b"\x77" * 32)
    assert chain.test_accept(lost).reason is Reason.MISSING_INPUT
    for rubbish in (b"", b"\x00", good[:-1], good + b"\x00", bytes(500_000)):
        assert chain.test_accept(rubbish).reason is Reason.MALFORMED


def test_a_higher_fee_replaces_and_a_final_one_stays(chain):
    coin = ripe(chain)
    first = chain.broadcast(spend(coin, coin.units - 1000))
    assert chain.test_accept(spend(coin, coin.units - 900)).reason is Reason.FEE_TOO_LOW
    second = chain.broadcast(spend(coin, coin.units - 2000, sequence=0xFFFFFFFF))
    assert chain.confirmations(first) is None
    assert chain.test_accept(spend(coin, coin.units - 3000)).reason is Reason.CONFLICT
    chain.mine(1, MINE.data)
    assert chain.confirmations(second) == 1
    assert chain.test_accept(spend(coin, coin.units - 9000)).reason is Reason.MISSING_INPUT


def test_it_is_the_same_chain_after_reopening(tmp_path):
    with Embedded(tmp_path) as chain:
        chain.mine(101, MINE.data)
        coin = ripe(chain)
        txid = chain.broadcast(spend(coin, coin.units - 1000))
        before = chain.snapshot([MINE.data, ANYBODY])
    with Embedded(tmp_path) as chain:
        assert chain.snapshot([MINE.data, ANYBODY]) == before
        assert chain.confirmations(txid) == 0


def test_an_index_that_is_behind_or_lost_is_made_again(tmp_path):
    with Embedded(tmp_path) as chain:
        chain.mine(5, MINE.data)
        before = chain.snapshot([MINE.data])
    for path in tmp_path.glob("index.sqlite*"):
        path.unlink()
    with Embedded(tmp_path) as chain:
        assert chain.snapshot([MINE.data]) == before


def hold(folder: Path, ready, done):
    with Embedded(folder):
        ready.set()
        done.wait(20)


def test_a_second_process_is_told_to_wait(tmp_path, monkeypatch):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, ready, done))
    other.start()
    try:
        assert ready.wait(20)
        monkeypatch.setattr("online_builder.backends.embedded._PATIENCE", 0.1)
        with pytest.raises(BuilderError) as caught:
            Embedded(tmp_path)
        assert caught.value.trouble is Trouble.BACKEND_BUSY
    finally:
        done.set()
        other.join(20)


def test_locktimes_are_kept(chain):
    coin = ripe(chain)
    late = Transaction.parse(spend(coin, coin.units - 1000))
    late.locktime = 500
    digest = late.sighash_segwit(0, script.p2pkh(KEY), coin.units)
    late.vin[0].witness = script.Witness([KEY.sign(digest).serialize() + b"\x01", KEY.get_public_key().sec()])
    assert chain.test_accept(late.serialize()).reason is Reason.IMMATURE
    assert struct.unpack("<I", late.serialize()[-4:]) == (500,)


def test_what_was_spent_is_told_with_its_block(chain):
    coin = ripe(chain)
    assert chain.spends([MINE.data, ANYBODY]) == ()
    tx = spend(coin, coin.units - 1000)
    txid = chain.broadcast(tx)
    (waiting,) = chain.spends([MINE.data, ANYBODY])
    assert (waiting.txid, waiting.raw, waiting.height, waiting.time) == (txid, tx, None, None)
    chain.mine(1, ANYBODY)
    (mined,) = chain.spends([MINE.data])
    assert (mined.height, mined.time) == (102, chain.snapshot([ANYBODY]).time)
    assert chain.spends([ANYBODY]) == ()
    assert spent_coins(tx) == (coin.outpoint,)


def test_the_id_before_anybody_signed():
    source = TransactionInput(b"\x07" * 32, 3, script_sig=script.Script(b"\x51" * 300))
    tx = Transaction(2, [source], [TransactionOutput(5, script.Script(ANYBODY))])
    bare = Transaction(2, [TransactionInput(b"\x07" * 32, 3)], tx.vout)
    tx.vin[0].witness = script.Witness([b"\x01" * 70])
    assert unsigned_id(tx.serialize()) == unsigned_id(bare.serialize()) == bare.txid().hex()
    for hostile in (b"", tx.serialize()[:-1], b"\xff" * 50):
        with pytest.raises(Malformed):
            unsigned_id(hostile)
        with pytest.raises(Malformed):
            spent_coins(hostile)
