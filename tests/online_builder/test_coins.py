"""Every coin of Bitcoin's family the whole way through the builder: from its addresses to a sweep."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from online_builder.backends.embedded import Embedded
from online_builder.backends.registry import open_backend
from online_builder.cli.run import run
from online_builder.desk import Desk
from online_builder.errors import BuilderError, Trouble
from online_builder.key import open_key
from online_builder.plan.build import Order, build, input_cost
from online_builder.plan.family import Wish
from online_builder.plan.judge import Spent, failures
from online_builder.plan.payees import Payee, parse_payees
from online_builder.plan.ports import Coin, Reason
from online_builder.plan.utxo import params_of
from online_builder.store.sqlite import Store
from online_builder.store.values import StoredRequest
from signer.chains.draft import Chain
from signer.chains.registry import READERS, find_chain
from signer.chains.utxo.coin import Digest
from signer.chains.utxo.digest import Digester
from signer.chains.utxo.psbt import read_psbt
from signer.chains.utxo.script import push, read_multisig
from signer.chains.utxo.signature import to_der
from signer.chains.utxo.transaction import Input, Output, Transaction, sha256d
from signer.core.amount import Amount
from signer.core.task import Signature
from signer.wire.values import Kind, Payload
from tests.vectors.workshop import Cosigner, Group, compact, funding, le, p2sh, sized

COINS = ("monacoin", "litecoin", "dash", "bitcoincash")
#: The smallest payment each coin's nodes pass on to a script hash, by its dust rate.
DUST = {"monacoin": 540, "litecoin": 5_400, "dash": 540, "bitcoincash": 540}
ACCOUNTS = (
    Group(kind="sh"),
    Group((Cosigner(4), Cosigner(5), Cosigner(6)), kind="sh"),
)
NOBODY = b"\x76\xa9\x14" + b"\x77" * 20 + b"\x88\xac"


@dataclass(frozen=True)
class Room:
    """A desk with the accounts `hot` and `cold`, both 2 of 3, on a regtest of one coin."""

    desk: Desk
    chain: Chain
    source: Embedded

    def fund(self, coins: int) -> None:
        for _ in range(coins):
            self.source.mine(1, self.chain.lock(self.desk.address("hot", fresh=True)[1]))
        self.source.mine(100, NOBODY)

    def wish(self, *units: int, rate: int = 2_000) -> Wish:
        assert self.chain.spell is not None
        addresses = [self.chain.spell(p2sh(bytes([number]))) for number in range(len(units))]
        texts = [f"{a}:{u / 10**8:.8f}" for a, u in zip(addresses, units, strict=True)]
        return Wish(parse_payees(texts, self.chain), rate)

    def sign(self, request: StoredRequest, *signers: Cosigner) -> None:
        """On separate appliances: each gets the request as it was proposed, and answers with its own signatures."""
        _, account = self.desk.account(self.desk.known("hot"))
        for cosigner in signers:
            draft = self.chain.read(request.draft, ())
            report = draft.inspect(account)
            assert report.signable, report.findings
            made = [
                Signature(t.index, t.public_key, cosigner.sign(t.origin.path, t.message))
                for t in draft.tasks(account, frozenset({cosigner.fingerprint}))
            ]
            self.desk.collect(Payload(Kind.PSBT, draft.attach(made).to_bytes()))


@contextmanager
def open_room(folder: Path, coin: str) -> Iterator[Room]:
    chain = find_chain(coin, "regtest")
    store = Store(folder / "builder.sqlite")
    source = open_backend("embedded:", folder, chain.network.chain)
    assert isinstance(source, Embedded)
    with source:
        desk = Desk(store, open_key(folder / "key"), READERS, lambda _: source, lambda: 1_800_000_000)
        for name, group in zip(("hot", "cold"), ACCOUNTS, strict=True):
            if len(store.accounts()) < len(ACCOUNTS):
                desk.add_account(chain, group.descriptor, name, "embedded:")
        yield Room(desk, chain, source)
    store.close()


@pytest.fixture(params=COINS)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path, request.param) as made:
        yield made


def test_a_payment_goes_the_whole_way(room: Room) -> None:
    room.fund(2)
    assert room.desk.holdings("hot").confirmed.units == 100 * 10**8
    request = room.desk.propose("hot", room.wish(150_000_000, 6_000_000_000))
    room.sign(request, ACCOUNTS[0].cosigners[0])
    with pytest.raises(BuilderError) as caught:
        room.desk.broadcast(request.id)
    assert caught.value.trouble is Trouble.NOT_COMPLETE
    room.sign(request, ACCOUNTS[0].cosigners[2])
    sent = room.desk.broadcast(request.id)
    assert room.desk.broadcast(request.id).request.txid == sent.request.txid
    room.source.mine(1, NOBODY)
    assert room.source.confirmations(sent.request.txid) == 1
    assert [p.request.state.value for p in room.desk.watch()] == ["confirmed"]
    fee = 100 * 10**8 - 6_150_000_000 - room.desk.holdings("hot").confirmed.units
    assert 0 < fee < 10_000


def test_everything_is_swept_in_as_many_requests_as_it_takes(room: Room) -> None:
    room.fund(5)
    requests = room.desk.sweep("hot", "cold", Wish((), 2_000), 2)
    assert len(requests) == 3
    for request in requests:
        room.sign(request, *ACCOUNTS[0].cosigners[:2])
        room.desk.broadcast(request.id)
    room.source.mine(1, NOBODY)
    assert room.desk.holdings("hot").confirmed.units == 0
    assert 250 * 10**8 - 30_000 < room.desk.holdings("cold").confirmed.units < 250 * 10**8


def test_the_last_coins_of_a_sweep_may_not_be_worth_a_payment(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is worth its fee, and together they come to dust: the others are written all the same."""
    room.fund(1)
    least = input_cost(room.desk.known("hot").terms, True, 20_000) + DUST[room.chain.network.coin]
    addresses = [room.desk.address("hot", index=number)[1] for number in range(10, 13)]
    asset = room.chain.network.asset
    units = (1_000_000, 900_000, least)
    payees = tuple(
        Payee(a, room.chain.lock(a), Amount(u, asset)) for a, u in zip(addresses, units, strict=True)
    )
    request = room.desk.propose("hot", Wish(payees, 2_000))
    room.sign(request, *ACCOUNTS[0].cosigners[:2])
    room.desk.broadcast(request.id)
    room.source.mine(1, NOBODY)
    words = [
        "sweep",
        "hot",
        "--into",
        "cold",
        "--fee-rate",
        "20",
        "--coins",
        "3",
        "--out",
        str(tmp_path / "out"),
    ]
    assert run([*words, "--json"], lambda _: nullcontext(room.desk), lambda *_: None) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["inputs"] for row in told["requests"]] == [3]
    assert len(list((tmp_path / "out").iterdir())) == 1
    assert told["left"] == [{"asset": asset.ticker, "amount": least}]
    assert run([*words, "--json"], lambda _: nullcontext(room.desk), lambda *_: None) == 3
    with pytest.raises(BuilderError) as caught:
        room.desk.propose("hot", Wish((), 20_000, sweep_to=room.chain.lock(addresses[0])))
    assert caught.value.trouble is Trouble.NO_FUNDS


