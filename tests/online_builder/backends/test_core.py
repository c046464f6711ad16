"""The Core backend against a real litecoind: a watch-only wallet, payments, refusals, and a node that is not well."""

from dataclasses import replace
from decimal import Decimal

import pytest

from online_builder.backends.core import Core
from online_builder.backends.registry import open_backend
from online_builder.backends.rpc import Rpc
from online_builder.errors import BuilderError, Trouble
from online_builder.plan.ports import Reason
from signer.chains import litecoin
from signer.chains.registry import find_chain
from signer.chains.utxo.address import to_address
from tests.online_builder.backends.litecoin_node import litecoind
from tests.online_builder.backends.test_embedded import MINE, spend

CHAIN = find_chain("litecoin", "regtest")
PARAMS = next(params for params in litecoin.NETWORKS if params.chain == CHAIN.network.chain)
OURS = b"\x00\x14" + b"\x31" * 20
OTHER = b"\x00\x14" + b"\x32" * 20


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with litecoind(tmp_path_factory.mktemp("litecoin")) as node:
        node.rpc.call("createwallet", "miner")
        yield node


@pytest.fixture(scope="module")
def miner(node):
    wallet = replace(node.rpc, wallet="miner")
    wallet.call("generatetoaddress", 101, wallet.call("getnewaddress"))
    return wallet


@pytest.fixture
def source(node):
    return open_backend(node.url, node.folder, CHAIN.network.chain)


def address(script):
    return to_address(PARAMS, script)


def mine(miner, count=1):
    miner.call("generatetoaddress", count, miner.call("getnewaddress"))


def settle(miner):
    """Wallets hear of new transactions a moment after the node has taken them."""
    miner.call("syncwithvalidationinterfacequeue")


def test_coins_and_their_history(source, miner):
    before = source.snapshot([OURS, OTHER])
    assert before.coins == ()
    assert source.used([OURS, OTHER]) == frozenset()
    txid = miner.call("sendtoaddress", address(OURS), "1.25")
    settle(miner)
    waiting = source.snapshot([OURS, OTHER])
    assert [(c.txid, c.units, c.height, c.script) for c in waiting.coins] == [(txid, 125_000_000, None, OURS)]
    mine(miner)
    (coin,) = source.snapshot([OURS, OTHER]).coins
    assert coin.height == 102
    assert not coin.coinbase
    assert source.used([OURS, OTHER]) == {OURS}
    assert source.snapshot([OTHER]).coins == ()
    raw = source.snapshot([OURS]).transactions[txid]
    assert raw.hex() == miner.call("gettransaction", txid)["hex"]
    assert source.confirmations(txid) == 1
    assert source.confirmations("11" * 32) is None


def test_what_was_spent_is_told_with_its_block(source, miner):
    source.used([MINE.data, OURS])
    paid = miner.call("sendtoaddress", address(MINE.data), "1")
    mine(miner)
    settle(miner)
    (coin,) = [c for c in source.snapshot([MINE.data]).coins if c.txid == paid]
    assert source.spends([MINE.data, OURS]) == ()
    tx = spend(coin, coin.units - 10_000)
    txid = source.broadcast(tx)
    settle(miner)
    (waiting,) = source.spends([MINE.data])
    assert (waiting.txid, waiting.raw, waiting.height, waiting.time) == (txid, tx, None, None)
    mine(miner)
    settle(miner)
    (mined,) = source.spends([MINE.data])
    tip = source.snapshot([MINE.data])
    assert (mined.height, mined.time) == (tip.height, tip.time)
    assert source.spends([OURS]) == ()


def payment(miner, amount="0.5", subtract=0):
    (coin, *_) = miner.call("listunspent", 100)
    rest = coin["amount"] - type(coin["amount"])(amount) - subtract
    outputs = {address(OURS): amount, miner.call("getrawchangeaddress"): str(rest)}
    raw = miner.call("createrawtransaction", [{"txid": coin["txid"], "vout": coin["vout"]}], outputs)
    return bytes.fromhex(miner.call("signrawtransactionwithwallet", raw)["hex"])


def test_a_transaction_is_tried_sent_once_and_harmless_twice(source, miner):
    tx = payment(miner, subtract=Decimal("0.0001"))
    assert source.test_accept(tx).accepted
    txid = source.broadcast(tx)
    assert source.test_accept(tx).reason is Reason.ALREADY_KNOWN
    assert source.broadcast(tx) == txid
    settle(miner)
    assert source.confirmations(txid) == 0
    mine(miner)
    assert source.confirmations(txid) == 1


def test_refusals_have_reasons(source, miner):
    free = payment(miner, subtract=0)
    assert source.test_accept(free).reason is Reason.FEE_TOO_LOW
    with pytest.raises(BuilderError) as caught:
        source.broadcast(free)
    assert caught.value.trouble is Trouble.NOT_ACCEPTED
    lost = bytearray(payment(miner, subtract=Decimal("0.0001")))
    lost[7] ^= 1
    assert source.test_accept(bytes(lost)).reason is Reason.MISSING_INPUT
    assert source.test_accept(b"rubbish").reason is Reason.MALFORMED


def test_another_chain_is_refused(node):
    with pytest.raises(BuilderError) as caught:
        Core(node.rpc, find_chain("bitcoin", "regtest").network.chain).snapshot([OURS])
    assert caught.value.trouble is Trouble.BACKEND_WRONG_CHAIN


def test_which_block_a_node_must_have(node, miner):
    """A coin that split off is named by its first own block, not by the one it shares (Bitcoin Cash)."""
    third = node.rpc.call("getblockhash", 3)
    rpc = replace(node.rpc, wallet="kinko-watch")
    assert Core(rpc, f"bip122:{third[:32]}", 3).confirmations("11" * 32) is None
    for chain, born in ((CHAIN.network.chain, 3), (f"bip122:{third[:32]}", 0), ("bch:bchreg", 0)):
        with pytest.raises(BuilderError) as caught:
            Core(rpc, chain, born).confirmations("11" * 32)
        assert caught.value.trouble is Trouble.BACKEND_WRONG_CHAIN


def test_a_wrong_password_and_a_node_that_is_down(node, tmp_path):
    login = tmp_path / "login"
    login.write_text("kinko:wrong")
    with pytest.raises(BuilderError) as caught:
        Core(replace(node.rpc, login=login), CHAIN.network.chain).snapshot([OURS])
    assert caught.value.trouble is Trouble.BACKEND_LOGIN
    with pytest.raises(BuilderError) as caught:
        Core(Rpc("127.0.0.1", 1, login), CHAIN.network.chain).snapshot([OURS])
    assert caught.value.trouble is Trouble.BACKEND_DOWN


@pytest.mark.parametrize(
    "url", ["core:", "core:http://h", "core:https://h:1?cookie=x", "core:http://u:p@h:1?cookie=x", "x:"]
)
def test_settings_that_are_none(url, tmp_path):
    with pytest.raises(BuilderError) as caught:
        open_backend(url, tmp_path, CHAIN.network.chain)
    assert caught.value.trouble is Trouble.BACKEND_SETTINGS
