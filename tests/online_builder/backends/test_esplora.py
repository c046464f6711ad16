"""The Esplora backend against a server of ours over the embedded chain, spoken to over HTTP."""

from urllib.request import Request, urlopen

import pytest

from online_builder.backends.registry import open_backend
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Reason
from signer.chains.registry import find_chain
from tests.online_builder.backends.test_embedded import ANYBODY, MINE, spend
from tests.stage.esplora_server import esplora

CHAIN = find_chain("bitcoin", "regtest").network.chain


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with esplora(tmp_path_factory.mktemp("esplora")) as url:
        mine(url, 101)
        yield url


def mine(url, count):
    urlopen(Request(f"{url}/mine/{count}/{MINE.data.hex()}", method="POST")).read()


def test_coins_payment_and_confirmation(url, tmp_path):
    source = open_backend(f"esplora:{url}", tmp_path, CHAIN)
    seen = source.snapshot([MINE.data, ANYBODY])
    assert seen.height == 101
    assert len(seen.coins) == 101
    coin = seen.coins[0]
    assert (coin.height, coin.units, coin.coinbase) == (1, 50 * 10**8, True)
    assert source.used([MINE.data, ANYBODY]) == {MINE.data}
    tx = spend(coin, coin.units - 1000)
    assert source.test_accept(tx).accepted
    txid = source.broadcast(tx)
    assert source.confirmations(txid) == 0
    assert source.broadcast(tx) == txid
    assert source.test_accept(tx).reason is Reason.ALREADY_KNOWN
    (waiting,) = source.snapshot([ANYBODY]).coins
    assert (waiting.txid, waiting.height) == (txid, None)
    mine(url, 1)
    assert source.confirmations(txid) == 1
    assert source.confirmations("11" * 32) is None
    assert coin not in source.snapshot([MINE.data]).coins
    assert source.test_accept(spend(coin, coin.units - 2000)).reason is Reason.MISSING_INPUT
    assert source.fee_rate(6) == 1500


def test_what_was_spent_is_told_with_its_block(url, tmp_path):
    source = open_backend(f"esplora:{url}", tmp_path, CHAIN)
    before = {spending.txid for spending in source.spends([MINE.data])}
    mine(url, 1)
    coin = next(c for c in source.snapshot([MINE.data]).coins if c.height and c.height < 10)
    tx = spend(coin, coin.units - 1000)
    txid = source.broadcast(tx)
    (waiting,) = [s for s in source.spends([MINE.data, ANYBODY]) if s.txid not in before]
    assert (waiting.txid, waiting.raw, waiting.height, waiting.time) == (txid, tx, None, None)
    mine(url, 1)
    tip = source.snapshot([ANYBODY])
    (mined,) = [s for s in source.spends([MINE.data]) if s.txid not in before]
    assert (mined.height, mined.time) == (tip.height, tip.time)


def test_a_refusal_says_why(url, tmp_path):
    source = open_backend(f"esplora:{url}", tmp_path, CHAIN)
    coin = source.snapshot([MINE.data]).coins[0]
    with pytest.raises(BuilderError) as caught:
        source.broadcast(spend(coin, coin.units))
    assert caught.value.trouble is Trouble.NOT_ACCEPTED
    assert caught.value.details["reason"] == Reason.FEE_TOO_LOW.value


def test_another_chain_and_no_server(url, tmp_path):
    with pytest.raises(BuilderError) as caught:
        open_backend(f"esplora:{url}", tmp_path, find_chain("bitcoin", "mainnet").network.chain).used(
            [ANYBODY]
        )
    assert caught.value.trouble is Trouble.BACKEND_WRONG_CHAIN
    with pytest.raises(BuilderError) as caught:
        open_backend("esplora:http://127.0.0.1:1", tmp_path, CHAIN).used([ANYBODY])
    assert caught.value.trouble is Trouble.BACKEND_DOWN