def test_less_than_the_coins_dust_is_not_proposed(room: Room) -> None:
    room.fund(1)
    dust = DUST[room.chain.network.coin]
    room.desk.propose("hot", room.wish(dust))
    with pytest.raises(BuilderError) as caught:
        room.desk.propose("hot", room.wish(dust - 1))
    assert caught.value.trouble is Trouble.CANNOT_BUILD


@pytest.mark.parametrize(("rate", "codes"), [("0.5", ["fee-low"]), ("2", [])])
def test_a_rate_below_what_nodes_relay_is_said(
    room: Room, rate: str, codes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room.fund(1)
    assert room.chain.spell is not None
    words = ["propose", "hot", "--to", f"{room.chain.spell(p2sh(b'x'))}:1", "--fee-rate", rate]
    status = run(
        [*words, "--out", str(tmp_path / "r"), "--json"], lambda _: nullcontext(room.desk), lambda *_: None
    )
    assert status == 0
    assert [row["code"] for row in json.loads(capsys.readouterr().out)["warnings"]] == codes


def test_more_than_there_is_of_the_coin_is_not_proposed(room: Room) -> None:
    """Nor a fee rate that no library could count with."""
    room.fund(1)
    wanted = room.wish(10_000)
    (payee,) = wanted.payees
    vast = Amount(10**27, payee.amount.asset)
    for wish in (replace(wanted, payees=(replace(payee, amount=vast),)), replace(wanted, fee_rate=10**23)):
        with pytest.raises(BuilderError) as caught:
            room.desk.propose("hot", wish)
        assert caught.value.trouble is Trouble.CANNOT_BUILD


@pytest.mark.parametrize("lines", [True, False])
def test_an_old_address_is_paid_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: bool
) -> None:
    with open_room(tmp_path, "bitcoincash") as room:
        room.fund(1)
        new = str(room.chain.spell(NOBODY)) if room.chain.spell else ""
        old = str(find_chain("bitcoin", "regtest").spell(NOBODY))  # type: ignore[misc]
        found = []
        for place, address in enumerate((new, new.partition(":")[2], old)):
            out = str(tmp_path / f"{place}.request")
            words = [*([] if lines else ["--json"]), "propose", "hot", "--to", f"{address}:0.1", "--out", out]
            capsys.readouterr()
            assert run(words, lambda _: nullcontext(room.desk), lambda *_: pytest.fail("no page")) == 0
            room.desk.cancel(room.desk.store.requests()[0].id)
            shown = capsys.readouterr().out
            found.append("Careful" in shown if lines else json.loads(shown)["warnings"])
        if lines:
            assert found == [False, False, True]
        else:
            warned = [{"code": "address-old", "address": old, "own": new}]
            assert found == [[], [], warned]


def order(room: Room, coins: list[Coin], transactions: dict[str, bytes], *units: int) -> Order:
    known = room.desk.known("hot")
    wish = room.wish(*units)
    return Order(
        known.terms, True, wish.payees, coins, transactions, 200, 1_000, (5, 0), 0, params_of(room.chain)
    )


def test_change_that_is_dust_goes_to_the_fee(tmp_path: Path) -> None:
    with open_room(tmp_path, "litecoin") as room:
        spot = ACCOUNTS[0].spot(0, 0)
        raw = funding("dust", [(1_000_000, spot.script)])
        txid = sha256d(raw)[::-1].hex()
        coin = Coin(txid, 0, 1_000_000, spot.script, 10)
        # About 370 vbytes at 1 a vbyte: what is left is more than Bitcoin's dust and less than Litecoin's.
        payload = build(order(room, [coin], {txid: raw}, 1_000_000 - 3_000))
        assert len(read_psbt(payload).tx.outputs) == 1
        payload = build(order(room, [coin], {txid: raw}, 1_000_000 - 7_000))
        assert len(read_psbt(payload).tx.outputs) == 2
        _, account = room.desk.account(room.desk.known("hot"))
        assert room.chain.read(payload, ()).inspect(account).signable


def test_a_masternode_reward_is_spent(tmp_path: Path) -> None:
    """A coinbase of Dash is a special transaction (type 5) with a payload that its id covers."""
    with open_room(tmp_path, "dash") as room:
        spot = ACCOUNTS[0].spot(0, 0)
        source = bytes(32) + b"\xff" * 4 + sized(b"\x03\x01\x02\x03") + b"\xff" * 4
        output = struct.pack("<Q", 10**8) + sized(spot.script)
        raw = le(3 | 5 << 16) + compact(1) + source + compact(1) + output + le(0) + sized(b"\x02" * 38)
        txid = sha256d(raw)[::-1].hex()
        coin = Coin(txid, 0, 10**8, spot.script, 10)
        payload = build(order(room, [coin], {txid: raw}, 10**7))
        psbt = read_psbt(payload)
        assert psbt.tx.inputs[0].txid == sha256d(raw)
        assert psbt.inputs[0].pairs[b"\x00"] == raw
        _, account = room.desk.account(room.desk.known("hot"))
        assert room.chain.read(payload, ()).inspect(account).signable


# --- the fork id ------------------------------------------------------------------------------------------------------


def finished(room: Room) -> tuple[bytes, list[Spent]]:
    room.fund(1)
    request = room.desk.propose("hot", room.wish(10**8))
    room.sign(request, *ACCOUNTS[0].cosigners[:2])
    final = room.desk.broadcast(request.id).request.final
    return final, [Spent(50 * 10**8, ACCOUNTS[0].spot(0, 0).script)]


def test_the_judge_knows_bitcoin_cash_from_bitcoin(tmp_path: Path) -> None:
    with open_room(tmp_path, "bitcoincash") as room:
        final, spent = finished(room)
        assert failures(final, spent, Digest.FORKID) == ()
        assert failures(final, spent) == (0,)
        assert failures(final, [replace(spent[0], units=spent[0].units - 1)], Digest.FORKID) == (0,)
        assert failures(final, [Spent(spent[0].units, NOBODY)], Digest.FORKID) == (0,)
        assert failures(final[:-1], spent, Digest.FORKID) == (0,)
        assert failures(final, spent * 2, Digest.FORKID) == (0,)
        at = final.index(b"\x41\x47") if b"\x41\x47" in final else final.index(b"\x41\x4c")
        assert failures(final[:at] + b"\x01" + final[at + 1 :], spent, Digest.FORKID) == (0,)


def test_the_judge_of_bitcoin_cash_refuses_what_bitcoin_signed(tmp_path: Path) -> None:
    with open_room(tmp_path, "dash") as room:
        final, spent = finished(room)
        assert failures(final, spent) == ()
        assert failures(final, spent, Digest.FORKID) == (0,)


def test_the_judge_of_bitcoin_cash_refuses_a_witness_digest_without_the_fork_id() -> None:
    """Bitcoin's own type over the digest of BIP 143: good in a witness on Bitcoin, nothing on Bitcoin Cash."""
    group, spot = ACCOUNTS[0], ACCOUNTS[0].spot(0, 0)
    assert spot.redeem is not None
    tx = Transaction(2, (Input(b"\x11" * 32, 0, 0xFFFFFFFE),), (Output(9_000, NOBODY),), 0)
    spent = [Spent(10_000, spot.script)]
    for digest, wrong in ((Digest.LEGACY, (0,)), (Digest.FORKID, ())):
        message = Digester(tx, [None], digest).segwit(0, spot.redeem, 10_000)
        signed = {
            c.public(0, 0): to_der(c.sign((*c.path, 0, 0), message), digest.sighash) for c in group.cosigners
        }
        multisig = read_multisig(spot.redeem)
        assert multisig is not None
        pushed = b"".join(push(signed[key]) for key in multisig.keys[:2])
        final = replace(tx, inputs=(tx.inputs[0]._replace(script=b"\x00" + pushed + push(spot.redeem)),))
        assert failures(final.to_bytes(), spent, Digest.FORKID) == wrong


def test_the_stand_in_takes_nothing_that_the_judge_refuses(tmp_path: Path) -> None:
    with open_room(tmp_path, "bitcoincash") as room:
        room.fund(1)
        request = room.desk.propose("hot", room.wish(10**8))
        room.sign(request, *ACCOUNTS[0].cosigners[:2])
        chain, account = room.desk.account(room.desk.known("hot"))
        draft = chain.read(room.desk.store.request(request.id).draft, ())
        final = bytearray(draft.finish(account))
        assert room.source.test_accept(bytes(final)).reason is Reason.OK
        final[60] ^= 1  # inside the first signature
        assert room.source.test_accept(bytes(final)).reason is Reason.SCRIPT
    with open_room(tmp_path, "bitcoincash") as room:  # what was mined is still there
        assert room.source.snapshot([ACCOUNTS[0].spot(0, 0).script]).height == 101
